"""The rows of a vault's vintages that stand in quarantine."""

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
"""Of `quarantined_rows`."""


def quarantined_rows(
    vault: VaultReader, *, vintages: Sequence[Vintage] | None = None
) -> pl.DataFrame:
    """Return the quarantined rows of all tables, one row per fault.

    `vintages`: those to list; None for all.

    Columns: source, table, id and as_of [instant, UTC] of the vintage, row [counted from 1 in the
    body], column [the publisher's name], rule and its version, value [the cell as published; null
    where it is not one cell], reason [a sentence].
    """
    parts = [SCHEMA.to_frame()]
    for vintage in vault.vintages() if vintages is None else vintages:
        for name, entry in vintage.tables.items():
            if entry.quarantine:
                rows = load(vault.store, "quarantine", entry.quarantine).with_columns(
                    source=pl.lit(vault.source),
                    table=pl.lit(name),
                    id=pl.lit(vintage.id),
                    as_of=pl.lit(vintage.as_of, pl.Datetime("us", "UTC")),
                )
                if "rule_version" not in rows.columns:
                    rows = rows.with_columns(rule_version=pl.lit(FIRST))
                parts.append(rows.select(SCHEMA.names()).cast(SCHEMA))
    return pl.concat(parts)
