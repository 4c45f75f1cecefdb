"""The events of the alert log by alert, each with its place, so that messages can name them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.alerts import AlertEvent, Origin
from schemas.redaction import redacted_address
from schemas.wording import printable
from tasks.alerts.alert_log import events_in
from tasks.vault.own_hash import Document


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberedEvent:
    """An event of the alert log.

    `entry`: the number of its entry, from 1, with the time and source of that entry.
    `ordinal`: its place among all events of its fingerprint, from 0.
    """

    entry: int
    recorded_at: datetime
    source: str
    ordinal: int
    alert: AlertEvent

    @property
    def ref(self) -> str:
        """The name of the event in messages, the same for ever."""
        return f"{self.alert.fingerprint}:{self.ordinal}"

    @property
    def origin(self) -> Origin:
        """Whether it is live, of history that was read later, or of a rule that is on trial."""
        return self.alert.origin

    @property
    def kind(self) -> str:
        """The kind of the event: opened, confirmed and so on."""
        return self.alert.event.kind

    @property
    def page(self) -> str:
        """The address that its version is from, without secrets; '' for one that is no web page."""
        vintage: Mapping[str, str] = self.alert.event.evidence.get("vintage") or {}
        address = vintage.get("source_url") or ""
        is_web = address.lower().startswith(("http://", "https://"))
        return printable(redacted_address(address)) if is_web else ""


Lives = Mapping[str, Sequence[NumberedEvent]]
"""All events of each fingerprint, in the order of the log."""


def lives_of(entries: Sequence[Document]) -> Lives:
    """Return all events of each fingerprint in the log."""
    lives: dict[str, list[NumberedEvent]] = {}
    for number, entry in enumerate(entries, start=1):
        at = datetime.fromisoformat(entry["at"])
        for alert in events_in(entry):
            life = lives.setdefault(alert.fingerprint, [])
            life.append(
                NumberedEvent(
                    entry=number,
                    recorded_at=at,
                    source=entry["source"],
                    ordinal=len(life),
                    alert=alert,
                )
            )
    return lives


def event_of(lives: Lives, ref: str) -> NumberedEvent | None:
    """Return the event that a message names; None where the log does not have it."""
    fingerprint, _, ordinal = ref.partition(":")
    life = lives.get(fingerprint, ())
    return life[int(ordinal)] if int(ordinal) < len(life) else None


def standing(life: Sequence[NumberedEvent]) -> Sequence[NumberedEvent]:
    """Return the events since the alert was last superseded; none while it is."""
    last = max((one.ordinal for one in life if one.kind == "superseded"), default=-1)
    return life[last + 1 :]
