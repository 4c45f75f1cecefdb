"""
Slices: of which rows of a table a snapshot speaks, where it speaks for a part only.

Promises: only the columns by which parts are named are looked at, as texts: days, and countries.
"""

import polars as pl

from schemas.source import Source
from tasks.vault.segments import Covers, covered

SCOPE_COLUMN = "iso3"
PLACE = "_place"


def parts(frame: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return the columns, as texts, by which a snapshot may speak for a part of a table."""
    slices = (source.covers.column, *source.covers.beside) if source.covers else ()
    named = [name for name in dict.fromkeys((*slices, SCOPE_COLUMN)) if name in frame.columns]
    return frame.select(pl.col(name).cast(pl.String) for name in named)


def followed(state: pl.DataFrame | None, said: pl.DataFrame, covers: Covers | None) -> pl.DataFrame:
    """
    Return what is known after a snapshot that said something; frames as of `parts`.

    >>> state = pl.DataFrame({"iso3": ["PRK", "PRK", "KHM"]})
    >>> followed(state, state[:1], {"iso3": ["PRK"]}).rows()
    [('KHM',), ('PRK',)]
    """
    if state is None or covers is None:
        return said
    placed = state.with_row_index(PLACE)
    rest = placed.join(covered(placed, covers), on=PLACE, how="anti", maintain_order="left")
    return pl.concat([rest.select(said.columns), said])
