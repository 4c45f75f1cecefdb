"""
Likeness: how far two columns agree.

Promises: pure; blank on both sides is no agreement.
"""

import math
from typing import Final

import polars as pl

NEAR: Final = 0.1
"""Figures of two snapshots that differ by no more agree: they grow from day to day."""
FACTORS: Final = (1.0, 1000.0, 0.001, 1e6, 1e-6, 100.0, 0.01)
"""What figures are multiplied by when their unit changes with their name."""


def as_sets(a: pl.Series, b: pl.Series) -> tuple[float, int]:
    """Return which share of the values of either both have, and how many there are."""
    one, other = (set(side.drop_nulls()) - {""} for side in (a, b))
    either = one | other
    return (len(one & other) / len(either), len(either)) if either else (0.0, 0)


def as_texts(a: pl.Series, b: pl.Series) -> tuple[float, int]:
    """Return in which share of the rows in which either is filled both are the same."""
    one, other = a.fill_null(""), b.fill_null("")
    filled = (one != "") | (other != "")
    count = int(filled.sum())
    return (int((filled & (one == other)).sum()) / count, count) if count else (0.0, 0)


def as_figures(one: pl.Series, other: pl.Series) -> tuple[float, int, float]:
    """Return in which share of rows figures are near each other, and by what multiplied."""
    zero = (one == 0) & (other == 0)  # every new programme begins with zeros
    counted = (one.is_not_null() | other.is_not_null()) & ~zero.fill_null(value=False)
    count = int(counted.sum())
    if not count:
        return 0.0, 0, 1.0
    one, other = one.filter(counted), other.filter(counted)
    factor = _factor((other / one).median())
    return _near(one * factor, other) / count, count, factor


def _factor(ratio: object) -> float:
    """Return the factor nearest to how the middle row has changed; 1 where that is no number."""
    if not isinstance(ratio, float) or not 0 < ratio < math.inf:
        return 1.0
    return min(FACTORS, key=lambda factor: abs(math.log10(ratio / factor)))


def _near(a: pl.Series, b: pl.Series) -> int:
    apart = (a - b).abs()
    return int(((apart <= NEAR * a.abs()) | (apart <= NEAR * b.abs())).sum())
