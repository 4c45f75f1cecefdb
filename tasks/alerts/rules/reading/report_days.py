"""R8, first part: spells without a new report in tables whose rows have a day.

Each grain is measured against what goes on around it: the whole table against the vintages, one
figure or one country against the table, one figure of one country against both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
import polars.selectors as cs

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.reading.rule_input import RuleInput

DAY: Final = "observed_on"
PLACE: Final = "_place"
Grain = tuple[str, ...]
"""The columns that identify a series; () is the whole table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reports:
    """The vintages that showed a newer day than before, by series.

    rows: the grain, seq, observed_on [the newest day], until [the seq of the next report, null
    without one], gap [median days between the last reports; null while they are too few], shown_gap
    [median days between the vintages that showed them; null before the second], sorted by seq.
    """

    grain: Grain
    rows: pl.DataFrame


def silent_spells(rule_input: RuleInput, thresholds: Thresholds) -> Mapping[Grain, pl.DataFrame]:
    """Return the spells without a new report, by the columns that identify a series.

    A report counts from the vintage that shows its day first. A day that is shown behind a newer
    one is no report, nor is a day after its own vintage.

    Returns:
        Frames with the grain, seq [of the vintage that showed the last report], observed_on [its
        day], gap [as above], allowed [days], opened [the seq of the first vintage in which the
        spell is too long], until [the seq of the next report, null without one].
    """
    entity = tuple(name for name in rule_input.key if name != DAY)
    as_of = rule_input.vintages.sort("seq")["as_of"]
    days = (
        rule_input.cells.filter(pl.col("after").is_not_null())
        .select("seq", *entity, "column", DAY)
        .filter(pl.col(DAY) <= pl.lit(as_of.dt.date()).gather("seq"))
        .with_columns(pl.col(*entity, "column").cast(pl.Categorical))
        .sort(pl.col("seq") * 1_000_000 + pl.col(DAY).to_physical())  # one key is sorted faster
    )
    series = (*entity, "column")
    days = _deciding(days, series, int(thresholds["least_reports"]))
    table = _reports(days, (), as_of, thresholds)
    entities = _reports(days, entity, as_of, thresholds)
    found: dict[Grain, pl.DataFrame] = {(): _spells(table, [], as_of, thresholds)}
    found[entity] = _spells(entities, [table], as_of, thresholds)
    if days["column"].n_unique() > 1:
        columns = _reports(days, ("column",), as_of, thresholds)
        figures = _reports(days, series, as_of, thresholds)
        found[columns.grain] = _spells(columns, [table], as_of, thresholds)
        found[series] = _spells(figures, [entities, columns], as_of, thresholds)
    text = cs.categorical().cast(pl.String)
    named = {grain: rows.with_columns(text) for grain, rows in found.items()}
    return named | {entity: _still_there(rule_input.cells, named[entity], entity)}


def _deciding(days: pl.DataFrame, series: Grain, least: int) -> pl.DataFrame:
    """Return the newest new days of each series and vintage: no other one decides of any grain.

    `least`: how many; no gap looks further back. A first vintage may have hundreds of a series.
    """
    rows = days.with_row_index(PLACE).filter(_is_newer(series))
    return rows.group_by("seq", *series).tail(least).sort(PLACE).drop(PLACE)


def _is_newer(grain: Grain) -> pl.Expr:
    """Return the condition that a series had no day so new before."""
    before = pl.col(DAY).cum_max().shift(1)
    return (pl.col(DAY) > (before.over(grain) if grain else before)).fill_null(value=True)


def _still_there(cells: pl.DataFrame, spells: pl.DataFrame, entity: Grain) -> pl.DataFrame:
    """Return the spells whose last report is still there in the vintage that opens them."""
    report = [*entity, DAY]
    shown = (
        cells.join(spells.select(*report, "opened"), on=report)
        .filter(pl.col("seq") <= pl.col("opened"))
        .group_by(*report, "column", "opened")
        .agg(pl.col("after").sort_by("seq").last())
        .drop_nulls("after")
    )
    return spells.join(shown, on=[*report, "opened"], how="semi")


def _reports(
    days: pl.DataFrame, grain: Grain, as_of: pl.Series, thresholds: Thresholds
) -> _Reports:
    def within(expr: pl.Expr) -> pl.Expr:
        return expr.over(grain) if grain else expr

    window = int(thresholds["least_reports"]) - 1
    gap = pl.col(DAY).diff().dt.total_days().rolling_median(window)
    shown = pl.col("shown").diff().dt.total_hours() / 24
    is_last = pl.col("seq").ne_missing(within(pl.col("seq").shift(-1)))
    rows = (
        days.select("seq", *grain, DAY)
        .filter(_is_newer(grain))
        .with_columns(within(gap).alias("gap"))
        .filter(is_last)
        .with_columns(pl.lit(as_of).gather("seq").alias("shown"))
        .with_columns(
            within(pl.col("seq").shift(-1)).alias("until"),
            within(shown.rolling_median(window, min_samples=1)).alias("shown_gap"),
        )
    )
    return _Reports(grain=grain, rows=rows)


def _spells(
    reports: _Reports, around: Sequence[_Reports], as_of: pl.Series, thresholds: Thresholds
) -> pl.DataFrame:
    least, gaps = thresholds["least_silence"], thresholds["gaps"]
    rhythm = pl.max_horizontal("gap", "shown_gap") * gaps
    allowed = pl.max_horizontal(rhythm, pl.lit(least)).ceil().cast(pl.Int64)
    limit = pl.duration(days="allowed")
    rows = reports.rows.drop_nulls("gap").with_columns(allowed.alias("allowed"))
    ends = rows.select(pl.col("shown") + limit).to_series()
    opened = as_of.search_sorted(ends, side="right").cast(pl.Int64)
    rows = rows.with_columns(opened.alias("opened")).filter(
        pl.col("opened") < pl.col("until").fill_null(len(as_of))
    )
    rows = rows.with_columns((pl.col(DAY) + limit).alias("limit"))
    for other in around:
        passed = other.rows.select(*other.grain, pl.col("seq").alias("passed"), pl.col(DAY))
        rows = (
            rows.sort("limit")
            .join_asof(
                passed.sort(DAY),
                left_on="limit",
                right_on=DAY,
                by=list(other.grain) or None,
                strategy="forward",
                allow_exact_matches=False,
                check_sortedness=False,
            )
            .filter(pl.col("passed") > 0)
            .with_columns(pl.max_horizontal("opened", "passed").alias("opened"))
            .drop("passed", f"{DAY}_right", strict=False)
        )
    if not around:  # what is old in the first vintage is no silence
        is_old = (pl.col("seq") == 0) & (pl.col("limit") < pl.lit(as_of.dt.date()).first())
        rows = rows.filter(~is_old)
    return rows.filter(pl.col("opened") < pl.col("until").fill_null(len(as_of))).drop(
        "limit", "shown", "shown_gap"
    )
