"""The vintages of one table, and the differences between two such trees."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import polars as pl

DIFFERENCES: Final = {
    "version": pl.Int64,
    "key": pl.String,
    "day": pl.Date,
    "figure": pl.String,
    "before": pl.Int64,
    "after": pl.Int64,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """The vintages of one canonical table, oldest first.

    `entity`: the key columns that name a series, `iso3` among them. `day`: the key column with the
    day that a row is about; None for a table that shows only the present state. Columns of whole
    numbers are figures (null: not published); words beside them are left as they are.
    """

    table: str
    entity: tuple[str, ...]
    day: str | None
    instants: tuple[datetime, ...]
    frames: tuple[pl.DataFrame, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """Return the key columns."""
        return (*self.entity, self.day) if self.day else self.entity

    @property
    def figures(self) -> tuple[str, ...]:
        """Return the figures of the first vintage: its columns of whole numbers."""
        columns = self.frames[0].schema.items()
        return tuple(name for name, dtype in columns if dtype.is_integer() and name not in self.key)

    @property
    def has_products(self) -> bool:
        """Return whether the rows of one country are separated by product."""
        return "product" in self.entity

    def with_frames(self, frames: tuple[pl.DataFrame, ...]) -> "Tree":
        """Return the same tree with other vintages."""
        return replace(self, frames=frames)

    def without_day(self) -> "Tree":
        """Return the same tree as one of the present state alone."""
        return replace(self, day=None)


def key_text(key: Mapping[str, object]) -> str:
    """Return a key as JSON, its columns sorted.

    >>> key_text({"product": "A", "iso3": "PRK"})
    '{"iso3": "PRK", "product": "A"}'
    """
    return json.dumps(key, sort_keys=True, default=str, ensure_ascii=False)


def differences(clean: Tree, changed: Tree) -> pl.DataFrame:
    """Return DIFFERENCES: the figures that differ, by version, series (JSON), day and figure.

    Only figures of the first vintage of `clean` are compared. An absent row is null.
    """
    pairs = zip(clean.frames, changed.frames, strict=True)
    found = [
        _differences(clean, a, b).select(pl.lit(version, pl.Int64).alias("version"), pl.all())
        for version, (a, b) in enumerate(pairs)
        if a is not b
    ]
    return pl.concat([pl.DataFrame(schema=DIFFERENCES), *found])


def _differences(tree: Tree, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    on = [*tree.key, "figure"]
    joined = _long(tree, before, "before").join(
        _long(tree, after, "after"), on=on, how="full", coalesce=True, maintain_order="left_right"
    )
    changed = joined.filter(pl.col("before").ne_missing(pl.col("after")))
    keys = [key_text(row) for row in changed.select(tree.entity).iter_rows(named=True)]
    day = pl.col(tree.day) if tree.day else pl.lit(None, pl.Date)
    return changed.select(
        pl.Series("key", keys, pl.String), day.alias("day"), "figure", "before", "after"
    )


def _long(tree: Tree, frame: pl.DataFrame, name: str) -> pl.DataFrame:
    figures = [one for one in tree.figures if one in frame.columns]
    return frame.unpivot(
        figures, index=list(tree.key), variable_name="figure", value_name=name
    ).drop_nulls(name)
