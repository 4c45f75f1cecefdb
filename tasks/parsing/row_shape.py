"""Odd rows: rows whose cells have shifted, or that do not fit the header of their table."""

from collections.abc import Collection

import polars as pl

from schemas.checks import shown
from schemas.columns import ODD, ODD_REASON, ROW, WHOLE_ROW
from schemas.source import Source
from tasks.parsing.column_reading import NO_FAULT

RULE = "row_width"


def shifted_cells(numbered: pl.DataFrame, cells: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Return the cells that do not match `source.row_shape`, as rows of UNREADABLE."""
    found = [NO_FAULT]
    for name, pattern in source.row_shape.items():
        if name not in numbered.columns:
            continue
        printed = numbered.select(
            ROW,
            pl.lit(name).alias("column"),
            pl.lit("row_shape").alias("rule"),
            pl.col(name).fill_null("").alias("value"),
        ).filter(~pl.col("value").str.contains(f"^(?:{pattern})$"))
        # polars 2.1 panics in format where a filter left the first chunk empty
        slipped = printed.join(cells, on=ROW, how="semi").rechunk()
        sentence = "'{}' in {} does not look like {}: the row has slipped."
        reason = pl.format(sentence, shown("value"), "column", pl.lit(pattern))
        found.append(slipped.with_columns(reason.alias("reason")))
    return pl.concat(found)


def with_odd_rows(
    faults: pl.DataFrame, numbered: pl.DataFrame, cells: pl.DataFrame, key: Collection[str]
) -> pl.DataFrame:
    """Return the unreadable cells, and one row for each odd row, which is quoted whole.

    What is wrong with figures of such a row says nothing, as its cells may be those of others.
    `numbered`: the parser's table with `_row`. `cells`: the rows of it that are not left out.
    """
    if ODD not in numbered.columns:
        return faults
    odd = numbered.filter(pl.col(ODD) != "").join(cells, on=ROW, how="semi").rechunk()
    whole = odd.select(
        ROW,
        pl.lit(WHOLE_ROW).alias("column"),
        pl.lit(RULE).alias("rule"),
        pl.col(ODD).alias("value"),
        pl.col(ODD_REASON).alias("reason"),
    )
    is_no_fault = pl.col(ROW).is_in(odd[ROW].implode()) & ~pl.col("column").is_in(list(key))
    return pl.concat([faults.filter(~is_no_fault), whole])
