"""Delimited text: parse CSV bytes into a frame of strings, each cell exactly as published."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain

import polars as pl

from schemas.errors import BadBody
from schemas.limits import LIMITS, Limits
from schemas.source import Bodies, Parser
from tasks.formats.careful_csv import LONGEST, TABLE, careful_rows
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, UTF8_MARK, require_text, unpacked

FIELD = r'(?:[^",]*|"(?:[^"]|"")*")'
QUOTED = r'"(?:[^"]|"")*"'
LINE = f"^{FIELD}(?:,{FIELD})*$"
PIECE = 2**22
"""Bytes of a table that are looked at in one go."""
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
    content = _content(body, where, limits)
    frame = plain_frame(content.removeprefix(UTF8_MARK), limits)
    return framed(_careful(content, where, limits), where=where) if frame is None else frame


def _content(body: bytes, where: str, limits: Limits) -> bytes:
    """Return the text of a CSV, whose lines are few enough to be looked at one by one."""
    content = unpacked(body, where, TABLE, limits=limits)
    require_text(content, where, TABLE)
    width = content[: content.find(b"\n")].count(b",") + 1
    lines = content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n") + 1
    if lines * width > limits.plain_cells:
        seen = f"{lines:,} lines with {width:,} fields, {lines * width:,} cells"
        raise BadBody(where, seen, f"at most {limits.plain_cells:,} cells", CHECK_SOURCE)
    return content


def plain_frame(body: bytes, limits: Limits) -> pl.DataFrame | None:
    r"""Return a CSV in UTF-8, without a byte-order mark, as strings; None where it is not plain.

    Not plain, and left to the careful reader, which is twenty times slower and says why: one column
    only, a line break inside of a cell, a blank line between rows, a quote in an odd place, a row
    of another width, a name twice, no row, anything beyond the limits.
    """
    if LONE_RETURN.search(body):
        return None
    if body.endswith((b"\n\n", b"\n\r\n")):
        body = body.rstrip(b"\r\n")
    first = body[: body.find(b"\n") + 1]
    if first.count(b",") >= limits.columns or body.count(b"\n") > limits.rows + 1:
        return None
    head = first.decode().rstrip("\r\n")
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
        body,
        has_header=False,
        skip_rows=1,
        schema=dict.fromkeys(names, pl.String()),
        empty_string_is_null=False,
    )
    longest = frame.select(pl.all().str.len_chars().max()).max_horizontal().item()
    return frame if frame.height == rows and longest <= limits.cell else None


def _plain_rows(body: bytes, width: int) -> int | None:
    """Return the number of lines below the first, if each is a row of that many fields."""
    count = start = 0
    while start < len(body):
        end = body.find(b"\n", start + PIECE) if start + PIECE < len(body) else -1
        end = len(body) if end < 0 else end
        if end - start > LONGEST:
            return None
        piece = body[start:end].removesuffix(b"\n").decode()
        lines = pl.Series([piece]).str.split("\n").explode().str.strip_suffix("\r")
        if '"' in piece:
            if not lines.str.contains(LINE).all():
                return None
            lines = lines.str.replace_all(QUOTED, "")
        if (lines.str.count_matches(",", literal=True) != width - 1).any():
            return None
        count, start = count + len(lines), end + 1
    return count - 1


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
    return _careful(_content(body, where, limits), where, limits)


def _careful(content: bytes, where: str, limits: Limits) -> list[list[str]]:
    rows = careful_rows(content, where, limits)
    require_short_cells(chain.from_iterable(rows), where, limits)
    return rows


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
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
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
