"""Messages: what is sent to one target, by the events that it is about, with a stable id."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

MessageKind = Literal[
    "alert", "more", "daily", "weekly", "reminder", "heartbeat", "backfill", "silence"
]
"""alert: one alert, or a group with its parts. more: the alerts beyond the cap. daily, weekly: a
digest. reminder: alerts that are still open. heartbeat: a week without a message. backfill: the one
summary of history that was read later. silence: a source from which nothing was fetched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message to one target.

    `refs`: the events it is about (`NumberedEvent.ref`), the most important first. `about`: the
    period of a digest, the source of a backfill or silence. `facts`: what else its text states.
    """

    kind: MessageKind
    due_at: datetime
    refs: tuple[str, ...] = ()
    about: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict[str, "str | int"])

    def id(self, target: str) -> str:
        """Return the id under which the target gets it, the same at every attempt.

        A digest is identified by its period, everything else by its events as well.
        """
        refs = () if self.kind in {"daily", "weekly"} else self.refs
        parts = "\n".join([target, self.kind, self.about, *refs])
        return hashlib.sha256(parts.encode()).hexdigest()

    def document(self) -> dict[str, Any]:
        """Return the message as JSON values."""
        return {
            "kind": self.kind,
            "due_at": self.due_at.isoformat(),
            "refs": list(self.refs),
            "about": self.about,
            "facts": dict(self.facts),
        }


def message_of(document: Mapping[str, Any]) -> Message:
    """Return the message that `Message.document` wrote."""
    return Message(
        kind=document["kind"],
        due_at=datetime.fromisoformat(document["due_at"]),
        refs=tuple(document["refs"]),
        about=document["about"],
        facts=document["facts"],
    )


def fingerprints(message: Message) -> list[str]:
    """Return the fingerprints of the alerts that a message is about."""
    return [ref.partition(":")[0] for ref in message.refs]
