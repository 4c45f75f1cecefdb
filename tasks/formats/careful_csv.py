"""The careful reader of delimited text: row by row, for what is not plain, and to say why."""

import csv
import io
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from schemas.errors import BadBody
from schemas.limits import Limits
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN

TABLE: Final = "a comma-separated table in UTF-8"
LONGEST: Final = 2**24
"""Characters of one line."""


def careful_rows(content: bytes, where: str, limits: Limits) -> list[list[str]]:
    """Return all rows of a text in UTF-8, each as wide as the first. Raises BadBody."""
    rows: list[list[str]] = []
    odd: tuple[int, int] | None = None
    reader = csv.reader(_lines(content, where, limits), strict=True)
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
    return rows


def _lines(content: bytes, where: str, limits: Limits) -> Iterator[str]:
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    for number, line in enumerate(iter(partial(lines.readline, LONGEST + 1), ""), start=1):
        if line.count(",") >= limits.columns:
            seen = f"{line.count(',') + 1:,} fields in line {number}"
            raise BadBody(where, seen, f"at most {limits.columns:,}", CHECK_SOURCE)
        if len(line) > LONGEST:
            seen = f"more than {LONGEST:,} characters in line {number:,}"
            raise BadBody(where, seen, "lines of a table", CHECK_SOURCE)
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


def _another_count(where: str, odd: tuple[int, int], width: int, *, last: bool) -> BadBody:
    line, count = odd
    if last and count < width:
        seen = f"the last row (line {line}) cut off after {count} fields"
    else:
        seen = f"{count} fields in line {line}"
    return BadBody(where, seen, f"{width} as in the header", FETCH_AGAIN if last else CHECK_SOURCE)
