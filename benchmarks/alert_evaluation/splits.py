"""Which seeds and kinds are for development, and which are held out for one final run.

The lists are fixed here. `DIGEST` is their hash, which every result prints: a result with another
digest is about another split.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from benchmarks.alert_evaluation.kinds import KINDS, Kind

SEEDS: Final = range(40)
HELD_OUT_SEEDS: Final = frozenset(range(1, 40, 2))
HELD_OUT_KINDS: Final = frozenset(
    {
        "cut 25 %",
        "digit added",
        "divided by 1000",
        "dip",
        "moved to a product",
        "rows swapped",
        "country renamed",
        "growth 30 %",
        "announced round",
        "stuck",
    }
)
"""A third: seven of 22 faults, three or four of twelve hard negatives. Chosen before any run."""


def development_seeds() -> list[int]:
    """Return the seeds that rules may be tuned on."""
    return [seed for seed in SEEDS if seed not in HELD_OUT_SEEDS]


def development_kinds() -> list[Kind]:
    """Return the kinds that rules may be tuned on."""
    return [kind for name, kind in KINDS.items() if name not in HELD_OUT_KINDS]


def final_seeds() -> list[int]:
    """Return the seeds of the final run."""
    return sorted(HELD_OUT_SEEDS)


def final_kinds() -> list[Kind]:
    """Return the kinds of the final run: all, the held-out ones among them."""
    return list(KINDS.values())


def digest(names: Sequence[str] = tuple(KINDS)) -> str:
    """Return the SHA-256 of the split: kinds, held-out kinds, seeds, held-out seeds."""
    parts = [sorted(names), sorted(HELD_OUT_KINDS), list(SEEDS), sorted(HELD_OUT_SEEDS)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
