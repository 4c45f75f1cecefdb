"""Compare: which cells differ between two states of one table.

Promises: values are compared exactly, in their own types, null-safe; the result depends on the two
states alone.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

BEFORE, AFTER = "__before", "__after"
ROW = "__row"


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
        not published or absent], change [after - before; null unless both are numbers], rel_change
        [change / before; null when before is null or 0], kind [revised, added or withdrawn].
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
) -> pl.DataFrame:
    """Return the changed cells of rows that have each figure twice, sorted by key and column.

    `types`: the figures, each with its type before and after. `where`: which rows count, for the
    figures for which not all do.
    """
    ordered = rows.sort(keys).with_row_index(ROW)
    nothing = ordered.head(0).with_columns(pl.lit(None).alias("" + end) for end in (BEFORE, AFTER))
    parts = [_cells(nothing.lazy(), "", keys=keys, types=(pl.Null(), pl.Null()))]
    for name in sorted(types):
        counted = ordered.lazy().filter(where[name]) if name in where else ordered.lazy()
        parts.append(_cells(counted, name, keys=keys, types=types[name]))
    return pl.concat(parts).collect().sort(ROW, maintain_order=True).drop(ROW)


def _cells(
    rows: pl.LazyFrame, name: str, *, keys: Sequence[str], types: tuple[pl.DataType, pl.DataType]
) -> pl.LazyFrame:
    """Return one figure's changed cells, with the number of their row."""
    old, new = pl.col(name + BEFORE), pl.col(name + AFTER)
    before, after, change = pl.col("before"), pl.col("after"), pl.col("change")
    kind = (
        pl.when(pl.col("after_text").is_null())
        .then(pl.lit("withdrawn"))
        .when(pl.col("before_text").is_null())
        .then(pl.lit("added"))
        .otherwise(pl.lit("revised"))
    )
    return (
        rows.filter(old.ne_missing(new))
        .select(
            ROW,
            *keys,
            pl.lit(name).alias("column"),
            _number(old, types[0]).alias("before"),
            _number(new, types[1]).alias("after"),
            _text(old, types[0]).alias("before_text"),
            _text(new, types[1]).alias("after_text"),
        )
        .with_columns((after - before).alias("change"))
        .with_columns(
            pl.when(before != 0).then(change / before).alias("rel_change"), kind.alias("kind")
        )
    )


def _number(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return value.cast(pl.Float64) if dtype.is_numeric() else pl.lit(None, dtype=pl.Float64)


def _text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return value.dt.to_string("iso") if dtype.is_temporal() else value.cast(pl.String)
