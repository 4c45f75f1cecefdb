"""Delimited text: parse CSV bytes into a frame of strings, unchanged from the publisher's texts.

Promises: every cell comes back exactly as published, or the whole body is refused with a sentence
that says why. A body that was cut off, packed or replaced by a web page never becomes a table.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

import polars as pl

from schemas.errors import BadBody
from schemas.limits import LIMITS, Limits
from schemas.source import Bodies, Parser
from tasks.formats.plain import plain_frame
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, UTF8_MARK, text_of, unpacked

TABLE = "a comma-separated table in UTF-8"


def read_csv(body: bytes, *, where: str, limits: Limits = LIMITS) -> pl.DataFrame:
    r"""Return the table as it stands: all columns strings, their names and cells as published.

    A byte-order mark is dropped; LF, CRLF and sound gzip are read; blank lines are no rows. An
    empty cell is the empty text, so no cell is null. `where` names the body in errors.

    Raises:
        BadBody: Empty, a web page or another document, damaged gzip, not UTF-8, no data row, a name
            twice in the header, a row whose number of fields is not the header's (cut off), or more
            than `limits` allow.

    >>> read_csv(b"iso3,doses\nPRK,\n", where="example").rows()
    [('PRK', '')]
    """
    content = unpacked(body, where, TABLE, limits=limits)
    text = text_of(content, where, TABLE)
    _require_room(content, where, limits)
    frame = plain_frame(content.removeprefix(UTF8_MARK), limits)
    return framed(_rows(text, where, limits), where=where) if frame is None else frame


def csv_tables(*tables: str, where: str) -> Parser:
    r"""Return the parser of a source that publishes one CSV, `where`, from which `tables` are made.

    >>> csv_tables("tests", where="example")({"main": b"iso3,tests\nPRK,0\n"})["tests"].rows()
    [('PRK', '0')]
    """
    return partial(_tables, tables=tables, where=where)


def _tables(bodies: Bodies, *, tables: Sequence[str], where: str) -> dict[str, pl.DataFrame]:
    return dict.fromkeys(tables, read_csv(bodies["main"], where=where))


def read_csv_rows(body: bytes, *, where: str, limits: Limits = LIMITS) -> list[list[str]]:
    r"""Return all rows of a CSV, headers included: for sheets whose names stand in several rows.

    All rows have as many cells as the first. Raises BadBody as `read_csv`, but a name may stand
    twice, and there need be no row below the first.

    >>> read_csv_rows(b"Round 1,,Round 2\nISO3,A,B\n", where="example")
    [['Round 1', '', 'Round 2'], ['ISO3', 'A', 'B']]
    """
    return _rows(text_of(unpacked(body, where, TABLE, limits=limits), where, TABLE), where, limits)


def _rows(text: str, where: str, limits: Limits) -> list[list[str]]:
    """Return the rows of a text, by the careful reader."""
    rows: list[list[str]] = []
    odd: tuple[int, int] | None = None
    reader = csv.reader(_lines(text, where, limits), strict=True)
    try:
        for fields in reader:
            if not fields:
                continue
            if odd:
                raise _another_count(where, odd, len(rows[0]), last=False)
            if rows and len(fields) != len(rows[0]):
                odd = (reader.line_num, len(fields))
            else:
                rows.append(fields)
                _require_few(rows, where, limits)
    except csv.Error as error:
        raise _unreadable(where, reader.line_num, error) from error
    if odd:
        raise _another_count(where, odd, len(rows[0]), last=True)
    require_short_cells(chain.from_iterable(rows), where, limits)
    return rows


def _lines(text: str, where: str, limits: Limits) -> Iterator[str]:
    """Yield the lines of a text. Raises BadBody for one of more fields than a table has columns."""
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if line.count(",") >= limits.columns:
            seen = f"{line.count(',') + 1:,} fields in line {number}"
            raise BadBody(where, seen, f"at most {limits.columns:,}", CHECK_SOURCE)
        yield line


def _require_room(content: bytes, where: str, limits: Limits) -> None:
    """Refuse a table with more cells than the limits allow, by its lines and its header."""
    lines = content.count(b"\n") + 1
    width = content.partition(b"\n")[0].count(b",") + 1
    if lines * width > limits.plain_cells:
        seen = f"{lines:,} lines with {width:,} fields, {lines * width:,} cells"
        raise BadBody(where, seen, f"at most {limits.plain_cells:,} cells", CHECK_SOURCE)


def _require_few(rows: Sequence[Sequence[str]], where: str, limits: Limits) -> None:
    """Refuse what the careful reader has no room for; the first row is the header."""
    if len(rows) - 1 > limits.rows:
        raise BadBody(where, f"more than {limits.rows:,} rows", TABLE, CHECK_SOURCE)
    if len(rows) * len(rows[0]) > limits.cells:
        seen = f"more than {limits.cells:,} cells, and a line that is no row of the header's width"
        raise BadBody(where, seen, "so large a table to be plain and whole", CHECK_SOURCE)


def _unreadable(where: str, line: int, error: csv.Error) -> BadBody:
    if "field limit" in str(error):
        seen = f"a cell of more than {csv.field_size_limit():,} characters (to line {line:,})"
        return BadBody(where, seen, "cells of a table; a quote may be left open", CHECK_SOURCE)
    seen = f"line {line} cut off or damaged ({error})"
    return BadBody(where, seen, "every quote closed", FETCH_AGAIN)


def framed(rows: Sequence[Sequence[str]], *, where: str, header: int = 0) -> pl.DataFrame:
    """Return rows as a frame of strings whose columns are named by the row with index `header`.

    Rows above it are left out. Raises BadBody when a name stands twice or no row is below.

    >>> framed([["Table 1", ""], ["iso3", "doses"], ["PRK", "0"]], where="example", header=1).rows()
    [('PRK', '0')]
    """
    if len(rows) <= header:
        seen = f"{len(rows)} rows"
        raise BadBody(where, seen, f"the names of the columns in row {header + 1}", CHECK_SOURCE)
    names, below = rows[header], rows[header + 1 :]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        seen = f"the column {', '.join(map(repr, twice))} more than once in the header"
        raise BadBody(where, seen, "each name once", CHECK_SOURCE)
    if not below:
        raise BadBody(where, "a header without any row below it", "at least one row", FETCH_AGAIN)
    columns = zip(*below, strict=True)
    return pl.DataFrame(
        {
            name: pl.Series(name, cells, dtype=pl.String)
            for name, cells in zip(names, columns, strict=True)
        }
    )


def is_tag_row(cells: Iterable[str]) -> bool:
    """Return whether a row holds HXL tags: at least one cell, and every filled one begins with '#'.

    >>> (
    ...     is_tag_row(["#country+code", "", "#affected"]),
    ...     is_tag_row(["", ""]),
    ...     is_tag_row(["#1", "0"]),
    ... )
    (True, False, False)
    """
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and all(cell.lstrip().startswith("#") for cell in filled)


def require_short_cells(cells: Iterable[str], where: str, limits: Limits) -> None:
    """Refuse a table with a cell that is longer than the limit."""
    longest = max(map(len, cells), default=0)
    if longest > limits.cell:
        seen = f"a cell of {longest:,} characters"
        raise BadBody(where, seen, f"at most {limits.cell:,}", CHECK_SOURCE)


def _another_count(where: str, odd: tuple[int, int], width: int, *, last: bool) -> BadBody:
    """Return the error for a row that has more or fewer fields than the header."""
    line, count = odd
    if last and count < width:
        seen = f"the last row (line {line}) cut off after {count} fields"
    else:
        seen = f"{count} fields in line {line}"
    return BadBody(where, seen, f"{width} as in the header", FETCH_AGAIN if last else CHECK_SOURCE)
