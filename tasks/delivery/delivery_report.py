"""Delivery reports: what one delivery sent to each target, what waits and why, what is dead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

LineState = Literal["sent", "due", "waits", "withdrawn", "dead"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One message. `why`: why it waits or is dead; `text`: in a dry run, what would be sent."""

    id: str
    kind: str
    state: LineState
    title: str
    why: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetReport:
    """What a delivery did for one target.

    `lines`: its messages, dead ones from before included. `waiting`: by lane how many alerts wait
    for the next digest. `problem`: why nothing could be tried,
    such as an address that is not set; else ''. `is_new`: whether this was its first delivery.
    `dead_since`: when the newest dead message was given up; None: none is dead.
    """

    target: str
    lines: Sequence[Line] = ()
    waiting: Mapping[str, int] = field(default_factory=dict[str, int])
    problem: str = ""
    is_new: bool = False
    dead_since: datetime | None = None

    def of(self, state: LineState) -> list[Line]:
        """Return the messages in a state."""
        return [one for one in self.lines if one.state == state]

    def document(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "target": self.target,
            "is_new": self.is_new,
            "problem": self.problem,
            "waiting": dict(self.waiting),
            "messages": [asdict(one) for one in self.lines],
        }


def notes_of(reports: Sequence[TargetReport]) -> Iterator[str]:
    """Yield a sentence per target that could not be delivered to, for the summary of a run."""
    for one in reports:
        if one.problem:
            yield f"Alerts were not delivered to {one.target}: {one.problem}"
        failed = [line for line in one.of("waits") if line.why]
        if failed:
            yield (
                f"{len(failed)} message(s) to {one.target} wait: {failed[0].why} "
                f"`vaxwatch deliver` tries again."
            )
        if dead := one.of("dead"):
            yield (
                f"{len(dead)} message(s) to {one.target} were given up. `vaxwatch deliver "
                f"--dry-run` lists them."
            )
