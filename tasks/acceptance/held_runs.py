"""Held vintages that later snapshots bear out, so that none waits for a person for ever.

A page that shows the same unlikely thing again and again is no fault of one day. The third snapshot
that agrees with a held vintage releases it, and every held one between them.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Final

import polars as pl

from schemas.records import Snapshot
from schemas.source import Source
from tasks.acceptance.fault_checks import key_loss, size_loss, sizes_of
from tasks.vault.backdated_insert import Draft

AGREEING: Final = 3
"""As many snapshots in a row after a held vintage must agree with it to release it."""
MOST_ADDED: Final = 50
"""Percent of a snapshot's rows; if a held vintage lacks as many, the two show different pages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldVintage:
    """A vintage that is held.

    `tables`: those that it has. `keys(table)`: its keys. `sizes`: of its bodies, by name [bytes].
    """

    id: str
    as_of: datetime
    tables: Collection[str]
    keys: Callable[[str], pl.DataFrame]
    sizes: Callable[[], Mapping[str, int]]


def borne_out(
    source: Source, held: Iterable[HeldVintage], snapshot: Snapshot, draft: Draft
) -> list[str]:
    """Return the ids of the held vintages that a snapshot releases, oldest first; none, mostly.

    `held`: all since the last good vintage. A snapshot agrees with a vintage where neither lacks so
    much of the other that it would be held beside it; a table may grow meanwhile. One that covers a
    slice releases nothing, since the next slice is another one.
    """
    if any(table.covers is not None for table in draft.tables.values()):
        return []
    most_added = max(source.most_lost, MOST_ADDED)

    def agrees(vintage: HeldVintage) -> bool:
        sizes, now = vintage.sizes(), sizes_of(snapshot)
        if size_loss(sizes, now, source.least_bytes) or size_loss(now, sizes, source.least_bytes):
            return False
        for name, table in draft.tables.items():
            earlier, later = vintage.keys(name).select(table.key), table.frame.select(table.key)
            if _lacks(later, earlier, source.most_lost) or _lacks(earlier, later, most_added):
                return False
        return True

    newest_first = sorted(held, key=lambda one: one.as_of, reverse=True)
    agreeing = [one.id for one in takewhile(agrees, newest_first)]
    return agreeing[::-1] if len(agreeing) >= AGREEING else []


def _lacks(keys: pl.DataFrame, others: pl.DataFrame, most: int) -> bool:
    """Return whether `most` percent or more of the other keys are missing, however few they are."""
    return key_loss(others, keys, keys.clear(), smallest=1, most_lost=most) is not None
