"""Running totals that are lower than on the day before, at the vintage that first shows it."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter

import polars as pl

from schemas.rule_settings import Thresholds
from tasks.alerts.rules.falls.counter_falls import is_fall
from tasks.alerts.rules.model.episode import Row
from tasks.alerts.rules.reading.series_view import SERIES

Change = tuple[date, float | None]
Break = tuple[date, float, date, float]
"""A day and its figure; the day before it that has one, and its figure."""


def order_breaks(changes: pl.DataFrame, day: str, thresholds: Thresholds) -> Iterator[Row]:
    """Yield the days that a vintage first shows lower than the day before, by series and vintage.

    `changes`: as in `SeriesView`.

    Yields:
        seq, the entity, column, worst_on, after [its figure], before_on, before [of the day before
        it], days [how many], first_on, last_on; is_baseline [the first vintage of the series].
    """
    suspects = _suspects(changes, day, thresholds)
    head = [name for name in suspects.columns if name not in {"seq", day, "before", "after"}]
    rows = suspects.select(*head, "seq", day, "after").iter_rows()
    for series, own in groupby(rows, key=itemgetter(slice(len(head)))):
        known = _Series(thresholds)
        names = dict(zip(head, series, strict=True))
        first = names.pop("first")
        for seq, changed in groupby(own, key=itemgetter(len(head))):
            if found := known.after((on, value) for *_, on, value in changed):
                found.sort(key=lambda one: (one[1] - one[3], one[0]))
                on, after, before_on, before = found[0]
                days = [one[0] for one in found]
                yield {
                    **names,
                    "seq": seq,
                    "worst_on": on,
                    "after": after,
                    "before_on": before_on,
                    "before": before,
                    "days": len(found),
                    "first_on": min(days),
                    "last_on": max(days),
                    "is_baseline": seq == first,
                }


def _suspects(changes: pl.DataFrame, day: str, thresholds: Thresholds) -> pl.DataFrame:
    """Return the changes of days before which a much greater figure ever stood, and near them.

    A day that the first vintage of its series has, and that is never without a figure, is between
    all days before and after it: what is beyond the nearest such day is left out.

    Returns:
        The rows of `changes`, and first [the seq of the first change of the series].
    """
    days = pl.col(day).to_physical().cast(pl.Int64)
    place = pl.col(SERIES) * (days.max() - days.min() + 1) + days  # one key is sorted faster
    most = pl.col("after").cum_max().forward_fill().over(SERIES)
    ordered = changes.select(SERIES, "seq", day, "after").sort(place).with_columns(before=most)
    low = ordered.filter(is_fall(thresholds)).select(SERIES, day).unique()
    is_low, is_firm, is_near = pl.col("is_low"), pl.col("is_firm"), pl.col("is_near")
    near = (
        ordered.filter(pl.col(SERIES).is_in(low[SERIES].unique().implode()))
        .group_by(SERIES, day, maintain_order=True)
        .agg(pl.col("seq").min(), pl.col("after").null_count().alias("gone"))
        .with_columns(pl.col("seq").min().over(SERIES).alias("first"))
        .join(low.with_columns(is_low=True), on=[SERIES, day], how="left", maintain_order="left")
        .with_columns(((pl.col("seq") == pl.col("first")) & (pl.col("gone") == 0)).alias("is_firm"))
        .with_columns((is_firm.cum_sum() - is_firm).alias("part"))
        .with_columns(is_low.any().over(SERIES, "part").alias("is_near"))
        .filter(is_near | (is_firm & is_near.shift(-1).over(SERIES).fill_null(value=False)))
        .select(SERIES, day, "first")
    )
    return changes.join(near, on=[SERIES, day], maintain_order="left")


class _Series:
    """The figures of one series as known after each vintage, and the days that break its order."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._fall, self._least = thresholds["least_fall"], thresholds["least_count"]
        self._figures = dict[date, float]()
        self._days: list[date] = []
        self._broken = set[date]()

    def after(self, changed: Iterable[Change]) -> list[Break]:
        """Take over the changes of one vintage, and return the days that begin to break order."""
        near = set[date]()
        for on, value in changed:
            near.add(on)
            if value is not None and on not in self._figures:
                insort(self._days, on)
            elif value is None and on in self._figures:
                self._days.pop(bisect_left(self._days, on))
                del self._figures[on]
            if value is not None:
                self._figures[on] = value
        touched = {self._next(on) for on in near} | near
        found = [one for on in touched if (one := self._break(on))]
        new = [one for one in found if one[0] not in self._broken]
        self._broken = (self._broken - touched) | {one[0] for one in found}
        return new

    def _next(self, on: date) -> date:
        at = bisect_left(self._days, on)
        at += at < len(self._days) and self._days[at] == on
        return self._days[at] if at < len(self._days) else on

    def _break(self, on: date) -> Break | None:
        at = bisect_left(self._days, on)
        if on not in self._figures or at == 0:
            return None
        other = self._days[at - 1]
        now, before = self._figures[on], self._figures[other]
        is_lower = before - now >= self._least and before - now >= self._fall * before
        return (on, now, other, before) if is_lower and now >= 0 else None
