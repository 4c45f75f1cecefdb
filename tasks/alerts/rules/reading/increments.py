"""By how much counters grow from report to report, for the rules that judge a series by itself."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import polars as pl

from schemas.figure_kinds import COUNTERS
from tasks.alerts.rules.reading.rule_input import RuleInput, day_column
from tasks.alerts.rules.reading.series_view import SERIES, SeriesView

RECENT: Final = 28
"""Days before its vintage up to which a report is news; older ones are a longer history."""
NUMBER: Final = "number"


def entity_of(key: Sequence[str]) -> list[str]:
    """Return the key columns without days."""
    return [name for name in key if name != day_column(key)]


def increments(rule_input: RuleInput, known: SeriesView | pl.DataFrame) -> pl.DataFrame:
    """Return every report that moves a counter, with what it adds to the one before.

    In a table with days a report is a day newer than all before, as the vintage that showed it
    first has it; without days, every change of the figure. A figure that is carried on is no
    report. `known`: the view of a table with days; of one without, the changes of its counters.

    Returns:
        `_series` [number of entity and column], the entity (the key without days), column, seq, day
        [date], number [of the report in its series, from 0], after, and, null for the first report:
        before, change [not 0], days [since the report before]; is_news [neither old nor of the
        first vintage]. Sorted by series, seq and day.
    """
    key = rule_input.key
    as_of = rule_input.vintages.sort("seq")["as_of"].dt.date()
    is_by_day = isinstance(known, SeriesView)
    rows = _of_days(known) if is_by_day else _of_changes(known, as_of)
    after, is_same = pl.col("after"), pl.col(SERIES) == pl.col(SERIES).shift(1)
    moves = (~is_same | (after != after.shift(1))).fill_null(value=True)
    first = pl.when((~is_same).fill_null(value=True)).then(pl.int_range(pl.len()))
    before = pl.when(pl.col(NUMBER) > 0)
    days = pl.col("day").to_physical().diff().cast(pl.Int64)
    oldest = pl.lit(as_of - timedelta(days=RECENT)).gather("seq")
    return (
        rows.filter(moves)
        .with_columns((pl.int_range(pl.len()) - first.forward_fill()).alias(NUMBER))
        .select(
            SERIES,
            *entity_of(key),
            *("column", "seq", "day", NUMBER, "after"),
            before.then(after.shift(1)).alias("before"),
            before.then(after.diff()).alias("change"),
            before.then(days).alias("days"),
            ((pl.col("seq") > 0) & (pl.col("day") >= oldest)).alias("is_news"),
        )
    )


def _of_days(view: SeriesView) -> pl.DataFrame:
    """Return the days that are newer than all before in their series."""
    number = pl.col(view.day).to_physical().cast(pl.Int64)
    place = pl.col(SERIES) * (number.max() - number.min() + 1) + number - number.min()
    return (
        view.changes.filter(pl.col("column").is_in(COUNTERS), pl.col("after").is_not_null())
        .filter((place > place.cum_max().shift(1)).fill_null(value=True))
        .rename({view.day: "day"})
    )


def _of_changes(changes: pl.DataFrame, as_of: pl.Series) -> pl.DataFrame:
    """Return the changes of a table without days, each at the day of its vintage."""
    dated = changes.with_columns(pl.lit(as_of).gather("seq").alias("day"))
    return dated.filter(pl.col("after").is_not_null())


def with_next(found: pl.DataFrame, rows: pl.DataFrame, on: str) -> pl.DataFrame:
    """Return findings with the first later report of their series, as next_seq and next_after.

    `rows`: the reports that can be it, as `increments` returns them. `on`: seq for one of a later
    vintage, number for any later one. Null without one.
    """
    near = rows.join(found.select(SERIES).unique(), on=SERIES, how="semi", maintain_order="left")
    later = (
        near.select(
            SERIES, on, pl.col("seq").alias("next_seq"), pl.col("after").alias("next_after")
        )
        .unique([SERIES, on], keep="first", maintain_order=True)
        .sort(on)
    )
    return found.sort(on).join_asof(
        later,
        on=on,
        by=SERIES,
        strategy="forward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
