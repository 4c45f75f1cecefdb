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
from schemas.source import Bodies, Budget, Parser
from tasks.formats.careful_csv import TABLE, careful_rows
from tasks.formats.odd_rows import marked, plain_table, with_odd_rows, without_odd_lines
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, UTF8_MARK, require_text, unpacked

ODD_ROWS = Budget()
"""How many rows of a table may not fit its header; a file with more is another one, or spoilt."""
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
SAVE_AGAIN = (
    "Nothing was published and the last good vintage stands. "
    "Save it again with commas, and look whether its figures have decimal commas."
)
LONE_RETURN = re.compile(rb"\r(?!\n)")


def read_csv(
    body: bytes,
    *,
    where: str,
    limits: Limits = LIMITS,
    odd_rows: bool = False,
    delimiters: str = ",",
) -> pl.DataFrame:
    r"""Return the table as it stands: all columns strings, their names and cells as published.

    A byte-order mark is dropped; LF, CRLF and sound gzip are read; blank lines are no rows. An
    empty cell is the empty text, so no cell is null. `odd_rows`: whether a few rows may have
    another number of fields than the header, or odd quotes (ODD_ROWS); the frame then has the
    columns ODD and ODD_REASON. `delimiters`: what may separate the fields; the first of them that
    stands in the header does.

    Raises BadBody: empty, a web page or another document, damaged gzip, not UTF-8, no data row, a
    name twice in the header, the last row cut off, a row whose number of fields is not the
    header's (with `odd_rows`: many), or more than `limits` allow.

    >>> read_csv(b"iso3,doses\nPRK,\n", where="example").rows()
    [('PRK', '')]
    """
    content = _content(body, where, limits)
    delimiter = _delimiter(content, where, delimiters)
    budget = ODD_ROWS if odd_rows else None
    if delimiter == ",":
        body = content.removeprefix(UTF8_MARK)
        frame = plain_frame(body, limits)
        if frame is None and odd_rows:
            frame = _plain_but_few(body, where, limits)
        if frame is not None:
            return frame
    rows, odd = careful_rows(content, where, limits, delimiter=delimiter, budget=budget)
    texts = (one.text for one in odd.values())
    require_short_cells(chain(chain.from_iterable(rows), texts), where, limits)
    return marked(framed(rows, where=where), {at - 1: one for at, one in odd.items()})


def _plain_but_few(body: bytes, where: str, limits: Limits) -> pl.DataFrame | None:
    """Return a table that is plain but for its odd rows; None where it is not. Raises BadBody."""
    if LONE_RETURN.search(body):
        return None
    parted = without_odd_lines(body, where, ODD_ROWS)
    frame = plain_frame(parted[0], limits) if parted else None
    return with_odd_rows(frame, parted[1]) if parted and frame is not None else None


def _delimiter(content: bytes, where: str, declared: str) -> str:
    """Return the declared mark that separates the fields of the header. Raises BadBody."""
    head = content[: content.find(b"\n") + 1 or len(content)].split(b"\r")[0].decode()
    found = next((mark for mark in declared if mark in head), None)
    if found is None and (mark := next((one for one in SEPARATORS if one in head), None)):
        seen = f"a table separated by {SEPARATORS[mark]}, as spreadsheets save it"
        raise BadBody(where, seen, TABLE, SAVE_AGAIN)
    return found or declared[0]


def _content(body: bytes, where: str, limits: Limits) -> bytes:
    """Return the text of a CSV, in memory as a whole."""
    content = unpacked(body, where, TABLE, limits=limits)
    require_text(content, where, TABLE)
    width = content[: content.find(b"\n")].count(b",") + 1
    returns = content.count(b"\r")
    ends = content.count(b"\r\n") if returns else 0  # which takes longer than all the rest
    lines = content.count(b"\n") + returns - ends + 1
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
    frame = plain_table(body, names, most=limits.rows)
    return frame if frame is not None and _has_short_cells(frame, limits) else None


def _has_short_cells(frame: pl.DataFrame, limits: Limits) -> bool:
    cells = pl.all().str
    most_bytes = frame.select(cells.len_bytes().max()).max_horizontal().item()
    if most_bytes <= limits.cell:  # no character takes less than a byte
        return True
    return frame.select(cells.len_chars().max()).max_horizontal().item() <= limits.cell


def csv_tables(*tables: str, where: str, delimiters: str = ",") -> Parser:
    """Return the parser of a source of one CSV, `where`, from which `tables` are made.

    `delimiters`: see `read_csv`. A few odd rows wait in quarantine.
    """
    return partial(_tables, tables=tables, where=where, delimiters=delimiters)


def _tables(
    bodies: Bodies, *, tables: Sequence[str], where: str, delimiters: str
) -> dict[str, pl.DataFrame]:
    frame = read_csv(bodies["main"], where=where, odd_rows=True, delimiters=delimiters)
    return dict.fromkeys(tables, frame)


def read_csv_rows(body: bytes, *, where: str, limits: Limits = LIMITS) -> list[list[str]]:
    r"""Return all rows of a CSV, headers included: for sheets whose names stand in several rows.

    All rows have as many cells as the first. Raises BadBody as `read_csv`, but a name may stand
    twice, and there need be no row below the first.

    >>> read_csv_rows(b"Round 1,,Round 2\nISO3,A,B\n", where="example")
    [['Round 1', '', 'Round 2'], ['ISO3', 'A', 'B']]
    """
    content = _content(body, where, limits)
    rows, _ = careful_rows(content, where, limits)
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
