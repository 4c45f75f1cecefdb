"""Read a column: published texts become values of one type, the others are listed as unreadable.

Promises: each distinct text is read once, by the reader of the column's type. What polars reads in
the same way, plain whole numbers, it reads for all rows at once.
"""

import re
from collections.abc import Iterable
from typing import Final

import polars as pl

from schemas.columns import ROW, From
from tasks.parsing.cell_values import Reader, UnreadableError, plain_whole_numbers

SPREADSHEET_ERROR: Final = re.compile(
    r"#(N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!"
    r"|CONNECT!|UNKNOWN!|BUSY!|ERROR!)"
)
"""What Excel, LibreOffice and Google Sheets show, and save, where a formula failed."""
UNREADABLE: Final[dict[str, pl.DataType]] = {
    ROW: pl.UInt32(),
    **dict.fromkeys(("column", "rule", "value", "reason"), pl.String()),
}
"""The columns of `Canonical.unreadable`."""
NO_FAULT: Final = pl.DataFrame(schema=UNREADABLE)
AT_ONCE: Final = 2**16
"""Distinct texts that are read before their values are packed into a column."""
SHORT: Final = 2_000
"""Rows of a column that is read text by text: polars would spend more on each of its steps."""
Fault = tuple[str, str]
"""Rule and reason."""
FAULTS: Final[dict[str, pl.DataType]] = dict.fromkeys(("value", "rule", "reason"), pl.String())


def read_column(
    cells: pl.DataFrame, name: str, read: Reader, how: From, dtype: pl.DataType
) -> tuple[pl.Series, pl.DataFrame]:
    """Return a column of `cells` in its type, and the cells of it that could not be read.

    `cells`: `_row` and columns of texts. The second result has the columns of UNREADABLE.
    """
    texts = cells[name]
    plain = plain_whole_numbers(texts, how) if dtype == pl.Int64() else None
    if len(texts) <= SHORT:
        return _read_short(cells[ROW], texts, plain, read, how, dtype)
    if plain is None:
        return _read_distinct(cells.select(ROW, name), read, how, dtype)
    left = cells.select(ROW, name).filter(plain.is_null())
    values, unreadable = _read_distinct(left, read, how, dtype)
    return plain.scatter(plain.is_null().arg_true(), values), unreadable


def _read_short(
    rows: pl.Series,
    texts: pl.Series,
    plain: pl.Series | None,
    read: Reader,
    how: From,
    dtype: pl.DataType,
) -> tuple[pl.Series, pl.DataFrame]:
    known: dict[str, tuple[object, Fault | None]] = {}
    values: list[object] = [None] * len(texts) if plain is None else plain.to_list()
    faults: list[tuple[int, str, str, str, str]] = []
    for place, text in enumerate(texts.to_list()):
        if values[place] is not None:
            continue
        if text not in known:
            known[text] = _value(text, read, how)
        values[place], fault = known[text]
        if fault:
            faults.append((rows[place], texts.name, fault[0], text, fault[1]))
    unreadable = pl.DataFrame(faults, schema=UNREADABLE, orient="row") if faults else NO_FAULT
    return pl.Series(texts.name, values, dtype=dtype), unreadable


def _read_distinct(
    cells: pl.DataFrame, read: Reader, how: From, dtype: pl.DataType
) -> tuple[pl.Series, pl.DataFrame]:
    """Return what `read_column` does, of a long column; `cells`: `_row` and its texts."""
    texts = cells.to_series(1)
    distinct = texts.unique()
    starts = range(0, max(len(distinct), 1), AT_ONCE)
    parts = [_read_texts(distinct.slice(start, AT_ONCE), read, how, dtype) for start in starts]
    column = texts.replace_strict(distinct, pl.concat([values for values, _ in parts]))
    faults = pl.concat([faults for _, faults in parts])
    unreadable = NO_FAULT
    if faults.height:
        unreadable = (
            cells.select(ROW, pl.lit(texts.name).alias("column"), pl.col(texts.name).alias("value"))
            .join(faults, on="value", maintain_order="left")
            .select(pl.col(name).cast(dtype) for name, dtype in UNREADABLE.items())
        )
    return column.cast(dtype).alias(texts.name), unreadable


def _read_texts(
    texts: Iterable[str], read: Reader, how: From, dtype: pl.DataType
) -> tuple[pl.Series, pl.DataFrame]:
    """Return the values of texts (null: blank or unreadable), and value, rule, reason of faults."""
    values: list[object] = []
    faults: list[tuple[str, str, str]] = []
    for text in texts:
        value, fault = _value(text, read, how)
        values.append(value)
        if fault:
            faults.append((text, *fault))
    return pl.Series(values, dtype=dtype), pl.DataFrame(faults, schema=FAULTS, orient="row")


def require_no_error(text: str) -> None:
    """Refuse a cell in which a spreadsheet shows an error. Raises UnreadableError (readable).

    >>> require_no_error("#N/A")
    Traceback (most recent call last):
    tasks.parsing.cell_values.UnreadableError: '#N/A' is an error of a spreadsheet, not a value.
    """
    if SPREADSHEET_ERROR.fullmatch(text):
        raise UnreadableError("readable", f"'{text}' is an error of a spreadsheet, not a value.")


def _value(text: str, read: Reader, how: From) -> tuple[object, Fault | None]:
    """Return the value of a text (None: blank or unreadable), and its fault."""
    stripped = text.strip()
    words = how.default if stripped in {"", *how.blanks} else stripped
    try:
        if words is None:
            return None, None
        require_no_error(words)
        return read(words.removeprefix(how.prefix), how), None
    except UnreadableError as fault:
        return None, (fault.rule, fault.reason)
