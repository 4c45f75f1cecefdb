"""Changes of figures at two grains: the table's own rows, and the country's total over them.

A row holds what is known at its vintage; 0 is a figure, null is none.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import polars as pl

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.reading.large_cells import WHOLE, has_large, near_columns
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.alerts.rules.reading.series_view import SERIES

NOTABLE: Final = 0.10
NOTABLE_DOSES: Final = 10_000
SMALLEST_BASE: Final = 1_000
WITHDRAWN_DOSES: Final = 100_000


def figure_changes(rule_input: RuleInput, columns: Collection[str] | None) -> pl.DataFrame:
    """Return every change of the given figures, each compared with the last figure known.

    `columns`: None for all. A key that some vintages could not compare continues from its last
    known figure.

    Returns:
        seq, the key columns, column, before, after [Float64, null = none], base [before of the
        key's first change; null = none], is_baseline [a beginning, not a change], `_series`
        [number of key and column], sorted by series and seq.
    """
    cell = [*rule_input.key, "column"]
    cells = rule_input.cells
    if columns is not None:
        cells = cells.filter(pl.col("column").is_in(list(columns)))
    if not cells["seq"].is_sorted():
        cells = cells.sort("seq", maintain_order=True)
    number = cells.select(cell).hash_rows()  # grouped in half the time of the texts themselves
    own = ("seq", "before", "after", "is_baseline")
    is_same = (pl.col(SERIES) == pl.col(SERIES).shift(1)).fill_null(value=False)
    return (
        cells.group_by(number.alias("_number"), maintain_order=True)
        .agg(*own, pl.col(cell).first())
        .with_row_index(SERIES)
        .explode(own)
        .with_columns(
            pl.when(is_same).then(pl.col("after").shift(1)).otherwise("before").alias("before"),
            pl.when(~is_same).then("before").alias("base"),
            pl.col(SERIES).cast(pl.Int64),
        )
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .select("seq", *cell, "before", "after", "base", "is_baseline", SERIES)
    )


def country_totals(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Return every change of the countries' totals over all their rows.

    A total is null when no row has a figure. A table keyed by country alone is its own total.
    `rows`: of `figure_changes`, in its order.

    Returns:
        seq, iso3, column, before, after, base, is_baseline: as `figure_changes`, sorted by iso3,
        column and seq.
    """
    columns = ["seq", "iso3", "column", "before", "after", "base", "is_baseline"]
    if rows.is_empty() or list(key) == ["iso3"]:
        return rows.select(columns).sort("iso3", "column", "seq")
    if not has_large(rows):
        return _totals(rows)
    is_near = near_columns(pl.col("after"))  # a sum of floats stays wrong after a large figure
    figures = pl.col("before", "after", "base")
    whole = _totals(rows.filter(is_near).with_columns(figures.cast(WHOLE)))
    others = rows.filter(~is_near)
    parts = [whole.with_columns(figures.cast(pl.Float64))]
    parts += [] if others.is_empty() else [_totals(others)]
    return pl.concat(parts).sort("iso3", "column", "seq")


def _totals(rows: pl.DataFrame) -> pl.DataFrame:
    cell = ["iso3", "column"]
    columns = ["seq", "iso3", "column", "before", "after", "base", "is_baseline"]
    before, after, base = (pl.col(name) for name in ("before", "after", "base"))
    delta, level, count = (pl.col(name) for name in ("delta", "level", "count"))
    base_count, delta_count = pl.col("base_count"), pl.col("delta_count")
    series = pl.col(SERIES)
    heads = rows.filter(series.ne_missing(series.shift(1))).select(
        *cell, pl.struct(cell).rank("dense").cast(pl.Int64).alias("place")
    )
    place = pl.lit(heads["place"]).gather(series.rle_id())  # a number is grouped faster than texts
    width = rows.select(pl.col("seq").max()).item() + 1
    return (
        rows.with_columns((place * width + pl.col("seq")).alias("place"))
        .group_by("place")
        .agg(
            (after.fill_null(0) - before.fill_null(0)).sum().alias("delta"),
            (after.count().cast(pl.Int64) - before.count().cast(pl.Int64)).alias("delta_count"),
            base.sum(),
            base.count().cast(pl.Int64).alias("base_count"),
            pl.col("is_baseline").any(),
        )
        .sort("place")
        .with_columns(pl.col("place") // width, (pl.col("place") % width).alias("seq"))
        .join(heads.unique(), on="place", how="left", maintain_order="left")
        .with_columns(
            (base + delta).cum_sum().over("place").alias("level"),
            (base_count + delta_count).cum_sum().over("place").alias("count"),
        )
        .with_columns(
            pl.when(count > delta_count).then(level - delta).alias("before"),
            pl.when(count > 0).then(level).alias("after"),
            pl.when(base_count > 0).then(base),
        )
        .filter(before.ne_missing(after))
        .select(columns)
    )


def countries_compared(rows: pl.DataFrame, totals: pl.DataFrame) -> dict[tuple[str, int], int]:
    """Return, by column and seq, how many countries had a figure in this vintage or the one before.

    Only vintages in which a row changed are listed. `rows` and `totals` are results of
    `figure_changes` and `country_totals`.
    """
    at, before, after = ["column", "seq"], pl.col("before"), pl.col("after")
    flags = {
        "new": before.is_null() & after.is_not_null(),
        "gone": before.is_not_null() & after.is_null(),
        "base": pl.col("base").is_not_null(),
    }
    counts = [flag.sum().cast(pl.Int64).alias(name) for name, flag in flags.items()]
    changed = totals.group_by(at).agg(counts)
    known = (pl.col("base") + pl.col("new") - pl.col("gone")).cum_sum().over("column")
    counted = (
        rows.select(at)
        .unique()
        .join(changed, on=at, how="left")
        .sort(at)
        .with_columns(pl.col(*flags).fill_null(0))
        .select(*at, known + pl.col("gone"))
    )
    return {(column, seq): count for column, seq, count in counted.iter_rows()}


def countries_known(rule_input: RuleInput) -> dict[tuple[str, int], int]:
    """Return, by column and seq, how many countries had shown a figure in any vintage so far."""
    first = rule_input.cells.group_by("column", "iso3").agg(pl.col("seq").min())
    counts = first.group_by("column", "seq").len("new")
    known = (
        rule_input.vintages.select(pl.col("seq").cast(first.schema["seq"]))
        .join(counts.select("column").unique(), how="cross")
        .join(counts, on=["column", "seq"], how="left")
        .sort("seq")
        .select("column", "seq", pl.col("new").fill_null(0).cum_sum().over("column"))
    )
    return {(column, seq): count for column, seq, count in known.iter_rows()}


def notable_changes(rows: pl.DataFrame, limits: Mapping[str, Thresholds]) -> pl.DataFrame:
    """Return the changes that R0, R1 or R2 applies to, with the id of that one as `rule`.

    `rows`: as `with_peak_and_next` returns them. `limits`: the thresholds in force, by rule.
    """
    rise, fall, gone = (limits[rule] for rule in ("R0", "R1", "R2"))
    before, after, change = pl.col("before"), pl.col("after"), pl.col("change")
    share = pl.col("column").str.ends_with("_share")

    def least(own: Thresholds, doses: str, part: str = "least_share") -> pl.Expr:
        return pl.when(share).then(own[part]).otherwise(own[doses])

    is_large = before >= least(gone, "least_doses_before", "least_share_before")
    withdrawn = (after.is_null() | (after == 0)) & is_large
    base = share | (before >= fall["smallest_doses_before"])
    cut = (pl.col("rel_change") <= -fall["least_fall"]) & (-change >= least(fall, "least_doses"))
    old = before.fill_null(0)
    raised = (
        (after - old >= least(rise, "least_doses"))
        & ((old <= 0) | (pl.col("rel_change") >= rise["least_rise"]))
        & (pl.col("seq") > pl.col("debut"))
        & ~pl.col("is_baseline")
    )
    rule = pl.when(withdrawn).then(pl.lit("R2")).when(cut & base).then(pl.lit("R1"))
    named = rows.with_columns(rule.when(raised).then(pl.lit("R0")).alias("rule"))
    return named.filter(pl.col("rule").is_not_null())
