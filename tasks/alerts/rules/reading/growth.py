"""Growth: a figure that is many times what it was, by steps that its series shows day by day."""

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

import polars as pl

from tasks.alerts.rules.reading.series_view import SERIES, SeriesView

Grown = Mapping[tuple[Any, ...], Collection[int]]
"""The seqs of vintages in which a series grew step by step, by its entity and column."""


def grown_by_days(view: SeriesView, steps: pl.DataFrame, least: float) -> Grown:
    """Return the vintages in which a newest figure is reached without a step of its own.

    A version may bring many new days at once, as after a time without versions. Its newest figure
    is then growth if no day is `least` times the day before it, or less than that part of it, as
    that version shows them, nor is the day that was the newest before.

    Args:
        view: The series of a table with days.
        steps: Rows of its `levels`, of series whose newest figure is far from the one before.
        least: The ratio of two figures that is a step; above 1.
    """
    cell = [*view.entity, "column"]
    was = pl.col("before_on")
    near = (
        view.changes.join(
            steps.select(SERIES, "seq", "before_on", pl.col("before").alias("from")),
            on=[SERIES, "seq"],
        )
        .filter(pl.col(view.day) >= was, pl.col("after").is_not_null())
        .sort(SERIES, "seq", view.day)
    )
    found: dict[tuple[Any, ...], set[int]] = {}
    for (seq, *name), rows in near.group_by("seq", *cell, maintain_order=True):
        figures = [rows["from"][0], *rows["after"]]
        ratios = [now / then if then > 0 else 0.0 for then, now in pairwise(figures)]
        if all(1 / least < ratio < least for ratio in ratios):
            found.setdefault(tuple(name), set()).add(int(str(seq)))
    return found
