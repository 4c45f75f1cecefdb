"""How much a test tries: a part while somebody waits, all of it where THOROUGH is set.

Without the variable `make test` leaves out the tests and cases marked `thorough`, too.
"""

import os
from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest
from _pytest.mark import ParameterSet

IS_THOROUGH = bool(os.environ.get("THOROUGH"))
"""Set by `make cover`, which CI runs, and by `make test-slow`."""
LEAST = 3
T = TypeVar("T")


def examples(count: int) -> int:
    """Return how many of the `count` examples of a property are tried: a fifth, or all."""
    return count if IS_THOROUGH else max(count // 5, min(count, LEAST))


def quick(part: T, whole: T) -> T:
    """Return how many steps, rows or vintages: what a quick run takes, or the whole."""
    return whole if IS_THOROUGH else part


def thorough(*values: object) -> ParameterSet:
    """Return a case that the quick run leaves out."""
    return pytest.param(*values, marks=pytest.mark.thorough)


def one_in(count: int, cases: Iterable[object]) -> list[ParameterSet]:
    """Return cases, of which the quick run takes the first and each `count`th after it."""
    return [_case(values, is_thorough=bool(number % count)) for number, values in enumerate(cases)]


def covering(cases: Iterable[Sequence[object]]) -> list[ParameterSet]:
    """Return the cases of a matrix, of which the quick run takes those with a new value.

    So it has each value of each axis at least once.

    >>> [len(one.marks) for one in covering([("a", 1), ("a", 2), ("b", 1), ("b", 2)])]
    [0, 0, 0, 1]
    """
    seen: set[tuple[int, str]] = set()
    found: list[ParameterSet] = []
    for values in cases:
        axes = {(axis, repr(value)) for axis, value in enumerate(values)}
        found.append(_case(tuple(values), is_thorough=axes <= seen))
        seen |= axes
    return found


def _case(values: object, *, is_thorough: bool) -> ParameterSet:
    marks = [pytest.mark.thorough] if is_thorough else []
    return pytest.param(*(values if isinstance(values, tuple) else (values,)), marks=marks)
