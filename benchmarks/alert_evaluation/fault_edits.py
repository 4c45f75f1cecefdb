"""Edits of faults and real events: figures that change, rows that move or get other names."""

from collections.abc import Callable
from datetime import date

import polars as pl

from benchmarks.alert_evaluation.plans import Edit, NewTotal, Plan, retotalled, rows_of
from benchmarks.alert_evaluation.trees import Tree

WEEKS_OF_EROSION = 8


def times(factor: float | None = None) -> Edit:
    """Return an edit that multiplies by `factor`; None: by the size of the plan."""
    return _retotal(
        lambda plan, _: lambda total, _: round(total * (plan.size if factor is None else factor))
    )


def less() -> Edit:
    """Return an edit that takes away the share `size`."""
    return _retotal(lambda plan, _: lambda total, _: total - round(total * plan.size))


def more() -> Edit:
    """Return an edit that adds the share `size`."""
    return _retotal(lambda plan, _: lambda total, _: total + round(total * plan.size))


def blank() -> Edit:
    """Return an edit that withholds the figure."""
    return _retotal(lambda _, __: lambda _, __: None)


def digit_dropped() -> Edit:
    """Return an edit that leaves out one digit."""
    return _retotal(lambda plan, _: lambda total, _: without_digit(total, plan.draw))


def digit_added() -> Edit:
    """Return an edit that types one digit twice."""
    return _retotal(lambda plan, _: lambda total, _: with_digit(total, plan.draw))


def eroding() -> Edit:
    """Return an edit that takes 3 % a version for eight versions, and leaves it there."""
    return _retotal(
        lambda plan, version: (
            lambda total, _: round(total * 0.97 ** min(version - plan.start + 1, WEEKS_OF_EROSION))
        )
    )


def without_digit(number: int, draw: float) -> int:
    """Return a number without one of its digits.

    >>> without_digit(12_345, 0.5)
    1245
    """
    text = str(number)
    at = int(draw * len(text))
    return int(text[:at] + text[at + 1 :] or "0")


def with_digit(number: int, draw: float) -> int:
    """Return a number with one of its digits twice.

    >>> with_digit(12_345, 0.5)
    123345
    """
    text = str(number)
    at = int(draw * len(text))
    return int(text[: at + 1] + text[at:])


def moved(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version in which the share `size` of the first unit is with the other unit."""
    frame, amounts = tree.frames[version], dict[date | None, int]()

    def taken(total: int, day: date | None) -> int:
        amounts[day] = round(total * plan.size)
        return total - amounts[day]

    def given(total: int, day: date | None) -> int:
        return total + amounts.get(day, 0)

    frame = retotalled(tree, frame, plan, plan.units, taken)
    return retotalled(tree, frame, plan, (plan.other,), given)


def exchanged(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version in which the names of the unit and of the other one are exchanged."""
    frame, (unit,) = tree.frames[version], plan.units
    is_meant = rows_of(tree, plan, unit, plan.other)
    return frame.with_columns(
        pl.when(is_meant)
        .then(pl.col(name).replace({unit[name]: plan.other[name], plan.other[name]: unit[name]}))
        .otherwise(name)
        .alias(name)
        for name in unit
        if unit[name] != plan.other[name]
    )


def renamed(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version in which the values of a unit are those of `other`."""
    (unit,) = plan.units
    return tree.frames[version].with_columns(
        pl.when(rows_of(tree, plan, unit)).then(pl.lit(value)).otherwise(name).alias(name)
        for name, value in plan.other.items()
    )


def removed(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version without the rows of the units."""
    return tree.frames[version].filter(~rows_of(tree, plan, *plan.units))


def added(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
    """Return a version with the rows of the unit once more, under the name `other`."""
    frame = tree.frames[version]
    copies = frame.filter(rows_of(tree, plan, *plan.units)).with_columns(
        pl.lit(value).alias(name) for name, value in plan.other.items()
    )
    return pl.concat([frame, copies])


def _retotal(new_total_of: Callable[[Plan, int], NewTotal]) -> Edit:
    def edit(tree: Tree, version: int, plan: Plan) -> pl.DataFrame:
        new_total = new_total_of(plan, version)
        return retotalled(tree, tree.frames[version], plan, plan.units, new_total)

    return edit
