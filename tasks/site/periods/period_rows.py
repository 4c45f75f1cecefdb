"""What versions show of every month or year, of all tables that have one in their key.

Promises: held versions are left out: what one shows counts from the next accepted version on that
shows it, too. A version that changes no figure adds no row.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from schemas.tables import TABLES, key_of
from tasks.marts.builders.further_figures import figure_columns
from tasks.marts.builders.part_entities import day_of, part_of, period_of
from tasks.marts.lake_table import END, LakeTable
from tasks.marts.published_inputs import lake_table
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader

INSTANT: Final = pl.Datetime("us", "UTC")
PERIOD_ROWS: Final = pl.Schema(
    {
        "source": pl.String(),
        "dataset": pl.String(),
        "iso3": pl.String(),
        "measure": pl.String(),
        "part": pl.String(),
        "observed_on": pl.Date(),
        "as_of": INSTANT,
        "figure": pl.Float64(),
        "whole": pl.Int64(),
    }
)
CELL: Final = ("iso3", "part", "observed_on")
"""What identifies a figure of one measure over its versions."""
PERIOD_TABLES: Final = frozenset(
    name
    for name in TABLES
    if "iso3" in key_of(name) and period_of(key_of(name)) in {"month", "year"}
)


def period_rows(store: Store, vaults: Mapping[str, VaultReader]) -> pl.DataFrame:
    """Return the figures of months and years at the accepted versions that show them first.

    `vaults`: by source.

    Returns:
        PERIOD_ROWS, sorted by all columns up to as_of: observed_on [first day of the month or
        year], as_of [instant of the version], figure [unit of the measure; null = no figure any
        more], whole [the same, exactly, where the table has whole numbers; else null].
    """
    found = [
        rows
        for source, vault in vaults.items()
        for table in sorted(PERIOD_TABLES.intersection(vault.tables()))
        for rows in _figures(lake_table(store, source, table), _accepted(vault, table))
    ]
    if not found:
        return PERIOD_ROWS.to_frame()
    return pl.concat(found).sort(*("dataset", "iso3", "measure", "part", "observed_on", "as_of"))


def _accepted(vault: VaultReader, table: str) -> pl.DataFrame:
    """Return the instants of the versions that are not held, oldest first."""
    instants = [one.as_of for one in vault.vintages(table) if not one.held]
    return pl.DataFrame({"shown_at": instants}, schema={"shown_at": INSTANT}).sort("shown_at")


def _figures(table: LakeTable, accepted: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the rows of each measure of a table."""
    if accepted.is_empty():
        return
    own = table.lasting
    measures = [name for name in figure_columns(table.latest, table.key) if name in own.columns]
    begun = _states(table, own, "valid_from", measures)
    ended = _states(table, own.filter(pl.col(END).is_not_null()), END, measures)
    parts = [
        ended.with_columns(pl.lit(None, ended.schema[name]).alias(name) for name in measures),
        begun,
    ]
    if not table.is_history_whole:
        shown = table.latest.with_columns(pl.lit(table.shown_as_of, INSTANT).alias("valid_from"))
        parts.append(_states(table, shown, "valid_from", measures))
    states = pl.concat(parts, how="vertical_relaxed")
    instants = states.select("as_of").unique().sort("as_of")
    places = instants.join_asof(
        accepted, left_on="as_of", right_on="shown_at", strategy="forward"
    ).drop_nulls()
    placed = states.join(places, on="as_of").sort("as_of", maintain_order=True)
    last = placed.unique([*CELL, "shown_at"], keep="last", maintain_order=True)
    for name in measures:
        yield _steps(table, last, name)


def _states(table: LakeTable, rows: pl.DataFrame, at: str, measures: list[str]) -> pl.DataFrame:
    """Return cells with their figures from an instant on."""
    day = day_of(period_of(table.key) or "")
    return rows.select("iso3", part_of(table.key), day, *measures, as_of=at)


def _steps(table: LakeTable, states: pl.DataFrame, measure: str) -> pl.DataFrame:
    """Return the versions in which a figure of a cell is another one than before."""
    value = pl.col(measure)
    before = value.shift().over(CELL)
    whole = value.cast(pl.Int64) if states.schema[measure].is_integer() else pl.lit(None, pl.Int64)
    return states.filter(value.ne_missing(before)).select(
        pl.lit(table.source).alias("source"),
        pl.lit(table.dataset).alias("dataset"),
        "iso3",
        pl.lit(measure).alias("measure"),
        *("part", "observed_on"),
        pl.col("shown_at").alias("as_of"),
        value.cast(pl.Float64).alias("figure"),
        whole.alias("whole"),
    )
