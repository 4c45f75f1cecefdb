"""The keys of a table that are known when a snapshot comes, where snapshots may cover slices only.

Promises: only keys are read, and the columns that name slices: days and countries.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from schemas.source import Source
from tasks.vault.segments import Covers, covered
from tasks.vault.table_history import SCOPE_COLUMN

PLACE = "_place"


def keys_of(frame: pl.DataFrame, key: Sequence[str], source: Source) -> pl.DataFrame:
    """Return the key of each row and the columns by which a snapshot may cover a slice."""
    slices = (source.covers.column, *source.covers.beside) if source.covers else ()
    names = [name for name in (*slices, SCOPE_COLUMN) if name in frame.columns]
    return frame.select(*dict.fromkeys((*key, *names)))


def keys_after(
    known: pl.DataFrame | None, keys: pl.DataFrame, covers: Covers | None
) -> pl.DataFrame:
    """Return the keys known after a snapshot with `keys` that covers a slice; as made by `keys_of`.

    >>> known = pl.DataFrame({"iso3": ["PRK", "PRK", "KHM"]})
    >>> keys_after(known, known[:1], {"iso3": ["PRK"]}).rows()
    [('KHM',), ('PRK',)]
    """
    if known is None or covers is None:
        return keys
    placed = known.with_row_index(PLACE)
    rest = placed.join(covered(placed, covers), on=PLACE, how="anti", maintain_order="left")
    return pl.concat([rest.select(keys.columns), keys])


def keys_with_earlier(
    known: pl.DataFrame,
    keys: pl.DataFrame,
    covers: Covers | None,
    *,
    since: Iterable[Covers | None],
) -> pl.DataFrame:
    """Return the known keys with those of an earlier snapshot added; frames as of `keys_of`.

    `since`: what the vintages cover that lie between that snapshot and `known`; they override it.

    >>> known = pl.DataFrame({"iso3": ["PRK", "KHM"]})
    >>> keys = pl.DataFrame({"iso3": ["PRK", "ERI"]})
    >>> keys_with_earlier(known, keys, {"iso3": ["PRK", "ERI"]}, since=[{"iso3": ["PRK"]}]).rows()
    [('PRK',), ('KHM',), ('ERI',)]
    """
    replaced, added = covered(known, covers), keys.select(known.columns)
    for later in since:
        replaced = _without(replaced, covered(replaced, later))
        added = _without(added, covered(added, later))
    return pl.concat([_without(known, replaced), added])


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return rows.join(others, on=rows.columns, how="anti", nulls_equal=True, maintain_order="left")
