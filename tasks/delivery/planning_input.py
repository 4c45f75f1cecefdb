"""What a plan is made of: the alert log as it stands, the target, the time, and silent sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.alerts import Alert
from tasks.delivery.messages import Message
from tasks.delivery.numbered_events import Lives, event_of, standing
from tasks.delivery.outbox_index import Index
from tasks.delivery.targets import Target

ENDS: Final = frozenset({"superseded", "reverted", "resolved"})
"""Events that end an alert."""
ENDED: Final = frozenset({"reverted", "resolved"})
"""States of alerts that have ended; a superseded one has no state."""
OF_NOTE: Final = frozenset({"open", "acked"})
"""States of alerts that are still notified."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A source from which nothing was fetched for two cadences.

    `last`: its last vintage, ISO 8601. `since`: when two cadences had passed. `days`: its cadence.
    """

    source: str
    last: str
    since: datetime
    days: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a plan is made of beside the index of the target.

    `is_machine`: whether programs read it. `states`: the current alert by fingerprint; a superseded
    one is not there. `length`: entries of the log. `silent`: sources from which nothing was
    fetched; None: that was not examined now.
    """

    target: Target
    is_machine: bool
    lives: Lives
    states: Mapping[str, Alert]
    length: int
    at: datetime
    silent: Sequence[Silence] | None = None


def still_true(message: Message, index: Index, known: Known) -> tuple[str, ...]:
    """Return the events of a message that are not overtaken, in its order.

    News of an alert that has ended, is silenced or was superseded since is; so is the end of one
    that the target was never notified of, or that stands again.
    """
    return tuple(ref for ref in message.refs if _is_true(message, ref, index, known))


def _is_true(message: Message, ref: str, index: Index, known: Known) -> bool:
    event, alert = event_of(known.lives, ref), known.states.get(ref.partition(":")[0])
    if event is None or message.kind == "backfill":
        return event is not None
    fingerprint = event.alert.fingerprint
    if event.kind in ENDS:
        return fingerprint in index.sent and (alert is None or alert.state in ENDED)
    if alert is None or event not in standing(known.lives[fingerprint]):
        return False
    return alert.state in ({"open"} if message.kind == "reminder" else OF_NOTE)
