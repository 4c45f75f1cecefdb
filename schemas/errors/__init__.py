"""Errors; the text of each states what, where, seen, expected and the next step.

Two families decide retries: `Permanent` (the next try fails in the same way) and `Transient` (the
next try may work). Every class passes all of its arguments to `super().__init__`, in order, so that
it can be pickled between processes.
"""

from schemas.errors.contract import (
    BudgetExceeded,
    ContractBroken,
    KnownErrorOver,
    RunBlocked,
    SourceChanged,
    SourceFrozen,
)
from schemas.errors.families import (
    NothingKnownYet,
    Permanent,
    Transient,
    UnknownName,
    VaxwatchError,
    WrongUse,
)
from schemas.errors.fetching import (
    ArchiveAway,
    BadBody,
    ByHand,
    FetchFailed,
    FetchRefused,
    NothingListed,
)
from schemas.errors.lake import Damaged, LostRace, SameTimeOtherBytes, StoreUnavailable

__all__ = [
    "ArchiveAway",
    "BadBody",
    "BudgetExceeded",
    "ByHand",
    "ContractBroken",
    "Damaged",
    "FetchFailed",
    "FetchRefused",
    "KnownErrorOver",
    "LostRace",
    "NothingKnownYet",
    "NothingListed",
    "Permanent",
    "RunBlocked",
    "SameTimeOtherBytes",
    "SourceChanged",
    "SourceFrozen",
    "StoreUnavailable",
    "Transient",
    "UnknownName",
    "VaxwatchError",
    "WrongUse",
]
