"""Raw row lookup: rows of an archived snapshot as published, by their place in its table.

Promises: reads the archived bytes alone; returns the cells as the parser read them, before
normalisation.
"""

from collections.abc import Collection, Mapping

import polars as pl

from schemas.columns import ODD, ODD_REASON, ROW, WHOLE_ROW
from schemas.records import Snapshot
from schemas.source import Source
from tasks.raw.body_reader import archived_body
from tasks.vault.backends.store import Store

PLACE = "_place"


def raw_rows(
    store: Store, source: Source, snapshot: Snapshot, *, wanted: Mapping[str, Collection[int]]
) -> dict[tuple[str, int], dict[str, str | None]]:
    """Return the cells of rows by table and place [the first row is 1], as published.

    `wanted`: the places by table. Rows that do not exist are absent from the result. Where one
    of the publisher's rows became several, the first of them is returned; of a table of sums, the
    row of the finer table.

    Raises:
        BadBody: The bytes cannot be read by today's parser.
        Damaged: The bytes are gone or are others.
    """
    contents = {body.name: archived_body(store, body.sha256) for body in snapshot.bodies}
    parsed = source.parse(contents)
    return {
        (table, place): cells
        for table, places in wanted.items()
        if (printed := printed_table(source, table, parsed)) in parsed
        for place, cells in cells_at(parsed[printed], places).items()
    }


def cells_at(frame: pl.DataFrame, places: Collection[int]) -> dict[int, dict[str, str | None]]:
    """Return the cells of rows of a parser's table by their place, as published.

    >>> cells_at(pl.DataFrame({"iso3": ["PRK", "GHA"]}), [2])
    {2: {'iso3': 'GHA'}}
    """
    if ROW not in frame.columns:
        there = sorted(place for place in {*places} if 0 < place <= frame.height)
        rows = frame[[place - 1 for place in there]].to_dicts()
        return {place: _shown(row) for place, row in zip(there, rows, strict=True)}
    rows = _placed(frame).filter(pl.col(PLACE).is_in(list(places))).to_dicts()
    return {row.pop(PLACE): _shown(row) for row in rows}


def printed_table(source: Source, table: str, parsed: Collection[str]) -> str:
    """Return the table that a snapshot prints the rows of another in, if that is one of sums."""
    return source.sums[table].table if table in source.sums and table not in parsed else table


def _shown(row: dict[str, str | None]) -> dict[str, str | None]:
    """Return the cells of a row; of one that does not fit its header the row as it stands."""
    odd = row.pop(ODD, None)
    row.pop(ODD_REASON, None)
    return {WHOLE_ROW: odd} if odd else row


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the place of each row in the publisher's table, once each."""
    placed = frame.with_columns(pl.col(ROW).cast(pl.Int64).alias(PLACE)).drop(ROW)
    return placed.unique(PLACE, keep="first", maintain_order=True)
