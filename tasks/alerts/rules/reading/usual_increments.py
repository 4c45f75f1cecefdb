"""The largest increment before each change, without those of incidents that are over by then.

An incident is a fall or a rise by a tenth or more of which a change soon after takes most back: a
slip that was corrected, a fall that was undone. None of its changes, from the first to that one,
says how the figure usually grows. While it lasts nobody knows that, and they count.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import polars as pl

from tasks.alerts.rules.reading.figure_changes import NOTABLE

SOON: Final = 4
"""Changes after which a fall or a rise that is not undone is no incident any more."""
UNDONE: Final = 0.75
"""Share of the change that is taken back."""
AGO: Final = range(1, SOON + 1)


def with_most_before(
    rows: pl.DataFrame, sizes: Mapping[str, pl.Expr], *, cell: Sequence[str], count: int
) -> pl.DataFrame:
    """Return the rows with the largest of each size among the last `count` changes before.

    `rows`: before and change [of a figure], each figure in the order of its changes. `sizes`: what
    is compared of each change, by the name of its column; that is null without any before. `cell`:
    the columns that name a figure. `count`: at least SOON.
    """
    change, until, over = pl.col("change"), pl.col("_until"), pl.col("_over")
    held = {f"_size {name}": size for name, size in sizes.items()}
    inside = [pl.when(_ago("_until", n) >= n).then(_ago("_until", n) - n) for n in AGO]
    # _over: after how many more changes the incident of a change is over; null: it is in none
    steps = (
        {f"_next {n}": change.shift(-n).over(cell) for n in AGO} | held,
        {"_until": pl.coalesce([pl.when(_is_undone(n)).then(n) for n in AGO])},
        {f"_until {n}": until.shift(n).over(cell) for n in AGO},
        {"_over": pl.min_horizontal(until, *inside)},
        {f"{name} {n}": pl.col(name).shift(n).over(cell) for name in ("_over", *held) for n in AGO}
        | {f"_usual {name}": pl.when(over.is_null()).then(f"_size {name}") for name in sizes},
        {name: _most(name, cell, count) for name in sizes},
    )
    known = rows
    for step in steps:
        known = known.with_columns(**step)
    return known.select(*(name for name in rows.columns if name not in sizes), *sizes)


def increments_before(figures: Sequence[float], *, count: int) -> list[float]:
    """Return the increments of which the largest is compared with the last one of some figures."""
    steps = [after - before for before, after in pairwise(figures)]
    last, over = len(steps) - 1, set[int]()
    for first, step in enumerate(steps):
        soon = range(first + 1, min(first + SOON, last) + 1)
        back = next((n for n in soon if _takes_back(steps[n], step, figures[first])), last)
        over |= set(range(first, back + 1)) if back < last else set[int]()
    return [steps[n] for n in range(max(last - count, 0), last) if n not in over]


def _takes_back(back: float, step: float, before: float) -> bool:
    is_large = before > 0 and abs(step) >= before * NOTABLE
    is_most = UNDONE * abs(step) <= abs(back) and UNDONE * abs(back) <= abs(step)
    return is_large and is_most and (step > 0) != (back > 0)


def _most(name: str, cell: Sequence[str], count: int) -> pl.Expr:
    usual = pl.col(f"_usual {name}").shift(1).rolling_max(count, min_samples=1).over(cell)
    lasting = [pl.when(_ago("_over", n) >= n).then(_ago(f"_size {name}", n)) for n in AGO]
    return pl.max_horizontal(usual, *lasting)


def _ago(name: str, count: int) -> pl.Expr:
    return pl.col(f"{name} {count}")


def _is_undone(later: int) -> pl.Expr:
    """Return whether the change so many changes later takes back what this one did."""
    change, before, back = pl.col("change"), pl.col("before"), pl.col(f"_next {later}")
    is_large = change.abs() >= before.abs() * NOTABLE
    is_opposite = (change > 0) != (back > 0)
    is_most = (back.abs() >= change.abs() * UNDONE) & (back.abs() * UNDONE <= change.abs())
    return is_large & is_opposite & is_most & (before > 0)
