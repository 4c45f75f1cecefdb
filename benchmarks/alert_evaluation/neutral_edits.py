"""Edits that are no reason for an alert: what publishers do every week."""

import polars as pl

from benchmarks.alert_evaluation.plans import Plan, rows_of
from benchmarks.alert_evaluation.trees import Tree

NEW_COLUMNS = {
    "allocations": "doses_announced",
    "deliveries": "doses_ordered",
    "donations": "doses_announced",
    "vaccinations": "people_booster",
    "tests": "people_tested_cumulative",
}


def repeated(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version in which the units' figures stay as they were before the event.

    In a table with days, later rows carry the figures of the last day before.
    """
    frame, is_meant = tree.frames[version], rows_of(tree, plan, *plan.units)
    before = tree.frames[plan.start - 1]
    if tree.day:
        before = before.filter(pl.col(tree.day) == before[tree.day].max()).drop(tree.day)
    old = before.rename({name: f"_{name}" for name in tree.figures})
    joined = frame.join(old, on=list(tree.entity), how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(is_meant & pl.col(f"_{name}").is_not_null())
        .then(f"_{name}")
        .otherwise(name)
        .alias(name)
        for name in tree.figures
    ).select(frame.columns)


def late(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version that the units' newest report missed.

    In a table with days, their rows of the newest day are absent; else their figures are old.
    """
    if not tree.day:
        return repeated(tree, version, plan)
    return tree.frames[version].filter(~rows_of(tree, plan, *plan.units))


def reordered(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version with its rows in another order."""
    return tree.frames[version].sample(fraction=1, shuffle=True, seed=int(plan.draw * 1e6))


def reformatted(tree: Tree, version: int, _: Plan) -> pl.DataFrame:
    """Return a version with its columns in another order."""
    frame = tree.frames[version]
    return frame.select(reversed(frame.columns))


def rounded(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version in which a figure is rounded to tens, hundreds or thousands."""
    unit = 10 ** round(plan.size)
    nearest = (pl.col(plan.figure) / unit).round().cast(pl.Int64) * unit
    is_meant = rows_of(tree, plan, *plan.units)
    return tree.frames[version].with_columns(
        pl.when(is_meant).then(nearest).otherwise(plan.figure).alias(plan.figure)
    )


def with_new_column(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version with one more figure."""
    new = (pl.col(plan.figure) // 2).alias(NEW_COLUMNS[tree.table])
    return tree.frames[version].with_columns(new)


def identical(tree: Tree, version: int, _: Plan) -> pl.DataFrame:
    """Return the version before once more."""
    return tree.frames[version - 1]
