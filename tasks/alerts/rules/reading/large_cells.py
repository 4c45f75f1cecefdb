"""Figures beyond 2^53, exactly: rules compute with floats, which hold fewer digits.

Promises: nothing more is read where no figure is near that; of fractions there is none.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

LARGEST: Final = 2**53
"""Up to which a float holds every whole number."""
NEAR: Final = 2**46
"""Figures from which on the sum of a country, or of all, may be beyond it."""
WHOLE: Final = pl.Int128()
MOST: Final = 2.0**100
"""The largest figure that is kept as an integer: sums of a billion of them fit into WHOLE."""
SIDES: Final = ("before", "after")


def has_large(cells: pl.DataFrame) -> bool:
    """Return whether a figure, or a sum of some, may be beyond 2^53; `cells`: of a rule input."""
    most = cells.select(pl.col("after").abs().max()).item()
    return most is not None and most >= NEAR


def near_columns(value: pl.Expr) -> pl.Expr:
    """Return whether the column of a cell has figures that large, and no fractions.

    One with a figure beyond MOST, whose sums no integer holds, has not.
    """
    is_whole = ((value == value.round()) | value.is_null()).all().over("column")
    return is_whole & value.abs().max().over("column").is_between(NEAR, MOST)


def large_figures(cells: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame | None:
    """Return every figure beyond 2^53 that a vintage shows first, exactly; None without one.

    Figures of rows, and sums over the rows of a country and of all, by day where they have one.

    Args:
        cells: As of a rule input, with before_text and after_text.
        key: The key columns.

    Returns:
        seq, iso3 [null of all countries, or where the key has none], column, number [Float64: as
        the rules have it], value [Int128].
    """
    if not has_large(cells):
        return None
    sides = [
        *(pl.col(f"{name}_text").cast(WHOLE, strict=False).alias(name) for name in SIDES),
        *(pl.col(name).cast(WHOLE).alias(f"{name}_number") for name in SIDES),
    ]
    own = cells.filter(near_columns(pl.col("after"))).select("seq", *key, "column", *sides)
    place = pl.col("iso3") if "iso3" in key else pl.lit(None, pl.String).alias("iso3")
    figures = pl.col("after_number").alias("number"), pl.col("after").alias("value")
    rows = own.select("seq", place, "column", *figures)
    days = [name for name in ("observed_on", "month") if name in key]
    grains = ([*days, "iso3"], days)
    sums = [_sums(own, one) for one in grains if set(one) < set(key)]
    shown = pl.concat([rows, *sums]).filter(pl.col("value").abs() >= LARGEST)
    found = shown.with_columns(pl.col("number").cast(pl.Float64)).unique(maintain_order=True)
    return None if found.is_empty() else found


def _sums(cells: pl.DataFrame, grain: Sequence[str]) -> pl.DataFrame:
    """Return the sum of each column over the rows of a grain, in every vintage that changes it."""
    by = [*grain, "column"]
    place = pl.col("iso3") if "iso3" in grain else pl.lit(None, pl.String).alias("iso3")
    steps = [
        (pl.col(f"after{end}").fill_null(0) - pl.col(f"before{end}").fill_null(0)).sum().alias(name)
        for name, end in (("number", "_number"), ("value", ""))
    ]
    return (
        cells.group_by(*by, "seq")
        .agg(*steps)
        .sort(*by, "seq")
        .with_columns(pl.col("number", "value").cum_sum().over(by))
        .select("seq", place, "column", "number", "value")
    )
