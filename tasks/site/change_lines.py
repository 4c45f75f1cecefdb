"""Changes of figures as lines of a page: the worst first, falls before rises."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from schemas.alerts import SEVERITIES
from schemas.wording import UNSPECIFIED

RANKS: Final[Mapping[str, int]] = {name: place for place, name in enumerate(SEVERITIES)}
SHOWN: Final = (
    *("source", "dataset", "measure", "iso3", "part", "observed_on", "as_of", "vintage_id"),
    *("before", "after", "rel_change", "kind", "severity", "reverted_by", "days"),
)
ENDS: Final = (("before", "before_whole"), ("after", "after_whole"))
"""The figures of a change, and the columns that have large ones exactly."""


def worst_first(changes: pl.DataFrame) -> pl.DataFrame:
    """Return rows of the mart `changes_all`, the worst first.

    By severity, then falls and withdrawals before rises, then the score; the rest by their key. A
    rise, whose severity is info, ranks with the falls that have none because they are small.
    """
    rank = pl.col("severity").replace_strict(RANKS, default=0, return_dtype=pl.Int64)
    is_fall = (pl.col("change") < 0) | (pl.col("kind") == "withdrawn")
    order = [-rank.fill_null(0), ~is_fall.fill_null(value=False), -pl.col("score").fill_null(-1)]
    return changes.sort(
        *order, "dataset", "measure", "iso3", "part", "observed_on", "as_of", nulls_last=True
    )


def largest_of_days(changes: pl.DataFrame) -> pl.DataFrame:
    """Return sorted changes with one row for all days of a series that changed in one version.

    The first of them stays, which is the worst; `days`: how many there are.
    """
    line = ["dataset", "measure", "iso3", "part", "vintage_id"]
    counted = changes.with_columns(days=pl.len().over(line))
    return counted.unique(line, keep="first", maintain_order=True)


def change_lines(changes: pl.DataFrame, most: int) -> list[dict[str, Any]]:
    """Return the first `most` changes as values of a template.

    `changes`: of `largest_of_days`.
    """
    found: list[dict[str, Any]] = []
    for row in changes.head(most).iter_rows(named=True):
        ends = {name: row[name] if row[whole] is None else row[whole] for name, whole in ENDS}
        way = direction(**ends)
        shown = {name: row[name] for name in SHOWN}
        found.append({**shown, **ends, "direction": way, "part": part_text(row["part"])})
    return found


def direction(before: float | None, after: float | None) -> str:
    """Return how a figure changed: gone, new, fall, rise or same.

    >>> direction(8_115_600, 1_540_800), direction(2, None), direction(None, 3)
    ('fall', 'gone', 'new')
    """
    if after is None:
        return "gone"
    if before is None:
        return "new"
    return "fall" if after < before else "rise" if after > before else "same"


def part_text(part: str) -> str:
    """Return the rest of a key as pages show it, without what is not specified.

    >>> part_text("Covovax / COVAX"), part_text("unspecified / COVAX"), part_text("unspecified")
    ('Covovax / COVAX', 'COVAX', '')
    """
    return " / ".join(one for one in part.split(" / ") if one not in {"", UNSPECIFIED})
