"""Delimited text: parse CSV bytes into a frame of strings, each cell exactly as published."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

import polars as pl

from schemas.errors import BadBody
from schemas.limits import LIMITS, Limits
from schemas.source import Bodies, Parser
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, UTF8_MARK, text_of, unpacked

TABLE = "a comma-separated table in UTF-8"
FIELD = r'(?:[^",]*|"(?:[^"]|"")*")'
QUOTED = r'"(?:[^"]|"")*"'
LINE = f"^{FIELD}(?:,{FIELD})*$"
LONE_RETURN = re.compile(rb"\r(?!\n)")


def read_csv(body: bytes, *, where: str, limits: Limits = LIMITS) -> pl.DataFrame:
    r"""Return the table as it stands: all columns strings, their names and cells as published.

    A byte-order mark is dropped; LF, CRLF and sound gzip are read; blank lines are no rows. An
    empty cell is the empty text, so no cell is null.

    Raises BadBody: empty, a web page or another document, damaged gzip, not UTF-8, no data row, a
    name twice in the header, a row whose number of fields is not the header's (cut off), or more
    than `limits` allow.

    >>> read_csv(b"iso3,doses\nPRK,\n", where="example").rows()
    [('PRK', '')]
    """
    content = unpacked(body, where, TABLE, limits=limits)
    text = text_of(content, where, TABLE)
    lines, width = content.count(b"\n") + 1, content.partition(b"\n")[0].count(b",") + 1
    if lines * width > limits.plain_cells:
        seen = f"{lines:,} lines with {width:,} fields, {lines * width:,} cells"
        raise BadBody(where, seen, f"at most {limits.plain_cells:,} cells", CHECK_SOURCE)
    frame = plain_frame(content.removeprefix(UTF8_MARK), limits)
    return framed(_rows(text, where, limits), where=where) if frame is None else frame


def plain_frame(body: bytes, limits: Limits) -> pl.DataFrame | None:
    r"""Return a CSV in UTF-8, without a byte-order mark, as strings; None where it is not plain.

    Not plain, and left to the careful reader, which is twenty times slower and says why: one column
    only, a line break inside of a cell, a blank line between rows, a quote in an odd place, a row
    of another width, a name twice, no row, anything beyond the limits.
    """
    if LONE_RETURN.search(body):
        return None
    body = body.rstrip(b"\r\n")
    head = body.partition(b"\n")[0].decode().rstrip("\r")
    if head.count(",") >= limits.columns or body.count(b"\n") > limits.rows:
        return None
    try:
        names = next(iter(csv.reader([head], strict=True)), list[str]())
    except csv.Error:
        return None
    if len(names) < 2 or len(set(names)) < len(names):  # noqa: PLR2004 (with one, a blank is a row)
        return None
    rows = _plain_rows(body, len(names))
    if rows is None or not 0 < rows <= limits.rows:
        return None
    frame = pl.read_csv(
        body, has_header=False, skip_rows=1, schema=dict.fromkeys(names, pl.String())
    ).fill_null("")
    longest = frame.select(pl.all().str.len_chars().max()).max_horizontal().item()
    return frame if frame.height == rows and longest <= limits.cell else None


def _plain_rows(body: bytes, width: int) -> int | None:
    """Return the number of lines below the first, if each is a row of that many fields."""
    lines = pl.Series([body.decode()]).str.split("\n").explode().str.strip_suffix("\r")
    if b'"' in body:
        if not lines.str.contains(LINE).all():
            return None
        lines = lines.str.replace_all(QUOTED, "")
    separators = lines.str.count_matches(",", literal=True)
    return len(lines) - 1 if (separators == width - 1).all() else None


def csv_tables(*tables: str, where: str) -> Parser:
    """Return the parser of a source of one CSV, `where`, from which `tables` are made."""
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
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if line.count(",") >= limits.columns:
            seen = f"{line.count(',') + 1:,} fields in line {number}"
            raise BadBody(where, seen, f"at most {limits.columns:,}", CHECK_SOURCE)
        yield line


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
    columns = dict(zip(names, zip(*below, strict=True), strict=True))
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String()))


def require_short_cells(cells: Iterable[str], where: str, limits: Limits) -> None:
    """Refuse a table with a cell that is longer than the limit."""
    longest = max(map(len, cells), default=0)
    if longest > limits.cell:
        seen = f"a cell of {longest:,} characters"
        raise BadBody(where, seen, f"at most {limits.cell:,}", CHECK_SOURCE)


def _another_count(where: str, odd: tuple[int, int], width: int, *, last: bool) -> BadBody:
    line, count = odd
    if last and count < width:
        seen = f"the last row (line {line}) cut off after {count} fields"
    else:
        seen = f"{count} fields in line {line}"
    return BadBody(where, seen, f"{width} as in the header", FETCH_AGAIN if last else CHECK_SOURCE)
