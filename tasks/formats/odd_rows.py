"""Odd rows: lines of a large table that do not fit its header, separated from the plain ones."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from schemas.columns import ODD, ODD_REASON, ROW
from schemas.source import Budget
from tasks.formats.careful_csv import OddRow, require_budget, take_row
from tasks.formats.text_lines import LONGEST, Lines

FIELD: Final = r'(?:[^",]*|"(?:[^"]|"")*")'
QUOTED: Final = r'"(?:[^"]|"")*"'
LINE: Final = f"^{FIELD}(?:,{FIELD})*$"
PIECE: Final = 2**22
"""Bytes of a table that are looked at in one go."""


@dataclass(frozen=True, slots=True)
class PlainLines:
    """`rows`: lines below the header. `odd`: positions of lines that are no plain row."""

    rows: int
    odd: list[int]


def plain_lines(body: bytes, width: int) -> PlainLines | None:
    """Return which lines of a CSV are a row of `width` fields; None where a line is too long."""
    odd: list[int] = []
    count = start = 0
    while start < len(body):
        end = body.find(b"\n", start + PIECE) if start + PIECE < len(body) else -1
        end = len(body) if end < 0 else end
        if end - start > LONGEST:
            return None
        piece = body[start:end].removesuffix(b"\n").decode()
        lines = pl.Series([piece]).str.split("\n").explode().str.strip_suffix("\r")
        commas = lines
        is_odd = pl.repeat(value=False, n=len(lines), eager=True)
        if '"' in piece:
            is_odd = ~lines.str.contains(LINE)
            commas = lines.str.replace_all(QUOTED, "")
        is_odd |= commas.str.count_matches(",", literal=True) != width - 1
        odd += (is_odd.arg_true() + count).to_list()
        count, start = count + len(lines), end + 1
    return PlainLines(count - 1, odd)


def plain_table(body: bytes, names: Sequence[str], *, most: int) -> pl.DataFrame | None:
    """Return the rows below the header of a CSV as strings.

    None where a line is no plain row, or rows are more than `most`.
    """
    rows = _plain_rows(body, len(names))
    if not 0 < rows <= most:
        return None
    try:
        frame = pl.read_csv(
            body,
            has_header=False,
            skip_rows=1,
            schema=dict.fromkeys(names, pl.String()),
            empty_string_is_null=False,
        )
    except PolarsError:  # a row that is too wide
        return None
    return frame if frame.height == rows else None


def _plain_rows(body: bytes, width: int) -> int:
    """Return how many rows of `width` fields a plain CSV has; 0 where it is none.

    Without quotes only the fields of all lines together are counted, which is fast: polars refuses
    a row that is too wide, unless it is the last one and has no line break.
    """
    if b'"' in body or not body.endswith(b"\n"):
        looked_at = plain_lines(body, width)
        return 0 if looked_at is None or looked_at.odd else looked_at.rows
    lines = body.count(b"\n")
    return lines - 1 if body.count(b",") == lines * (width - 1) else 0


def without_odd_lines(
    body: bytes, where: str, budget: Budget
) -> tuple[bytes, dict[int, OddRow]] | None:
    """Return a CSV without its odd rows, and these by their position below the header.

    None where its other lines are no plain table. Raises BadBody: the last row is cut off, or more
    rows are odd than the budget allows.
    """
    lines = body.decode().removesuffix("\n").split("\n")
    width = len(next(csv.reader(lines[:1])))
    looked_at = plain_lines(body, width) if width else None  # its header is below a blank line
    if looked_at is None or 0 in looked_at.odd or len(looked_at.odd) > len(lines) / 2:
        return None
    odd: dict[int, OddRow] = {}
    for at in looked_at.odd:
        following = (lines[place] for place in range(at, len(lines)))
        row = take_row(Lines(following, count=at), ",", width)
        found = row.odd(at + 1, width)
        if found is None or len(row.lines) > 1:
            return None
        odd[at - 1] = found
        require_budget(odd, len(lines) - 1, where, budget, last=at == len(lines) - 1)
    left_out = set(looked_at.odd)
    plain = "\n".join(line for at, line in enumerate(lines) if at not in left_out)
    return plain.encode(), odd


def with_odd_rows(frame: pl.DataFrame, odd: Mapping[int, OddRow]) -> pl.DataFrame:
    """Return a table with odd rows in their places, which are positions in the result."""
    places = [place for place in range(frame.height + len(odd)) if place not in odd]
    columns = dict(
        zip(frame.columns, zip(*(one.fitted() for one in odd.values()), strict=True), strict=True)
    )
    beside = pl.DataFrame(columns, schema=frame.schema).with_columns(pl.Series(ROW, list(odd)))
    rows = pl.concat([frame.with_columns(pl.Series(ROW, places)), beside])
    return marked(rows.sort(ROW).drop(ROW), odd)


def marked(frame: pl.DataFrame, odd: Mapping[int, OddRow]) -> pl.DataFrame:
    """Return a table with ODD and ODD_REASON for its rows at these positions; as it is for none."""
    if not odd:
        return frame
    named = {place: (one.text, one.reason) for place, one in odd.items()}
    cells = [named.get(place, ("", "")) for place in range(frame.height)]
    texts, reasons = zip(*cells, strict=True)
    return frame.with_columns(pl.Series(ODD, texts), pl.Series(ODD_REASON, reasons))
