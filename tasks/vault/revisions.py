"""Compare: which cells differ between two states of one table.

Promises: values are compared exactly, in their own types, null-safe; the result depends on the two
states alone.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import polars as pl

BEFORE, AFTER = "__before", "__after"
OLD, NEW = pl.col(BEFORE), pl.col(AFTER)
ROW = "__row"
CELLS: Final = 2_000_000
"""Cells that are compared at once; of a long table, one column."""
NO_CELL: Final = {ROW: pl.UInt32(), "column": pl.String(), BEFORE: pl.Null(), AFTER: pl.Null()}


def revisions(
    before: pl.DataFrame,
    after: pl.DataFrame,
    *,
    key: Sequence[str],
    skip: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return the cells that differ between two states of one table.

    A row that is gone withdraws each of its figures, a new row adds each of its figures.

    >>> old = pl.DataFrame({"iso3": ["PRK"], "doses": [8_115_600]})
    >>> new = pl.DataFrame({"iso3": ["PRK"], "doses": [1_540_800]})
    >>> revisions(old, new, key=["iso3"]).select("column", "change", "kind").rows()
    [('doses', -6574800.0, 'revised')]

    Args:
        before: The earlier state; its key is unique and never null.
        after: The later state of the same table.
        key: The key columns; at least one.
        skip: Keys that are not compared, in all the key columns.

    Returns:
        One row per changed cell, sorted by key and column: the key columns, column [name of the
        figure], before and after [Float64, the column's own unit; null when not published, absent
        or not a number], before_text and after_text [the exact value; dates in ISO 8601; null when
        not published or absent], change [after - before; a figure that is gone counts as 0; null
        unless before was a number and after is one, or gone], rel_change [change / before; -1 where
        it is gone; null when before is null or 0], kind [revised, added or withdrawn].
    """
    keys = list(key)
    figures = [name for name in before.columns if name in after.columns and name not in keys]
    changed = _changed_rows(before, after, keys=keys, figures=figures, skip=skip)
    types = {name: (before.schema[name], after.schema[name]) for name in figures}
    return cells_of(changed, types, keys=keys)


def _changed_rows(
    before: pl.DataFrame,
    after: pl.DataFrame,
    *,
    keys: list[str],
    figures: list[str],
    skip: pl.DataFrame | None,
) -> pl.DataFrame:
    """Return key, and each figure twice, for the rows in which a figure differs."""
    left = before.lazy().select(*keys, *(pl.col(name).alias(name + BEFORE) for name in figures))
    right = after.lazy().select(*keys, *(pl.col(name).alias(name + AFTER) for name in figures))
    differs = [pl.col(name + BEFORE).ne_missing(pl.col(name + AFTER)) for name in figures]
    joined = left.join(right, on=keys, how="full", coalesce=True)
    if skip is not None:
        joined = joined.join(skip.lazy().select(keys).unique(), on=keys, how="anti")
    return joined.filter(pl.any_horizontal(pl.lit(value=False), *differs)).collect()


def cells_of(
    rows: pl.DataFrame,
    types: Mapping[str, tuple[pl.DataType, pl.DataType]],
    *,
    keys: Sequence[str],
    where: Mapping[str, pl.Expr] = MappingProxyType({}),
    only_numbers: bool = False,
) -> pl.DataFrame:
    """Return the changed cells of rows that have each figure twice, sorted by key and column.

    `types`: the figures, each with its type before and after. `where`: which rows count, for the
    figures for which not all do. `only_numbers`: whether only `before` and `after` are wanted, of
    figures that are numbers.
    """
    ordered = rows.sort(keys).with_row_index(ROW)
    by_type: dict[tuple[pl.DataType, pl.DataType], list[str]] = {}
    for name, pair in types.items():
        if not only_numbers or any(dtype.is_numeric() for dtype in pair):
            by_type.setdefault(pair, []).append(name)
    at_once = max(CELLS // max(ordered.height, 1), 1)
    view = _numbers if only_numbers else _exact
    parts = [view(pl.LazyFrame(schema=NO_CELL), (pl.Null(), pl.Null())).collect()]
    for pair, names in by_type.items():
        for start in range(0, len(names), at_once):
            some = names[start : start + at_once]
            old, new = (_long(ordered, some, end, where) for end in (BEFORE, AFTER))
            both = old.hstack(new.select(AFTER)).lazy()
            parts.append(view(both.filter(OLD.ne_missing(NEW)), pair).collect())
    cells = pl.concat(parts).sort(ROW, "column")
    return ordered.select(keys)[cells[ROW]].hstack(cells.drop(ROW))


def _long(
    rows: pl.DataFrame, names: Sequence[str], end: str, where: Mapping[str, pl.Expr]
) -> pl.DataFrame:
    """Return one side of figures of one type: row, column, value, null where it does not count."""
    values = [
        (pl.when(where[name]).then(name + end) if name in where else pl.col(name + end)).alias(name)
        for name in names
    ]
    return rows.select(ROW, *values).unpivot(index=ROW, variable_name="column", value_name=end)


def _numbers(cells: pl.LazyFrame, types: tuple[pl.DataType, pl.DataType]) -> pl.LazyFrame:
    """Return cells as numbers before and after, with the number of their row."""
    before, after = _number(OLD, types[0]), _number(NEW, types[1])
    return cells.select(ROW, "column", before.alias("before"), after.alias("after"))


def _exact(cells: pl.LazyFrame, types: tuple[pl.DataType, pl.DataType]) -> pl.LazyFrame:
    """Return cells as numbers and as texts, with the number of their row."""
    kind = (
        pl.when(pl.col("after_text").is_null())
        .then(pl.lit("withdrawn"))
        .when(pl.col("before_text").is_null())
        .then(pl.lit("added"))
        .otherwise(pl.lit("revised"))
    )
    return (
        cells.select(
            ROW,
            "column",
            _number(OLD, types[0]).alias("before"),
            _number(NEW, types[1]).alias("after"),
            _text(OLD, types[0]).alias("before_text"),
            _text(NEW, types[1]).alias("after_text"),
        )
        .with_columns(change().alias("change"))
        .with_columns(relative_change().alias("rel_change"), kind.alias("kind"))
    )


def change() -> pl.Expr:
    """Return how much a changed cell changed; a figure that is gone counts as 0."""
    after = pl.when(pl.col("after_text").is_null()).then(0.0).otherwise("after")
    return after - pl.col("before")


def relative_change() -> pl.Expr:
    """Return `change` as a share of the figure before; null where that is null or 0."""
    return pl.when(pl.col("before") != 0).then(pl.col("change") / pl.col("before"))


def _number(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return value.cast(pl.Float64) if dtype.is_numeric() else pl.lit(None, dtype=pl.Float64)


def _text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return value.dt.to_string("iso") if dtype.is_temporal() else value.cast(pl.String)
