"""The careful reader of delimited text: row by row, for what is not plain, and to say why."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.errors import BadBody
from schemas.limits import Limits
from schemas.source import Budget
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN
from tasks.formats.text_lines import Lines, text_lines

TABLE: Final = "a comma-separated table in UTF-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class OddRow:
    """A row that has another number of fields than the header, or an odd quote.

    `line`, `end`: where it begins, and how far it was read, from 1 on. `text`: the row as it
    stands. `fields`: what stands between its commas. `width`: fields of the header. `error`: what
    is odd about its quotes; None where only the number of fields is.
    """

    line: int
    end: int
    text: str
    fields: tuple[str, ...]
    width: int
    error: csv.Error | None = None

    @property
    def reason(self) -> str:
        """A sentence for the quarantine."""
        if self.error:
            return f"Line {self.line:,} has an odd quote ({self.error}): the row cannot be read."
        counted = f"Line {self.line:,} has {len(self.fields):,} fields, the header {self.width:,}"
        return f"{counted}: which of them belong to which column is unknown."

    def fitted(self) -> list[str]:
        """Return as many fields as the header has."""
        return [*self.fields, *[""] * self.width][: self.width]

    def refusal(self, where: str, *, last: bool) -> BadBody:
        """Return the error of a table that is refused for this row. `last`: no row follows."""
        if self.error:
            return _unreadable(where, self.end, self.error)
        if last and len(self.fields) < self.width:
            seen = f"the last row (line {self.line}) cut off after {len(self.fields)} fields"
        else:
            seen = f"{len(self.fields)} fields in line {self.line}"
        next_step = FETCH_AGAIN if last else CHECK_SOURCE
        return BadBody(where, seen, f"{self.width} as in the header", next_step)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the text. `lines`: as it stands. `end`: the last line that was read for it."""

    fields: list[str]
    lines: list[str]
    end: int
    error: csv.Error | None = None

    def odd(self, line: int, width: int) -> OddRow | None:
        """Return the record of a row that does not fit a header; None where it does."""
        if not self.fields or (self.error is None and len(self.fields) == width):
            return None
        text = "".join(self.lines).rstrip("\r\n")
        fields = tuple(self.fields)
        return OddRow(
            line=line, end=self.end, text=text, fields=fields, width=width, error=self.error
        )


def careful_rows(
    content: bytes,
    where: str,
    limits: Limits,
    *,
    delimiter: str = ",",
    budget: Budget | None = None,
) -> tuple[list[list[str]], dict[int, OddRow]]:
    """Return all rows of a text in UTF-8, each as wide as the first, and the odd ones by position.

    `budget`: how many rows may be odd; None: none. Raises BadBody: more are, the last row is cut
    off, or a line or the table is beyond the limits.
    """
    lines, count = Lines(text_lines(content, where, limits)), content.count(b"\n")
    rows: list[list[str]] = []
    odd: dict[int, OddRow] = {}
    while not lines.is_over():
        line = lines.count + 1
        row = take_row(lines, delimiter, len(rows[0]) if rows and budget else 0)
        if row.error and not rows:
            raise _unreadable(where, row.end, row.error)
        fields = row.fields
        if rows and (found := row.odd(line, len(rows[0]))):
            odd[len(rows)], fields = found, found.fitted()
            require_budget(odd, count, where, budget, last=lines.is_over())
        rows.append(fields)
        _require_few(rows, where, limits)
    return rows, odd


def require_budget(
    odd: dict[int, OddRow], rows: int, where: str, budget: Budget | None, *, last: bool
) -> None:
    """Refuse a table whose newest odd row shows that it is cut off, or is one too many.

    `rows`: of the table. `last`: no row follows. Raises BadBody.
    """
    first, newest = next(iter(odd.values())), next(reversed(odd.values()))
    if budget is None or (last and (newest.error or len(newest.fields) < newest.width)):
        raise newest.refusal(where, last=last)
    if budget.is_exceeded(len(odd), rows):
        seen = f"more than {len(odd) - 1} rows that do not fit the header. {first.reason}"
        expected = f"at most {budget.rows} such rows, or {100 * budget.share:g} %"
        raise BadBody(where, seen.rstrip("."), expected, CHECK_SOURCE)


def take_row(lines: Lines, delimiter: str, width: int) -> _Row:
    """Return the next row, which is not blank.

    Where it has not `width` fields since a quote swallows rows that have, it is its line alone; 0:
    that is not looked for.
    """
    taken: list[str] = []

    def taking() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    reader = csv.reader(taking(), strict=True, delimiter=delimiter)
    error: csv.Error | None = None
    fields: list[str] = []
    try:
        fields = next(reader)
    except csv.Error as found:
        error = found
    end = lines.count
    counts = {one.count(delimiter) for one in taken}
    if len(taken) > 1 and width not in {0, len(fields)} and counts == {width - 1}:
        error = csv.Error(f"it is closed {len(taken) - 1:,} rows below only")
    if error is None:
        return _Row(fields, taken, end)
    lines.put_back(taken[1:])
    return _Row(taken[0].rstrip("\r\n").split(delimiter), taken[:1], end, error)


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
