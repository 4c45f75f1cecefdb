"""How much a test tries: a part while somebody waits, all of it where VAXWATCH_THOROUGH is set.

Without the variable `make test` leaves out the tests and cases marked `thorough`, too.
"""

import os
from collections.abc import Sequence

import pytest
from _pytest.mark import ParameterSet

IS_THOROUGH = bool(os.environ.get("VAXWATCH_THOROUGH"))
"""Set by `.ci/run` and `make test-slow`."""
LEAST = 3


def examples(count: int) -> int:
    """Return how many of the `count` examples of a property are tried: a quarter, or all."""
    return count if IS_THOROUGH else max(count // 4, min(count, LEAST))


def quick(part: int, whole: int) -> int:
    """Return a number of steps, rows or vintages: the one for a quick run, or the whole one."""
    return whole if IS_THOROUGH else part


def thorough(*values: object) -> ParameterSet:
    """Return a case that the quick run leaves out."""
    return pytest.param(*values, marks=pytest.mark.thorough)


def one_in(count: int, cases: Sequence[tuple[object, ...]]) -> list[ParameterSet]:
    """Return cases, of which the quick run takes the first and each `count`th after it."""
    return [
        thorough(*case) if number % count else pytest.param(*case)
        for number, case in enumerate(cases)
    ]
