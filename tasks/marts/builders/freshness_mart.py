"""Freshness: when each table was retrieved last, when it changed last, its source's state."""

from datetime import timedelta
from typing import Final

import polars as pl

from schemas.tables import TABLES
from tasks.freshness.source_life import PATIENCE, life_of
from tasks.marts.lake_table import LakeTable, MartInputs
from tasks.sources import source_named

ALL_TABLES: Final = frozenset(TABLES)
DAY: Final = timedelta(days=1)


def freshness(inputs: MartInputs) -> pl.DataFrame:
    """Return the mart `freshness`: the columns of Freshness."""
    states = {
        one.source: life_of(source_named(one.source), one, inputs.at) for one in inputs.activities()
    }
    rows = [_row(table, states[table.source]) for table in inputs.tables if table.vintages.height]
    return pl.concat(rows) if rows else pl.DataFrame()


def _row(table: LakeTable, state: str) -> pl.DataFrame:
    cadence = source_named(table.source).cadence
    new = pl.col("as_of").filter(pl.col("is_new")).max()
    return table.vintages.select(
        source=pl.lit(table.source),
        dataset=pl.lit(table.dataset),
        last_had=pl.col("as_of").max(),
        last_new=pl.coalesce(new, pl.col("as_of").min()),
        versions=pl.len(),
        rows=pl.col("rows").last(),
        cadence_days=pl.lit(cadence / DAY),
        state=pl.lit(state),
    ).with_columns(
        last_had_date=pl.col("last_had").dt.date(),
        last_new_date=pl.col("last_new").dt.date(),
        days_unchanged=(pl.col("last_had") - pl.col("last_new")).dt.total_days(),
        stale_from=pl.col("last_had") + PATIENCE * cadence,
        stale_from_date=(pl.col("last_had") + PATIENCE * cadence).dt.date(),
    )
