"""The largest increment before each change, without those of incidents that are over by then.

An incident is a fall or a rise by a tenth or more of which a change soon after takes most back: a
slip that was corrected, a fall that was undone. None of its changes, from the first to that one,
says how the figure usually grows. While it lasts nobody knows that, and they count.
"""

from typing import Final

import polars as pl

from tasks.alerts.rules.reading.figure_changes import NOTABLE

SOON: Final = 4
"""Changes after which a fall or a rise that is not undone is no incident any more."""
UNDONE: Final = 0.75
"""Share of the change that is taken back."""


def most_before(change: pl.Expr, before: pl.Expr, size: pl.Expr, *, count: int) -> pl.Expr:
    """Return the largest `size` of the last `count` changes before each, null without any.

    To be taken within one series, in the order of its changes. `change`, `before`: each change and
    the figure before it. `size`: what is compared, of each change.
    """
    ago = range(1, SOON + 1)
    undone = [pl.when(_is_undone(change, before, later)).then(later) for later in ago]
    until = pl.coalesce(undone)
    inside = [pl.when(until.shift(one) >= one).then(until.shift(one) - one) for one in ago]
    over = pl.coalesce(until, *inside)
    # over: after how many more changes the incident of a change is over; null: it belongs to none
    lasting = [pl.when(over.shift(one) >= one).then(size.shift(one)) for one in ago]
    usual = pl.when(over.is_null()).then(size).shift(1).rolling_max(count, min_samples=1)
    return pl.max_horizontal(usual, *lasting)


def _is_undone(change: pl.Expr, before: pl.Expr, later: int) -> pl.Expr:
    """Return whether the change so many changes later takes back what this one did."""
    back = change.shift(-later)
    is_large = change.abs() >= before.abs() * NOTABLE
    is_opposite = (change > 0) != (back > 0)
    is_most = (back.abs() >= change.abs() * UNDONE) & (back.abs() * UNDONE <= change.abs())
    return is_large & is_opposite & is_most & (before > 0)
