"""
Moves: what became, in one vintage, of the rows and figures of the one before.

Promises: exact, and in polars; work is proportional to the rows that changed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from tasks.vault.manifest import Vintage

INSTANT: Final = pl.Datetime("us", "UTC")
AFTER: Final = "__after"


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A table at one vintage, with the columns that this vintage has."""

    vintage: Vintage
    rows: pl.DataFrame
    key: tuple[str, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """The columns that are not the key."""
        return tuple(name for name in self.rows.columns if name not in self.key)

    def has(self, *columns: str) -> bool:
        """Return whether it has a figure in every one of some columns."""
        return all(name in self.rows.columns and self.rows[name].count() for name in columns)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moves:
    """
    What became of the figures of the vintage before.

    `keys`, `figures`: how many it had. `keys_gone`, `withdrawn`, `revised`: how many of them have
    no row, are blank or gone, are another figure. `changes`: (after - before) / before of the
    revised numbers; those that were 0 are not in it.
    """

    keys: int
    figures: int
    keys_gone: int
    withdrawn: int
    revised: int
    changes: pl.Series


def standing(vintage: Vintage) -> pl.Expr:
    """Return which versions of rows stand at a vintage."""
    at = pl.lit(vintage.as_of, INSTANT)
    is_open = pl.col("valid_to").is_null() | (pl.col("valid_to") > at)
    return (pl.col("valid_from") <= at) & is_open


def moves(versions: pl.DataFrame, before: State, now: State, *, skip: pl.DataFrame | None) -> Moves:
    """
    Return what became of the figures of a vintage.

    `versions`: of all rows, with valid_from and valid_to. `skip`: keys that are not compared.
    """
    stood, stands = standing(before.vintage), standing(now.vintage)
    figures = [name for name in before.figures if name in now.figures]
    old = versions.filter(stood & ~stands).select(*now.key, *figures)
    if skip is not None:
        old = old.join(skip, on=now.key, how="anti")
    new = versions.filter(stands & ~stood).select(
        *now.key, *(pl.col(name).alias(name + AFTER) for name in figures), __there=True
    )
    both = old.join(new, on=now.key, how="left")
    revised = {name: pl.col(name) != pl.col(name + AFTER) for name in figures}
    blank = (pl.col(name).is_not_null() & pl.col(name + AFTER).is_null() for name in figures)
    return Moves(
        keys=before.rows.height,
        figures=sum(before.rows[name].count() for name in figures),
        keys_gone=both["__there"].null_count(),
        withdrawn=_times(both, blank),
        revised=_times(both, revised.values()),
        changes=_changes(both, revised),
    )


def _times(rows: pl.DataFrame, conditions: Iterable[pl.Expr]) -> int:
    """Return how often any of some conditions holds, over all rows."""
    counts = rows.select(one.sum().alias(str(n)) for n, one in enumerate(conditions))
    return sum(counts.row(0)) if counts.width else 0


def _changes(rows: pl.DataFrame, revised: Mapping[str, pl.Expr]) -> pl.Series:
    parts = [
        rows.lazy()
        .filter(was & (pl.col(name) != 0))
        .select(((pl.col(name + AFTER) - pl.col(name)) / pl.col(name).abs()).alias("change"))
        for name, was in revised.items()
        if rows.schema[name].is_numeric()
    ]
    empty = pl.LazyFrame(schema={"change": pl.Float64})
    return pl.concat([empty, *parts]).collect()["change"]
