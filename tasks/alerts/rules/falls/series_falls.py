"""R7 in tables with days: counters whose newest figure, or whose figure for a day, is lower.

One finding per series, column and vintage, however many days changed: of the newest figure where
that fell, else of the day that lost most, else of a day that is lower than the day before it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from schemas.figure_kinds import COUNTERS
from schemas.rule_settings import Thresholds
from tasks.alerts.rules.falls.counter_falls import fallen, is_fall
from tasks.alerts.rules.falls.series_episodes import day_episode, newest_episode, order_episode
from tasks.alerts.rules.falls.series_order import order_breaks
from tasks.alerts.rules.model.episode import Episode, Row, values_by_cell
from tasks.alerts.rules.model.rule import DatasetContext
from tasks.alerts.rules.reading.series_view import SeriesView


def series_falls(dataset: DatasetContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R7 in a table with days."""
    view, timeline = dataset.series, dataset.timeline
    cell = [*view.entity, "column"]
    levels = view.levels.filter(pl.col("column").is_in(COUNTERS))
    least = (pl.col("before") * (1 - thresholds["back_within"])).alias("least")
    newest = _newest_falls(view, levels, thresholds).with_columns(least)
    days = _lower_days(view, thresholds).with_columns(least)
    lower = {_place(row, cell): row for row in days.iter_rows(named=True)}
    seen = set[tuple[Any, ...]]()
    near = levels.join(newest, on=cell, how="semi") if newest.height else levels.clear()
    own = values_by_cell(near, cell)
    for row in newest.iter_rows(named=True):
        place = _place(row, cell)
        seen.add(place)
        yield newest_episode(timeline, row, view.entity, own[place[:-1]], lower.get(place))
    on_day, changes = [*cell, view.day], view.changes
    worst = [
        {**row, view.day: row["worst_on"]} for place, row in lower.items() if place not in seen
    ]
    if worst:
        days = pl.DataFrame(worst).select(on_day).cast({view.day: pl.Date})
        values = values_by_cell(changes.join(days, on=on_day, how="semi"), on_day)
        for row in worst:
            seen.add(_place(row, cell))
            yield day_episode(timeline, row, view.entity, values[tuple(row[n] for n in on_day)])
    for row in order_breaks(changes.filter(pl.col("column").is_in(COUNTERS)), view.day, thresholds):
        if _place(row, cell) not in seen:
            yield order_episode(timeline, row, view.entity)


def _newest_falls(view: SeriesView, levels: pl.DataFrame, thresholds: Thresholds) -> pl.DataFrame:
    """Return the falls of newest figures, without series that only lack their last days now.

    As `fallen` returns them, and before_on and newest_on [the days of both figures].
    """
    at = ["seq", *view.entity, "column"]
    found = fallen(levels, view.entity, thresholds)
    if found.is_empty():
        return found
    near = levels.join(found, on=at[1:], how="semi")
    days = near.select(*at, pl.col("before_on").forward_fill().over(at[1:]), "newest_on")
    dated = found.join(days, on=at, how="left")
    renewed = view.revised.select(*at, pl.col(view.day).alias("newest_on"))
    is_shorter = (pl.col("newest_on") < pl.col("before_on")).fill_null(value=False)
    shorter = dated.filter(is_shorter).join(renewed, on=renewed.columns, how="semi")
    return pl.concat([dated.filter(~is_shorter), shorter]).sort(at)


def _lower_days(view: SeriesView, thresholds: Thresholds) -> pl.DataFrame:
    """Return the figures of days that fell, by series and vintage.

    Returns:
        seq, the entity, column, days [how many], first_on, last_on, worst_on [the day that lost
        most], before and after [its figures], newest [figure of the series now], sorted by seq.
    """
    at, on = ["seq", *view.entity, "column"], pl.col(view.day)
    is_counter = pl.col("column").is_in(COUNTERS)
    return (
        view.revised.filter(is_counter & is_fall(thresholds))
        .sort(pl.col("after") - pl.col("before"), on)
        .group_by(at, maintain_order=True)
        .agg(
            pl.len().alias("days"),
            on.min().alias("first_on"),
            on.max().alias("last_on"),
            on.first().alias("worst_on"),
            pl.col("before", "after", "newest").first(),
        )
        .sort(at)
    )


def _place(row: Row, cell: Sequence[str]) -> tuple[Any, ...]:
    return (*(row[name] for name in cell), row["seq"])
