"""What each vintage knows of series whose rows have a day: newest figure, days, revisions.

The cells of a rule input are changes only. They are sorted by series, vintage and day, and the
state after each vintage is accumulated over them; no vintage is materialised.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import polars as pl

from tasks.alerts.rules.reading.rule_input import RuleInput, day_column

SERIES = "_series"
_ROW, _DAY, _NUMBER = "_row", "_day", "_number"


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesView:
    """The series of one table whose rows have a day.

    entity: the key columns that identify a series, without the day; `day`: that column.
    levels: one row per series, column and vintage that changed any of its days, sorted by them:
        seq, the entity, column, before_on and before [the newest day with a figure, and the figure,
        as known before; null = none], newest_on and after [the same as known now], days [with a
        figure now], is_baseline [the first of the series].
    revised: one row per figure of a day that was replaced by another one: seq, the entity, column,
        the day, before, after [never null], newest_on, newest and days [of the series, as known
        now].
    changes: every change: seq, the entity, column, the day, before, after [null = none], sorted by
        entity, column, seq and day, and `_series` [number of entity and column].
    """

    entity: tuple[str, ...]
    day: str
    levels: pl.DataFrame
    revised: pl.DataFrame
    changes: pl.DataFrame


def series_view(rule_input: RuleInput) -> SeriesView:
    """Return the view of a table whose key has a day. Raises ValueError for another table."""
    day = day_column(rule_input.key)
    if day is None:
        raise ValueError(f"{rule_input.dataset}: no column of {rule_input.key} is a day")
    entity = tuple(name for name in rule_input.key if name != day)
    cell = [*entity, "column"]
    changes = _changes(rule_input.cells, cell, day)
    states = _states(changes, day)
    series = pl.col(SERIES)
    is_last = (series.ne_missing(series.shift(-1))) | (pl.col("seq") != pl.col("seq").shift(-1))
    levels = states.filter(is_last.fill_null(value=True))
    if (lost := states.filter("is_lost")[SERIES].unique()).len():
        levels = _with_exact(levels, states.filter(series.is_in(lost.implode())), day)
    is_first = series.ne_missing(series.shift(1))
    levels = levels.select(
        "seq",
        *cell,
        pl.when(~is_first).then(pl.col("newest_on").shift(1)).alias("before_on"),
        pl.when(~is_first).then(pl.col("newest").shift(1)).alias("before"),
        "newest_on",
        pl.col("newest").alias("after"),
        "days",
        is_first.fill_null(value=True).alias("is_baseline"),
        SERIES,
    )
    is_revised = pl.col("before").is_not_null() & pl.col("after").is_not_null()
    revised = changes.filter(is_revised)
    newest = levels.select(SERIES, "seq", "newest_on", pl.col("after").alias("newest"), "days")
    if revised.is_empty():  # spares a large join
        newest = newest.clear()
    revised = revised.join(newest, on=[SERIES, "seq"], how="left")
    return SeriesView(entity=entity, day=day, levels=levels, revised=revised, changes=changes)


def _changes(cells: pl.DataFrame, cell: Sequence[str], day: str) -> pl.DataFrame:
    """Return the cells that differ from the last figure known, sorted by series, seq and day."""
    codes = [pl.col(name).cast(pl.Categorical).to_physical().cast(pl.Int64) for name in cell]
    number = pl.lit(0, pl.Int64)
    for code in codes:
        number = number * (code.max() + 1) + code
    days, seqs = pl.col(day).cast(pl.Int32).cast(pl.Int64), pl.col("seq").cast(pl.Int64)
    offset, width = days - days.min(), days.max() - days.min() + 1
    numbered = cells.with_columns(number.alias(SERIES), offset.alias(_DAY)).with_columns(
        ((pl.col(SERIES) * width + pl.col(_DAY)) * (seqs.max() + 1) + seqs).alias(_NUMBER)
    )
    is_same = (pl.col(SERIES) == pl.col(SERIES).shift(1)) & (pl.col(_DAY) == pl.col(_DAY).shift(1))
    known = pl.when(is_same).then(pl.col("after").shift(1)).otherwise(pl.col("before"))
    return (
        numbered.sort(_NUMBER)
        .with_columns(known.alias("before"))
        .filter(pl.col("before").ne_missing(pl.col("after")))
        .with_columns(
            ((pl.col(SERIES) * (seqs.max() + 1) + seqs) * width + pl.col(_DAY)).alias(_NUMBER)
        )
        .sort(_NUMBER)
        .select("seq", *cell, day, "before", "after", SERIES)
    )


def _states(changes: pl.DataFrame, day: str) -> pl.DataFrame:
    """Return the changes with the state of their series after each.

    newest_on and newest [exact unless the newest day of the series was ever withdrawn], days [with
    a figure], is_lost [the newest day has no figure any more].
    """
    after, series = pl.col("after"), pl.col(SERIES)
    days = pl.col(day).cast(pl.Int32).cast(pl.Int64)
    first, width = days.min(), days.max() - days.min() + 1
    place = series * width + days - first
    reached = pl.when(after.is_not_null()).then(place).cum_max().forward_fill()
    is_own = reached // width == series
    step = after.is_not_null().cast(pl.Int64) - pl.col("before").is_not_null().cast(pl.Int64)
    is_start = series.ne_missing(series.shift(1))
    total = step.cum_sum()
    return changes.with_columns(
        pl.when(is_own).then(reached).alias("_reached"),
        place.alias("_place"),
        (total - pl.when(is_start).then(total - step).forward_fill()).alias("days"),
    ).with_columns(
        (pl.col("_reached") % width + first).cast(pl.Int32).cast(pl.Date).alias("newest_on"),
        pl.when(pl.col("_reached") == pl.col("_place")).then(after).forward_fill().alias("newest"),
        (after.is_null() & (pl.col("_reached") == pl.col("_place"))).alias("is_lost"),
    )


def _with_exact(levels: pl.DataFrame, lost: pl.DataFrame, day: str) -> pl.DataFrame:
    """Return the levels, exact in the series whose newest day was withdrawn once."""
    found: list[tuple[int, int, int | None, float | None]] = []
    rows = lost.select(SERIES, "seq", pl.col(day).cast(pl.Int32), "after").iter_rows()
    for series, own in groupby(rows, key=itemgetter(0)):
        known: dict[int, float] = {}
        newest: list[int] = []
        for seq, changed in groupby(own, key=itemgetter(1)):
            for _, _, on, value in changed:
                if value is None:
                    known.pop(on, None)
                    continue
                if on not in known:
                    heapq.heappush(newest, -on)
                known[on] = value
            while newest and -newest[0] not in known:
                heapq.heappop(newest)
            on = -newest[0] if newest else None
            found.append((series, seq, on, None if on is None else known[on]))
    schema = {SERIES: pl.Int64, "seq": levels.schema["seq"], "on": pl.Int32, "figure": pl.Float64}
    exact = pl.DataFrame(found, schema=schema, orient="row").with_columns(pl.lit(1).alias("_exact"))
    is_exact = pl.col("_exact").is_not_null()
    return levels.join(exact, on=[SERIES, "seq"], how="left", maintain_order="left").with_columns(
        pl.when(is_exact)
        .then(pl.col("on").cast(pl.Date))
        .otherwise("newest_on")
        .alias("newest_on"),
        pl.when(is_exact).then("figure").otherwise("newest").alias("newest"),
    )
