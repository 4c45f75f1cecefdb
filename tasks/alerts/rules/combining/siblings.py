"""Siblings: what a figure did in all countries in one version, to stand beside one country's alert.

Promises: computed once per figure for all versions; those of a version depend on no later one.
"""

from typing import Any, Final

import polars as pl

from schemas.wording import is_share
from tasks.alerts.rules.model.episode import whole
from tasks.alerts.rules.reading.figure_changes import figure_changes
from tasks.alerts.rules.reading.large_cells import WHOLE, has_large, near_columns
from tasks.alerts.rules.reading.rule_input import RuleInput

COUNTS: Final = ("rose", "fell", "stayed", "appeared", "vanished")
TOTALS: Final = ("total_before", "total_after")
DAYS: Final = frozenset({"observed_on", "month"})
"""Key columns that make a table one of series: its figures are never summed over them."""


def siblings_at(found: pl.DataFrame, seq: int) -> dict[str, Any]:
    """Return one row of what `siblings` returned, as evidence has it."""
    row = found.row(seq, named=True)
    return row | {name: whole(row[name]) for name in TOTALS}


def siblings(rule_input: RuleInput, column: str) -> pl.DataFrame:
    """Return, by seq, how many countries a figure did what in, against the version before.

    `rule_input`: of a table with `iso3`.

    Returns:
        rose, fell, stayed, appeared and vanished [countries, by their sums over all rows], and
        total_before and total_after [sum over all countries; null for shares and for series]. In a
        series, rose and fell are about the days that both versions know.
    """
    before, after, base = (pl.col(name) for name in ("before", "after", "base"))
    is_series = not DAYS.isdisjoint(rule_input.key)
    if is_series:  # many rows, and no sum that a key left out for a while would spoil
        changes = rule_input.cells.filter(column=column).with_columns(base=pl.lit(None, pl.Float64))
    else:
        changes = figure_changes(rule_input, [column])
        if has_large(changes) and changes.select(near_columns(after).all()).item():
            changes = changes.with_columns(pl.col("before", "after", "base").cast(WHOLE))
    gain = after - before if is_series else after.fill_null(0) - before.fill_null(0)
    rows, delta, known = pl.col("rows"), pl.col("delta"), pl.col("known")
    per_country = (
        changes.group_by("seq", "iso3")
        .agg(
            gain.sum().alias("delta"),
            base.sum(),
            base.count().cast(pl.Int64).alias("base_rows"),
            (after.count().cast(pl.Int64) - before.count().cast(pl.Int64)).alias("rows"),
        )
        .sort("seq", "iso3")
        .with_columns((pl.col("base_rows") + rows).cum_sum().over("iso3").alias("known"))
        .with_columns((known.shift(1).over("iso3") > 0).fill_null(value=False).alias("was_known"))
    )
    had, has = known > rows, known > 0
    flags = {
        "rose": had & has & (delta > 0),
        "fell": had & has & (delta < 0),
        "appeared": ~had & has,
        "vanished": had & ~has,
        "began": had & ~pl.col("was_known"),
    }
    counted = [flag.sum().cast(pl.Int64).alias(name) for name, flag in flags.items()]
    changed = per_country.group_by("seq").agg(*counted, delta.sum(), base.sum())
    seqs = rule_input.vintages.sort("seq").select(pl.col("seq").cast(pl.Int64))
    dense = seqs.join(changed, on="seq", how="left", maintain_order="left").fill_null(0)
    countries = (pl.col("began") + pl.col("appeared") - pl.col("vanished")).cum_sum()
    moved = pl.col("rose") + pl.col("fell") + pl.col("appeared")
    total = (base + delta).cum_sum()
    if is_series or is_share(column):
        total = pl.lit(None, pl.Float64)
    return dense.with_columns(
        (countries - moved).alias("stayed"),
        (total - delta).cast(pl.Float64).alias("total_before"),
        total.cast(pl.Float64).alias("total_after"),
    ).select(*COUNTS, *TOTALS)
