"""Values in the form in which spreadsheets take them: no formulas, no lists, no time zones."""

import polars as pl
import polars.selectors as cs

FORMULA, FIGURE = r"^[=+\-@\t\r]", r"^[+-]?\d+(\.\d+)?$"
"""Text that a spreadsheet takes for a formula, and text that is a number all the same."""


def without_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with an apostrophe before each text that a spreadsheet would compute.

    >>> without_formulas(pl.DataFrame({"buyer": ["=1+1", "-5", "UNICEF"]}))["buyer"].to_list()
    ["'=1+1", '-5', 'UNICEF']
    """
    texts = pl.col(pl.String)
    is_formula = texts.str.contains(FORMULA) & ~texts.str.contains(FIGURE)
    return frame.with_columns(pl.when(is_formula).then("'" + texts).otherwise(texts).name.keep())


def plain_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with lists as texts, joined by a comma, and instants in UTC without a zone.

    >>> plain_cells(pl.DataFrame({"columns": [["iso3", "product"]]}))["columns"].to_list()
    ['iso3, product']
    """
    zoned = cs.datetime(time_zone="*")
    return frame.with_columns(
        cs.list().cast(pl.List(pl.String)).list.join(", "),
        zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None),
    )
