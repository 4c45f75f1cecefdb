"""R8, second part: tables, and single counters, that show the same figures for too long.

Weeks count only while versions go on: from the version that changed it to the last one that
showed it unchanged.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.model.rule import DatasetContext
from tasks.alerts.rules.reading.increments import NUMBER
from tasks.alerts.rules.reading.series_view import SERIES


class Run(NamedTuple):
    """A table without a change: seq of its last change, of the alert, and of the next change.

    `until`: None without a next change. `longest`: the longest such run before [days].
    """

    since: int
    opened: int
    until: int | None
    longest: int


def unchanged_runs(
    as_of: Sequence[datetime], changed: Sequence[int], thresholds: Thresholds
) -> list[Run]:
    """Return the runs of vintages in which a table did not change for too long.

    `as_of`: of all vintages, by seq. `changed`: the seq of those that changed the table, ascending.
    """
    runs: list[Run] = []
    longest, least = timedelta(), timedelta(weeks=thresholds["least_weeks"])
    for number, seq in enumerate(changed):
        until = changed[number + 1] if number + 1 < len(changed) else None
        end = len(as_of) if until is None else until
        shown = as_of[end - 1] - as_of[seq]
        if shown >= least and number + 1 >= thresholds["least_reports"]:
            allowed = max(least, thresholds["times_longest"] * longest + timedelta(weeks=1))
            first = seq + int(thresholds["least_versions"])
            late = (one for one in range(first, end) if as_of[one] - as_of[seq] >= allowed)
            if (opened := next(late, None)) is not None:
                runs.append(Run(since=seq, opened=opened, until=until, longest=longest.days))
        longest = max(longest, shown)
    return runs


def unchanged_counters(dataset: DatasetContext, thresholds: Thresholds) -> pl.DataFrame:
    """Return the counters that show one figure for too long while their column changes.

    Returns:
        The key columns, column, seq [of the vintage that showed the figure first], after [the
        figure], opened [the seq of the first vintage that changes the column when the run is too
        long], until [the seq of the next figure, null without one].
    """
    cell = [*dataset.rule_input.key, "column"]
    as_of = dataset.rule_input.vintages.sort("seq")["as_of"]
    last, until, series = len(as_of), pl.col("until"), pl.col(SERIES)
    shown_to = pl.lit(as_of).gather(until.fill_null(last) - 1)
    shown = pl.lit(as_of).gather("seq")
    least = pl.lit(timedelta(weeks=thresholds["least_weeks"]))
    changes = dataset.counter_rows.with_columns(
        pl.when(series == series.shift(-1)).then(pl.col("seq").shift(-1)).alias("until")
    )
    long = changes.filter(shown + least <= shown_to, pl.col("after") >= thresholds["least_count"])
    if long.is_empty():
        return long.select(*cell, "seq", "after", opened="until", until="until")
    longest = (shown_to - pl.col("shown")).cum_max().shift(1).over(SERIES)
    allowed = longest.fill_null(timedelta()) * thresholds["times_longest"] + timedelta(weeks=1)
    moves = changes.select("column", "seq").unique()
    return (
        changes.join(long.select(SERIES).unique(), on=SERIES, how="semi", maintain_order="left")
        .with_columns(
            shown.alias("shown"), pl.col("after").cum_count().over(SERIES).alias("reports")
        )
        .with_columns((pl.col("shown") + pl.max_horizontal(least, allowed)).alias("limit"))
        .filter(pl.col("after") >= thresholds["least_count"])
        .filter(pl.col("reports") >= thresholds["least_reports"])
        .filter(pl.col("limit") <= shown_to)
        .sort("limit", "seq", *cell)
        .join_asof(
            moves.select("column", shown.alias("shown"), opened="seq").sort("shown"),
            left_on="limit",
            right_on="shown",
            by="column",
            strategy="forward",
            check_sortedness=False,
        )
        .filter(pl.col("opened") < until.fill_null(last))
        .select(*cell, "seq", "after", "opened", "until")
    )


def carried_counters(dataset: DatasetContext, thresholds: Thresholds) -> pl.DataFrame:
    """Return the counters of a table with days that newer days carry on for too long.

    Returns:
        The key columns [the day is that of the last report that moved the counter], column, seq [of
        the vintage that showed it], after [the figure], opened [the seq of the first vintage that
        moves the column when the run is too long], until [the seq of the next figure, null without
        one].
    """
    rows, view = dataset.increments, dataset.series
    same = pl.col(SERIES) == pl.col(SERIES).shift(-1)
    longest = pl.col("days").cum_max().over(SERIES).fill_null(0)
    least, times = thresholds["least_weeks"] * 7, thresholds["times_longest"]
    allowed = pl.max_horizontal(longest * times + 7, pl.lit(least)).ceil().cast(pl.Int64)
    newest = view.levels.select(
        SERIES, pl.col("newest_on").alias("limit"), pl.col("seq").alias("reached")
    )
    moves = rows.select("column", pl.col("seq").alias("opened")).unique().sort("opened")
    return (
        rows.with_columns(
            pl.when(same).then(pl.col("seq").shift(-1)).alias("until"),
            (pl.col("day") + pl.duration(days=allowed)).alias("limit"),
        )
        .filter(pl.col("after") >= thresholds["least_count"])
        .filter(pl.col(NUMBER) + 1 >= thresholds["least_reports"])
        .filter(pl.col("until").ne_missing(pl.col("seq")))
        .sort("limit")
        .join_asof(
            newest.drop_nulls().sort("limit"),
            on="limit",
            by=SERIES,
            strategy="forward",
            check_sortedness=False,
        )
        .filter(pl.col("reached") > pl.col("seq"))
        .sort("reached")
        .join_asof(
            moves,
            left_on="reached",
            right_on="opened",
            by="column",
            strategy="forward",
            check_sortedness=False,
            coalesce=False,
        )
        .filter(pl.col("opened") < pl.col("until").fill_null(dataset.timeline.last + 1))
        .rename({"day": view.day})
        .select(*view.entity, "column", view.day, "seq", "after", "opened", "until")
    )
