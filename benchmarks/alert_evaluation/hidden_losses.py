"""Losses that no version shows: the growth of a roll-out, or a report that is late, hides them.

Whoever compares versions sees a figure that is higher than before, or as it was. Nobody can find
such a loss without knowing what the source would have shown.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from benchmarks.alert_evaluation.plans import Plan, rows_of
from benchmarks.alert_evaluation.trees import Tree

LEAST_SHARE: Final = 0.02
LEAST: Final = 1_000
"""A smaller fall has no severity; both as in the scale of severities."""
LONGEST: Final = 8
"""Versions after the start of an event that are looked at."""


def is_hidden(tree: Tree, plan: Plan) -> bool:
    """Return whether the figure of an event is nowhere gone or lower than in a version before.

    `tree`: with the event, which takes something away; it begins in no first version. Of an event
    of many countries none may be lower.
    """
    highest: dict[tuple[object, ...], int] = {}
    for levels in _levels(tree, plan):
        is_gone = tree.day is None and not highest.keys() <= levels.keys()
        if is_gone or any(_is_lower(value, highest.get(key, 0)) for key, value in levels.items()):
            return False
        highest |= {key: max(value, highest.get(key, 0)) for key, value in levels.items()}
    return True


def _is_lower(value: int, before: int) -> bool:
    return before - value >= max(LEAST, before * LEAST_SHARE)


def _levels(tree: Tree, plan: Plan) -> Iterator[dict[tuple[object, ...], int]]:
    """Yield the figures of its series or countries from the version before an event on.

    In a table with days that of the newest day that has one.
    """
    by = list(tree.entity if plan.scope == "product" else ("iso3",))
    figure = pl.col(plan.figure)
    own = rows_of(tree.without_day(), plan, *plan.units)
    for frame in tree.frames[plan.start - 1 : min(plan.end, plan.start + LONGEST) + 1]:
        known = frame.filter(own & figure.is_not_null())
        if tree.day:
            known = known.sort(tree.day).group_by(tree.entity).last()
        yield {
            tuple(key): value for *key, value in known.group_by(by).agg(figure.sum()).iter_rows()
        }
