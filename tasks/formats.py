"""
Wire formats: bytes in, a frame of strings in the publisher's own words out.

Promises: every cell comes back exactly as published, or the whole body is refused with a sentence
that says why. A body that was cut off, packed or replaced by a web page never becomes a table.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Sequence

import polars as pl

from schemas.errors import BadBody

UNPACKED_AT_MOST = 256 * 1024 * 1024
"""A gzip body that unpacks to more than this [bytes] is refused."""

GZIP = b"\x1f\x8b"
MAGIC = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document",
}
TABLE = "a comma-separated table in UTF-8"
FETCH_AGAIN = "Nothing was published and the last good vintage stands. Fetch it again later."
LOOK = (
    "Nothing was published and the last good vintage stands. "
    "Look at the kept body and at the page: the address or the format may have changed."
)


def read_csv(body: bytes, *, where: str) -> pl.DataFrame:
    r"""
    Return the table as it stands: all columns strings, their names and cells as published.

    A byte-order mark is dropped; LF, CRLF and sound gzip are read; blank lines are no rows. An
    empty cell is the empty text, so no cell is null. `where` names the body in errors.

    Raises:
        BadBody: Empty, a web page or another document, damaged gzip, not UTF-8, no data row, a name
            twice in the header, or a row whose number of fields is not the header's (cut off).

    >>> read_csv(b"iso3,doses\nPRK,\n", where="example").rows()
    [('PRK', '')]
    """
    header, rows = _header_and_rows(_text(_unpacked(body, where), where), where)
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            name: pl.Series(name, cells, dtype=pl.String)
            for name, cells in zip(header, columns, strict=True)
        }
    )


def _unpacked(body: bytes, where: str) -> bytes:
    """Return the body, out of its gzip wrapping if it came in one."""
    if not body.startswith(GZIP):
        return body
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            unpacked = packed.read(UNPACKED_AT_MOST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadBody(where, f"damaged gzip ({error})", TABLE, FETCH_AGAIN) from error
    if len(unpacked) > UNPACKED_AT_MOST:
        seen = f"gzip that unpacks to more than {UNPACKED_AT_MOST:,} bytes"
        raise BadBody(where, seen, TABLE, LOOK)
    return unpacked


def _text(body: bytes, where: str) -> str:
    """Return the body as text, unless it is no table at all."""
    start = body[:512].removeprefix(b"\xef\xbb\xbf").strip()
    if not start and not body.strip():
        raise BadBody(where, f"an empty body ({len(body)} bytes)", TABLE, FETCH_AGAIN)
    if start.startswith(b"<"):
        shown = " ".join(start[:60].decode("utf-8", "replace").split())
        raise BadBody(where, f"a web page that begins with '{shown}'", TABLE, LOOK)
    for magic, kind in MAGIC.items():
        if start.startswith(magic):
            raise BadBody(where, kind, TABLE, LOOK)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        seen = f"bytes that are no UTF-8 text (at byte {error.start:,})"
        raise BadBody(where, seen, TABLE, LOOK) from error
    if "\0" in text:
        seen = f"a zero byte in the text (at character {text.index(chr(0)):,})"
        raise BadBody(where, seen, TABLE, LOOK)
    return text


def _header_and_rows(text: str, where: str) -> tuple[list[str], list[list[str]]]:
    """Return the names and the rows, each row with one cell for every name."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    odd: tuple[int, int] | None = None
    try:
        for fields in reader:
            if not fields:
                continue
            if odd:
                raise _another_count(where, odd, header, last=False)
            if not header:
                header = fields
            elif len(fields) == len(header):
                rows.append(fields)
            else:
                odd = (reader.line_num, len(fields))
    except csv.Error as error:
        seen = f"line {reader.line_num} cut off or damaged ({error})"
        raise BadBody(where, seen, "every quote closed", FETCH_AGAIN) from error
    if odd:
        raise _another_count(where, odd, header, last=True)
    _require_table(where, header, rows)
    return header, rows


def _another_count(
    where: str, odd: tuple[int, int], header: Sequence[str], *, last: bool
) -> BadBody:
    """Return the error for a row that has more or fewer fields than the header."""
    line, count = odd
    if last and count < len(header):
        seen = f"the last row (line {line}) cut off after {count} fields"
    else:
        seen = f"{count} fields in line {line}"
    return BadBody(where, seen, f"{len(header)} as in the header", FETCH_AGAIN if last else LOOK)


def _require_table(where: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Refuse a header that names a column twice, and a table without rows."""
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        seen = f"the column {', '.join(map(repr, twice))} more than once in the header"
        raise BadBody(where, seen, "each name once", LOOK)
    if not rows:
        raise BadBody(where, "a header without any row below it", "at least one row", FETCH_AGAIN)
