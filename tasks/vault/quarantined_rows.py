"""Quarantine: the rows of snapshots that could not be read, as they were published."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tasks.vault.manifest import Vintage
from tasks.vault.objects import load
from tasks.vault.vault_reader import VaultReader

FIRST: Final = 1
"""Version of the rules of rows that were put into quarantine before rules had one."""

SCHEMA = pl.Schema(
    {
        "source": pl.String(),
        "table": pl.String(),
        "id": pl.String(),
        "as_of": pl.Datetime("us", "UTC"),
        "row": pl.Int64(),
        "column": pl.String(),
        "rule": pl.String(),
        "rule_version": pl.Int64(),
        "value": pl.String(),
        "reason": pl.String(),
    }
)


def quarantined_rows(
    vault: VaultReader, table: str | None = None, *, vintages: Sequence[Vintage] | None = None
) -> pl.DataFrame:
    """Return the quarantined rows of one table or of all, one row per fault.

    `vintages`: those to list; None for all.

    Columns: source, table, id and as_of [instant, UTC] of the vintage, row [counted from 1 in the
    body], column [the publisher's name], rule and its version, value [the cell as published; null
    where it is not one cell], reason [a sentence].
    """
    parts = [
        _versioned(load(vault.store, "quarantine", entry.quarantine)).select(
            pl.lit(vault.source).alias("source"),
            pl.lit(name).alias("table"),
            pl.lit(vintage.id).alias("id"),
            pl.lit(vintage.as_of, pl.Datetime("us", "UTC")).alias("as_of"),
            pl.col("row", "column", "rule", "rule_version", "value", "reason"),
        )
        for vintage in (vault.vintages() if vintages is None else vintages)
        for name, entry in vintage.tables.items()
        if entry.quarantine and table in {None, name}
    ]
    return pl.concat([SCHEMA.to_frame(), *(part.cast(SCHEMA) for part in parts)])


def _versioned(rows: pl.DataFrame) -> pl.DataFrame:
    if "rule_version" in rows.columns:
        return rows
    return rows.with_columns(pl.lit(FIRST).alias("rule_version"))
