"""Quarantine: the rows of snapshots that could not be read, as they were published."""

from collections.abc import Sequence

import polars as pl

from tasks.vault.manifest import Vintage
from tasks.vault.replay import load, quarantine_name
from tasks.vault.store import Store

SCHEMA = pl.Schema(
    {
        "source": pl.String(),
        "table": pl.String(),
        "id": pl.String(),
        "as_of": pl.Datetime("us", "UTC"),
        "row": pl.Int64(),
        "column": pl.String(),
        "rule": pl.String(),
        "value": pl.String(),
        "reason": pl.String(),
    }
)


def quarantined_rows(
    store: Store, source: str, vintages: Sequence[Vintage], *, table: str | None = None
) -> pl.DataFrame:
    """
    Return the rows in quarantine of one table or of all, one line per fault.

    Columns: source, table, id and as_of [instant, UTC] of the vintage, row [counted from 1 in the
    body], column [the publisher's name], rule, value [the cell as published; null where it is not
    one cell], reason [a sentence].
    """
    parts = [
        load(store, quarantine_name(entry.quarantine)).select(
            pl.lit(source).alias("source"),
            pl.lit(name).alias("table"),
            pl.lit(vintage.id).alias("id"),
            pl.lit(vintage.as_of, pl.Datetime("us", "UTC")).alias("as_of"),
            pl.col("row", "column", "rule", "value", "reason"),
        )
        for vintage in vintages
        for name, entry in vintage.tables.items()
        if entry.quarantine and table in {None, name}
    ]
    return pl.concat([SCHEMA.to_frame(), *(part.cast(SCHEMA) for part in parts)])
