"""
Slices: which rows of a table are known, where a snapshot may speak for a part of it only.

Promises: only keys are looked at, and the columns by which parts are named: days, and countries.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from schemas.source import Source
from tasks.vault.segments import Covers, covered
from tasks.vault.table_history import SCOPE_COLUMN

PLACE = "_place"


def keys_of(frame: pl.DataFrame, key: Sequence[str], source: Source) -> pl.DataFrame:
    """Return the key of each row, and the columns by which a snapshot may speak for a part."""
    slices = (source.covers.column, *source.covers.beside) if source.covers else ()
    named = [name for name in (*slices, SCOPE_COLUMN) if name in frame.columns]
    return frame.select(*dict.fromkeys((*key, *named)))


def followed(state: pl.DataFrame | None, said: pl.DataFrame, covers: Covers | None) -> pl.DataFrame:
    """
    Return what is known after a snapshot that said something; frames as of `keys_of`.

    >>> state = pl.DataFrame({"iso3": ["PRK", "PRK", "KHM"]})
    >>> followed(state, state[:1], {"iso3": ["PRK"]}).rows()
    [('KHM',), ('PRK',)]
    """
    if state is None or covers is None:
        return said
    placed = state.with_row_index(PLACE)
    rest = placed.join(covered(placed, covers), on=PLACE, how="anti", maintain_order="left")
    return pl.concat([rest.select(said.columns), said])


def under(
    state: pl.DataFrame,
    said: pl.DataFrame,
    covers: Covers | None,
    *,
    since: Iterable[Covers | None],
) -> pl.DataFrame:
    """
    Return what is known where a snapshot comes to be below a state; frames as of `keys_of`.

    `since`: for what the vintages speak that lie between the snapshot and the state. There their
    word holds.

    >>> state = pl.DataFrame({"iso3": ["PRK", "KHM"]})
    >>> said = pl.DataFrame({"iso3": ["PRK", "ERI"]})
    >>> under(state, said, {"iso3": ["PRK", "ERI"]}, since=[{"iso3": ["PRK"]}]).rows()
    [('PRK',), ('KHM',), ('ERI',)]
    """
    replaced, told = covered(state, covers), said.select(state.columns)
    for later in since:
        replaced, told = (
            _without(replaced, covered(replaced, later)),
            _without(told, covered(told, later)),
        )
    return pl.concat([_without(state, replaced), told])


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return rows.join(others, on=rows.columns, how="anti", nulls_equal=True, maintain_order="left")
