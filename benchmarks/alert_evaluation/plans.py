"""What one event does to the vintages: its kind, its place and its size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from benchmarks.alert_evaluation.trees import Tree

Scope = Literal["product", "country", "many", "column"]
Duration = Literal["one", "two", "good"]
Unit = Mapping[str, str]
"""Values of key columns: of `iso3` alone for a whole country, of all for one series."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One event. It changes the versions `start` to `end` (both included).

    `figure`: what is changed, or would be. `units`: whose rows; none: of all countries. `other`:
    the unit that something moves to, or the new name. `day`: the first day whose rows change; None:
    all rows. `size`: the number drawn for the kind. `draw`: from 0 to below 1, for what else is
    drawn once.
    """

    scope: Scope
    duration: Duration
    figure: str
    units: tuple[Unit, ...]
    other: Unit
    start: int
    end: int
    day: date | None
    size: float
    draw: float


Edit = Callable[[Tree, int, Plan], pl.DataFrame]
"""Returns what a version shows once the event happened to it; the tree is as before the event."""
NewTotal = Callable[[int, date | None], int | None]
"""Returns the total of a unit, on a day, from what it was."""


def rows_of(tree: Tree, plan: Plan, *units: Unit) -> pl.Expr:
    """Return which rows are of some units (of all without any) and of the days of a plan."""
    is_meant = pl.lit(value=not units)
    for unit in units:
        is_meant |= pl.all_horizontal(pl.col(name) == value for name, value in unit.items())
    if tree.day and plan.day:
        is_meant &= pl.col(tree.day) >= plan.day
    return is_meant


def retotalled(
    tree: Tree, frame: pl.DataFrame, plan: Plan, units: tuple[Unit, ...], new_total: NewTotal
) -> pl.DataFrame:
    """Return a frame in which the total of each unit is a new one.

    Where a unit is a country, its series keep their shares of the total, rounded.
    """
    by = list(tree.entity if plan.scope == "product" else ("iso3",))
    by += [tree.day] if tree.day else []
    is_meant, figure = rows_of(tree, plan, *units), pl.col(plan.figure)
    totals = frame.filter(is_meant).group_by(by).agg(figure.sum().alias("_total"))
    new = [
        new_total(row["_total"], row[tree.day] if tree.day else None)
        for row in totals.iter_rows(named=True)
    ]
    totals = totals.with_columns(pl.Series("_new", new, pl.Int64), _is_meant=pl.lit(value=True))
    part = (figure.cast(pl.Float64) * pl.col("_new") / pl.col("_total")).round().cast(pl.Int64)
    is_changed = is_meant & pl.col("_is_meant") & (pl.col("_total") > 0) & figure.is_not_null()
    changed = pl.when(is_changed).then(part).otherwise(figure).alias(plan.figure)
    joined = frame.join(totals, on=by, how="left", maintain_order="left")
    return joined.with_columns(changed).select(frame.columns)
