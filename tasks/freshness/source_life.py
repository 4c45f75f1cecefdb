"""The life of a source: never, active, stale, frozen or retired; and whether it is overdue.

Pure: the declaration, what the lake shows, and the time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from schemas.source import Source

Life = Literal["never", "active", "stale", "frozen", "retired"]
STATES: Final[tuple[Life, ...]] = get_args(Life)
PATIENCE: Final = 2
"""Cadences of a source after which it is stale, and overdue where it is scheduled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    """What a lake shows of one source. Instants are UTC; None: there is none.

    `last_as_of`: the newest vintage, held or not. `last_change`: the newest vintage that differs
    from the one before. `last_fetch`: the newest snapshot, also one that was unchanged, held or
    refused. `failed_at`: the newest fetch that gave no snapshot, if no snapshot came after it;
    `failures`: how many there were since; `failing_since`: the first of them. `refused_at`: the
    newest snapshot that broke the contract, if none was read since; `fault`: why, as a sentence.
    `held_since`: the first of the vintages at the end of the history that are all held; `held`: how
    many; `held_id`: the newest. `vintages`: how many in all.
    """

    source: str
    last_as_of: datetime | None = None
    last_change: datetime | None = None
    last_fetch: datetime | None = None
    failed_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    refused_at: datetime | None = None
    fault: str = ""
    held_since: datetime | None = None
    held: int = 0
    held_id: str = ""
    vintages: int = 0


def is_scheduled(source: Source) -> bool:
    """Return whether a source's schedule is on: its address serves files, and new ones."""
    return not (source.by_hand or source.ended)


def life_of(source: Source, activity: Activity, now: datetime) -> Life:
    """Return the state of a source's life; of those that hold, the first in this order.

    frozen: a snapshot newer than the last vintage was refused, because it broke the contract.
    retired: its publisher has ended it. never: the lake has no vintage of it. active: the last
    vintage is at most two cadences old. stale: it is older.
    """
    last = activity.last_as_of
    if activity.refused_at and (last is None or activity.refused_at > last):
        return "frozen"
    if source.ended:
        return "retired"
    if last is None:
        return "never"
    return "active" if now - last <= PATIENCE * source.cadence else "stale"


def overdue_since(source: Source, activity: Activity, now: datetime) -> datetime | None:
    """Return since when a snapshot is overdue; None where it is not.

    Due is a snapshot, whatever became of it, two cadences after the last one; of a source that
    never gave one, two cadences after the first fetch that failed. A source whose schedule is off
    is never overdue, nor is one that was never fetched.
    """
    last = activity.last_fetch or activity.failing_since
    if last is None or not is_scheduled(source):
        return None
    due = last + PATIENCE * source.cadence
    return due if now > due else None
