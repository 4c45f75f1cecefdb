"""Thinning: a series is published with fewer days than before, and with the same running totals.

A publisher that turns from one row a day to one a week takes nothing back: the running totals of
the days that remain still count what happened on the days that went. So such a snapshot is not held
for its missing rows, and one alert (R17) says what happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import polars as pl

DAY: Final = "observed_on"
"""The key column that has the day of an observation."""
SPARSEST: Final = timedelta(days=31)
"""The longest step between two days that still counts as a thinner series: a month."""
LEAST_SAME: Final = 0.5
"""Least share of unchanged running totals; between two archived copies others were revised."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thinning:
    """How a table was thinned.

    `gone`: the keys that went and lie between days that remain. `step_before`, `step`: the usual
    time between two neighbouring days of a series, before and now. `same`: share (0 to 1) of the
    running totals above zero on the days that remain that did not change, in the column with most
    changes.
    """

    gone: pl.DataFrame
    step_before: timedelta
    step: timedelta
    same: float

    def sentence(self) -> str:
        """Return what happened to the table, for a note or an alert."""
        return (
            f"One {_rate(self.step)} is left where there was one {_rate(self.step_before)}: "
            f"{self.gone.height:,} rows went from between days that remain, and "
            f"{100 * self.same:.0f} % or more of each running total on those days are the same. "
            f"The series is thinner; nothing of it was taken back."
        )


def thinning(before: pl.DataFrame, now: pl.DataFrame, key: Sequence[str]) -> Thinning | None:
    """Return how a table was thinned from one vintage to the next, None where it was not.

    Args:
        before: The figures of the earlier vintage, one row per figure: key, column [its name],
            value [number]; null is no figure, as is an absent row.
        now: The same of the later one.
        key: The key columns of the table.
    """
    if DAY not in key or before.is_empty() or now.is_empty():
        return None
    series = [name for name in key if name != DAY]
    days_before, days = (_days(figures, key) for figures in (before, now))
    step_before, step = _step(days_before, series), _step(days, series)
    if not timedelta() < 2 * step_before <= step <= SPARSEST:
        return None
    totals = before.filter(~pl.col("column").str.ends_with("_new"), pl.col("value") > 0)
    both = totals.join(now, on=[*key, "column"], suffix="_now")
    is_same = pl.col("value") == pl.col("value_now")
    same = both.group_by("column").agg(is_same.mean())["value"].min()
    if not isinstance(same, float) or same < LEAST_SAME:
        return None
    gone = _between(days_before.join(days, on=key, how="anti"), days, series, within=step)
    return Thinning(gone=gone, step_before=step_before, step=step, same=same)


def long_figures(table: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Return the numbers of a table as `thinning` takes them."""
    numbers = [name for name, dtype in table.schema.items() if dtype.is_numeric()]
    return (
        table.select(*key, pl.col([name for name in numbers if name not in key]).cast(pl.Float64))
        .unpivot(index=list(key), variable_name="column", value_name="value")
        .drop_nulls("value")
    )


def _days(figures: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    return figures.select(key).drop_nulls(DAY).unique().sort(DAY)


def _step(days: pl.DataFrame, series: Sequence[str]) -> timedelta:
    """Return the median time between neighbouring days; zero where no series has two days."""
    step = pl.col(DAY).diff().over(series) if series else pl.col(DAY).diff()
    median = days.select(step.dt.total_days().median()).item()
    return timedelta(days=0 if median is None else median)


def _between(
    gone: pl.DataFrame, days: pl.DataFrame, series: Sequence[str], *, within: timedelta
) -> pl.DataFrame:
    """Return the keys whose series has a day less than `within` earlier or later."""
    remaining = days.with_columns(pl.col(DAY).alias("remaining"))
    near = pl.lit(value=False)
    for strategy in ("backward", "forward"):
        gone = gone.sort(DAY).join_asof(
            remaining.rename({"remaining": strategy}),
            on=DAY,
            by=series or None,
            strategy=strategy,
            check_sortedness=False,
        )
        near = near | ((pl.col(DAY) - pl.col(strategy)).abs() < within).fill_null(value=False)
    return gone.filter(near).drop("backward", "forward")


def _rate(step: timedelta) -> str:
    return "row a day" if step.days == 1 else f"row in {step.days} days"
