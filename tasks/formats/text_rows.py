r"""Text rows: where in a delimited text a row stands, with its lines verbatim.

Promises: a place is returned only where the text has exactly the cells that a parser read there.
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from schemas.errors import BadBody
from tasks.formats.sniffing import kind_of, text_of, unpacked

DELIMITERS: Final = (",", ";", "\t")
HEADERS: Final = 20
"""Records at the top of which one may be the header."""


Wanted = Mapping[int, Sequence[str | None]]


class TextRow(NamedTuple):
    """Where a row stands: the number of its first line, from 1, and its lines without the end."""

    line: int
    text: str


Records = Sequence[tuple[Sequence[str], TextRow]]


def text_rows(body: bytes, columns: Sequence[str], wanted: Wanted) -> dict[int, TextRow]:
    r"""Return where rows stand in a delimited text.

    Args:
        body: The bytes, perhaps in gzip; what is no text has no rows.
        columns: The names in the header, in its order.
        wanted: By number [the first row below the header is 1] the cells that were read there.

    >>> text_rows(b"iso3,doses\r\nPRK,5\r\n", ["iso3", "doses"], {1: ["PRK", "5"]})
    {1: TextRow(line=2, text='PRK,5')}
    >>> text_rows(b"iso3,doses\nPRK,5\n", ["iso3", "doses"], {1: ["PRK", "6"]})
    {}
    """
    try:
        content = unpacked(body, "", "")
        text = text_of(content, "", "") if kind_of(content) == "text" else ""
    except BadBody:
        return {}
    lines = io.StringIO(text, newline="").readlines()
    for delimiter in DELIMITERS:
        records = _records(lines, delimiter)
        if found := _by_number(records, columns, wanted) or _by_cells(records, wanted):
            return found
    return {}


def _records(lines: Sequence[str], delimiter: str) -> list[tuple[list[str], TextRow]]:
    """Return the fields of each record that is not blank, and where it stands."""
    reader, end = csv.reader(lines, delimiter=delimiter), 0
    records: list[tuple[list[str], TextRow]] = []
    try:
        for fields in reader:
            begin, end = end, reader.line_num
            if fields:
                row = TextRow(begin + 1, "".join(lines[begin:end]).rstrip("\r\n"))
                records.append((_comparable(fields), row))
    except csv.Error:  # the careful reader of the source has refused that row, or read it whole
        return records
    return records


def _by_number(records: Records, columns: Sequence[str], wanted: Wanted) -> dict[int, TextRow]:
    """Return the rows by their number below the header, where the text has the same cells.

    A parser may have added columns of its own; the others have to agree.
    """
    names = _comparable(columns)
    shared = [len({*fields} & {*names}) for fields, _ in records[:HEADERS]]
    header = shared.index(max(shared)) if max(shared, default=0) > 1 else len(records)
    found: dict[int, TextRow] = {}
    for number, cells in wanted.items():
        if header + number < len(records):
            fields, row = records[header + number]
            read = dict(zip(names, _comparable(cells), strict=True))
            printed = dict(zip(records[header][0], fields, strict=False))
            if all(printed.get(name) == read[name] for name in {*printed} & {*read}):
                found[number] = row
    return found


def _by_cells(records: Records, wanted: Wanted) -> dict[int, TextRow]:
    """Return the rows that one record alone has all cells of: of a header that the parser made."""
    found: dict[int, TextRow] = {}
    for number, cells in wanted.items():
        texts = [text for text in _comparable(cells) if text]
        rows = [row for fields, row in records if len(texts) > 1 and _has_all(fields, texts)]
        if len(rows) == 1:
            found[number] = rows[0]
    return found


def _has_all(fields: Sequence[str], texts: Sequence[str]) -> bool:
    """Return whether the fields have all texts in their order."""
    rest = iter(fields)
    return all(text in rest for text in texts)


def _comparable(fields: Collection[str | None]) -> list[str]:
    return [(field or "").strip().casefold() for field in fields]
