"""Changes of a Prefect server: what is there already, what is to be made or brought up to date."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Action = Literal["create", "update", "skip", "unchanged"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One thing on a server that is created, updated, skipped, or as it should be.

    `kind`: work pool, work queue, deployment, automation or late run. `detail`: what differs; empty
    where nothing does. `make`: makes the change; does nothing where nothing differs.
    """

    kind: str
    name: str
    action: Action
    detail: str = ""
    make: Callable[[], object] = lambda: None

    def document(self) -> dict[str, str]:
        """Return kind, name, action and detail as JSON values."""
        return {"kind": self.kind, "name": self.name, "action": self.action, "detail": self.detail}
