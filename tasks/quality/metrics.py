"""
Measures: the figures by which a published table is judged, each a function of what was seen.

Promises: exact, and in polars; null where a figure cannot be had (no vintage before, no such
column, too few changed), which is not the same as 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import polars as pl

from schemas.expectations.expectation import Fact, Suite
from tasks.quality.row_changes import Moves, State

AHEAD: Final = timedelta(days=7)
"""A week that is named by its last day may end so much after the vintage."""
FEWEST: Final = 20
"""Fewer changed figures are no distribution; single ones are judged by the alert rules."""
LARGE: Final = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """
    One vintage beside the one before.

    `gap`: whole days since the vintage before, whatever that said. `gone`: whom the vintages of the
    window before it had rows about, and it has not, with the last time; None, like `before` and
    `moved`, for the first.
    """

    suite: Suite
    before: State | None
    after: State
    gap: float | None
    gone: Mapping[str, datetime] | None
    moved: Moves | None


Measure = Callable[[Seen, str], float | None]
"""From what was seen, and the column that it is about, to a figure."""


def _share(count: str, of: str) -> Measure:
    """Return the measure of one count of `Moves` as a share of another."""

    def share(seen: Seen, _: str) -> float | None:
        whole = getattr(seen.moved, of, 0)
        return getattr(seen.moved, count) / whole if whole else None

    return share


def _newest_day(seen: Seen, _: str) -> float | None:
    """Return the days from the newest day that is not in the future to the vintage's own."""
    if not seen.after.has(seen.suite.day):
        return None
    taken = seen.after.vintage.as_of.date()
    days = seen.after.rows[seen.suite.day]
    newest: Any = days.filter(days <= taken + AHEAD).max()
    return None if newest is None else float(max((taken - newest).days, 0))


def _changes(seen: Seen) -> pl.Series | None:
    """Return how figures moved, where they are enough to speak of a distribution."""
    if seen.moved is None or len(seen.moved.changes) < FEWEST:
        return None
    return seen.moved.changes


def _change_median(seen: Seen, _: str) -> float | None:
    changes = _changes(seen)
    found: Any = None if changes is None else changes.median()
    return found


def _change_large(seen: Seen, _: str) -> float | None:
    changes = _changes(seen)
    return None if changes is None else changes.abs().quantile(LARGE, "lower")


def _sum(seen: Seen, figure: str) -> float | None:
    return float(seen.after.rows[figure].sum()) if seen.after.has(figure) else None


def _newest_sum(seen: Seen, figure: str) -> float | None:
    """Return the sum of the newest figure of each line of a series, or of all rows without days."""
    day, key = seen.suite.day, seen.after.key
    if day not in key or not seen.after.has(figure):
        return _sum(seen, figure)
    line = [name for name in key if name != day]
    newest = pl.col(figure).sort_by(day).last()
    rows = seen.after.rows.filter(pl.col(figure).is_not_null())
    return float(rows.group_by(line).agg(newest)[figure].sum())


def _steps_kept(seen: Seen, stem: str) -> float | None:
    """Return the share of steps in which the running total rises by exactly what is new."""
    new, whole, day = f"{stem}_new", f"{stem}_cumulative", seen.suite.day
    if not seen.after.has(new, whole):
        return None
    line = [name for name in seen.after.key if name != day]
    steps = (
        seen.after.rows.lazy()
        .filter(pl.col(whole).is_not_null())
        .sort(*line, day)
        .select(pl.col(new) == pl.col(whole) - pl.col(whole).shift(1).over(line))
    )
    kept: Any = steps.collect()[new].mean()
    return kept


MEASURES: Final[Mapping[Fact, Measure]] = MappingProxyType(
    {
        "rows": lambda seen, _: float(seen.after.said.height),
        "members": lambda seen, _: float(seen.after.said[seen.suite.member].n_unique()),
        "members_gone": lambda seen, _: None if seen.gone is None else float(len(seen.gone)),
        "keys_gone": _share("keys_gone", "keys"),
        "figures_withdrawn": _share("withdrawn", "figures"),
        "figures_changed": _share("revised", "figures"),
        "newest_day": _newest_day,
        "gap": lambda seen, _: seen.gap,
        "change_median": _change_median,
        "change_large": _change_large,
        "sum": _sum,
        "newest_sum": _newest_sum,
        "steps_kept": _steps_kept,
    }
)
"""How each fact is measured."""
