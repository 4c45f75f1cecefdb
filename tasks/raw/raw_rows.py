"""
Quoting: rows of a kept snapshot in the publisher's own words, by their place in its table.

Promises: reads the bytes that were kept, and nothing else; says what the parser saw, before
anything was made of it.
"""

from collections.abc import Collection, Mapping

import polars as pl

from schemas.columns import ROW
from schemas.records import Snapshot
from schemas.source import Source
from tasks.raw.archive import archived_body
from tasks.vault.backends.store import Store

PLACE = "_place"


def raw_rows(
    store: Store, source: Source, snapshot: Snapshot, *, wanted: Mapping[str, Collection[int]]
) -> dict[tuple[str, int], dict[str, str | None]]:
    """
    Return the cells of rows by table and place [the first row is 1], as published.

    `wanted`: the places by table. A row that is not there is not in the answer. Where one of the
    publisher's rows became several, it is quoted as the first of them.

    Raises:
        BadBody: The bytes cannot be read by today's parser.
        Damaged: The bytes are gone or are others.
    """
    contents = {body.name: archived_body(store, body.sha256) for body in snapshot.bodies}
    parsed = source.parse(contents)
    return {
        (table, row.pop(PLACE)): row
        for table, places in wanted.items()
        if table in parsed
        for row in _placed(parsed[table]).filter(pl.col(PLACE).is_in(list(places))).to_dicts()
    }


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the place of each row in the publisher's table."""
    if ROW not in frame.columns:
        return frame.with_row_index(PLACE, offset=1)
    placed = frame.with_columns(pl.col(ROW).cast(pl.Int64).alias(PLACE)).drop(ROW)
    return placed.unique(PLACE, keep="first", maintain_order=True)
