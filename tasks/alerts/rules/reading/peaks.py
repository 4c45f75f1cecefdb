"""The peak of a figure so far, and its next change; a rise that is undone is no peak."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tasks.alerts.rules.reading.figure_changes import NOTABLE

SLIP: Final = 5
"""A rise to so many times the figure that is undone was a slip, however long it was shown."""


def with_peak_and_next(rows: pl.DataFrame, grain: Sequence[str]) -> pl.DataFrame:
    """Return the changes with the peak so far and the next change of the same figure.

    Returns:
        The rows, sorted by the grain and seq, and: change [null unless both], rel_change [null
        when before is null or 0], next_seq and next_after [the next change of the same figure],
        peak [the greatest figure up to this change, without rises that are undone by then],
        peak_seq [the vintage that showed it first],
        debut [the first vintage in which any key has the column].
    """
    cell = [*grain, "column"]
    before, after = pl.col("before"), pl.col("after")
    ordered = rows.sort([*cell, "seq"]).with_columns(
        (after - before).alias("change"),
        pl.col("seq").shift(-1).over(cell).alias("next_seq"),
        after.shift(-1).over(cell).alias("next_after"),
        pl.col("seq").min().over("column").alias("debut"),
    )
    spike, lasting, seen = _is_spike(), pl.col("lasting"), pl.col("lasting_seq")
    first = before.first().over(cell)
    return (
        ordered.with_columns(
            pl.max_horizontal(first, pl.when(~spike).then(after).cum_max().over(cell))
            .forward_fill()
            .over(cell)
            .alias("lasting")
        )
        .with_columns(
            pl.when(after.eq(lasting) & lasting.ne_missing(lasting.shift(1).over(cell)))
            .then(pl.col("seq"))
            .forward_fill()
            .over(cell)
            .alias("lasting_seq")
        )
        .with_columns(
            pl.when(before != 0).then(pl.col("change") / before).alias("rel_change"),
            pl.max_horizontal(lasting, after).alias("peak"),
            pl.when(after > lasting).then("seq").otherwise(seen).alias("peak_seq"),
        )
        .drop("lasting", "lasting_seq")
    )


def _is_spike() -> pl.Expr:
    """Return whether a rise is undone by the next change, so that it is no peak.

    In at most two versions, or whenever it was to five times the figure, as where a digit has
    slipped. Undone is a rise of which three quarters are gone, while the figure is about what it
    was.
    """
    before, after, then = pl.col("before"), pl.col("after"), pl.col("next_after")
    is_rise = (before > 0) & (after >= before * (1 + NOTABLE))
    is_soon = (pl.col("next_seq") <= pl.col("seq") + 2) | (after >= before * SLIP)
    is_back = (then >= before * (1 - NOTABLE)) & (after - then >= (after - before) * 0.75)
    return (is_rise & is_soon & is_back).fill_null(value=False)
