"""Metrics: the figures by which a published table is judged, each a function of two vintages.

Promises: exact; null where a figure cannot be measured (no previous vintage, no such column, too
few changes), which differs from 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from schemas.expectations.expectation import Fact, Suite
from tasks.quality.row_changes import RowChanges, State

AHEAD: Final = timedelta(days=7)
"""A week that is named by its last day may end this long after the vintage."""
FEWEST: Final = 20
"""With fewer changed figures there is no distribution; alert rules judge single figures."""
LARGE: Final = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One vintage beside the previous one.

    `gap`: whole days since the previous vintage. `gone`: entities of the earlier vintages of the
    window that it lacks, with the as_of of the last vintage that has them; None for the first.
    """

    suite: Suite
    after: State
    gap: float | None
    gone: Mapping[str, datetime] | None
    row_changes: RowChanges


Metric = Callable[[Comparison, str], float | None]
"""From a comparison and a column name to a figure."""


def _newest_day(comparison: Comparison, _: str) -> float | None:
    """Return the days from the newest day that is not in the future to the day of the vintage."""
    if not comparison.after.has(comparison.suite.day):
        return None
    taken = comparison.after.vintage.as_of.date()
    days = comparison.after.rows[comparison.suite.day]
    newest: Any = days.filter(days <= taken + AHEAD).max()
    return None if newest is None else float(max((taken - newest).days, 0))


def _of_changes(summary: Callable[[pl.Series], Any]) -> Metric:
    """Return the metric that sums up the relative changes, if enough for a distribution."""

    def metric(comparison: Comparison, _: str) -> float | None:
        changes = comparison.row_changes.changes
        return summary(changes) if len(changes) >= FEWEST else None

    return metric


def _sum(comparison: Comparison, figure: str) -> float | None:
    return float(comparison.after.rows[figure].sum()) if comparison.after.has(figure) else None


def _newest_sum(comparison: Comparison, figure: str) -> float | None:
    """Return the sum of the newest figure of each series, or of all rows without days."""
    day, key = comparison.suite.day, comparison.after.key
    if day not in key or not comparison.after.has(figure):
        return _sum(comparison, figure)
    series = [name for name in key if name != day]
    newest = pl.col(figure).sort_by(day).last()
    rows = comparison.after.rows.filter(pl.col(figure).is_not_null())
    return float(rows.group_by(series).agg(newest)[figure].sum())


def _steps_kept(comparison: Comparison, stem: str) -> float | None:
    """Return the share of steps in which the running total rises by exactly the new figure."""
    new, whole, day = f"{stem}_new", f"{stem}_cumulative", comparison.suite.day
    if not comparison.after.has(new, whole):
        return None
    series = [name for name in comparison.after.key if name != day]
    steps = (
        comparison.after.rows.lazy()
        .filter(pl.col(whole).is_not_null())
        .sort(*series, day)
        .select(pl.col(new) == pl.col(whole) - pl.col(whole).shift(1).over(series))
    )
    share: Any = steps.collect()[new].mean()
    return share


METRICS: Final[Mapping[Fact, Metric]] = {
    "rows": lambda it, _: float(it.after.covered_rows.height),
    "members": lambda it, _: float(it.after.covered_rows[it.suite.member].n_unique()),
    "members_gone": lambda it, _: None if it.gone is None else float(len(it.gone)),
    "keys_gone": lambda it, _: it.row_changes.keys_gone,
    "figures_withdrawn": lambda it, _: it.row_changes.withdrawn,
    "figures_changed": lambda it, _: it.row_changes.revised,
    "newest_day": _newest_day,
    "gap": lambda it, _: it.gap,
    "change_median": _of_changes(lambda changes: changes.median()),
    "change_large": _of_changes(lambda changes: changes.abs().quantile(LARGE, "lower")),
    "sum": _sum,
    "newest_sum": _newest_sum,
    "steps_kept": _steps_kept,
}
"""How each fact is measured."""
