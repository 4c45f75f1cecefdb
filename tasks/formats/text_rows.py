r"""Text rows: where in a delimited text a row stands, with its lines verbatim.

Promises: a place is returned only where the text has exactly the cells that a parser read there.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple, overload

from schemas.errors import BadBody
from tasks.formats.sniffing import kind_of, text_of, unpacked

DELIMITERS: Final = (",", ";", "\t")
ENDS: Final = frozenset({"\n", "\r", "\r\n"})
"""Lines that are blank."""
LONGEST: Final = csv.field_size_limit()
"""Characters of a field that the csv module reads."""
HEADERS: Final = 20
"""Records at the top of which one may be the header."""


Wanted = Mapping[int, Sequence[str | None]]


class TextRow(NamedTuple):
    """Where a row stands: the number of its first line, from 1, and its lines without the end."""

    line: int
    text: str


class Record(NamedTuple):
    """The fields of a record that is not blank, and its lines: from `begin` up to before `end`."""

    fields: Sequence[str]
    begin: int
    end: int


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
    return TextRows(body).rows(columns, wanted)


class TextRows:
    """The records of a delimited text, whose lines are counted once for each delimiter."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._found: dict[str, Records] = {}

    def rows(self, columns: Sequence[str], wanted: Wanted) -> dict[int, TextRow]:
        """Return where rows stand, as `text_rows`."""
        for delimiter in DELIMITERS if wanted else ():
            if delimiter not in self._found:
                self._found[delimiter] = Records(self._lines, delimiter)
            records = self._found[delimiter]
            found = _by_number(records, columns, wanted) or _by_cells(records, wanted)
            if found:
                return {number: self._row(record) for number, record in found.items()}
        return {}

    @cached_property
    def _lines(self) -> Sequence[str]:
        try:
            content = unpacked(self._body, "", "")
            text = text_of(content, "", "") if kind_of(content) == "text" else ""
        except BadBody:
            return []
        return io.StringIO(text, newline="").readlines()

    def _row(self, record: Record) -> TextRow:
        text = "".join(self._lines[record.begin : record.end]).rstrip("\r\n")
        return TextRow(record.begin + 1, text)


class Records(Sequence[Record]):
    """The records of lines. Where each begins is found at once; its fields when it is asked for.

    A row that the careful reader of the source refuses, or reads whole, is the end.
    """

    def __init__(self, lines: Sequence[str], delimiter: str) -> None:
        self._lines, self._delimiter = lines, delimiter
        is_plain = '"' not in "".join(lines) and max(map(len, lines), default=0) <= LONGEST
        if is_plain and ENDS.isdisjoint(lines):
            self._begins: Sequence[int] = range(len(lines))
        else:
            rows = (at for at, line in enumerate(lines) if line not in ENDS)
            self._begins = list(rows if is_plain else self._found())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._begins)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | Sequence[Record]:
        """Return a record, or several."""
        if isinstance(at, slice):
            return [self[place] for place in range(len(self))[at]]
        return self._read(self._begins[at])

    def _found(self) -> Iterator[int]:
        """Yield where records begin; only a line with a quote may go on in the next one."""
        begin = 0
        while begin < len(self._lines):
            line, end = self._lines[begin], begin + 1
            if '"' in line or len(line) > LONGEST:
                try:
                    end = self._read(begin).end
                except csv.Error:
                    return
            if line not in ENDS:
                yield begin
            begin = end

    def _read(self, begin: int) -> Record:
        following = (self._lines[at] for at in range(begin, len(self._lines)))
        reader = csv.reader(following, delimiter=self._delimiter)
        return Record(next(reader), begin, begin + reader.line_num)


def _by_number(
    records: Sequence[Record], columns: Sequence[str], wanted: Wanted
) -> dict[int, Record]:
    """Return the records by their number below the header, where the text has the same cells.

    A parser may have added columns of its own; the others have to agree.
    """
    names = _comparable(columns)
    heads = [_comparable(record.fields) for record in records[:HEADERS]]
    shared = [len({*fields} & {*names}) for fields in heads]
    header = shared.index(max(shared)) if max(shared, default=0) > 1 else len(records)
    found: dict[int, Record] = {}
    for number, cells in wanted.items():
        if header + number < len(records):
            record = records[header + number]
            read = dict(zip(names, _comparable(cells), strict=True))
            printed = dict(zip(heads[header], _comparable(record.fields), strict=False))
            if all(printed.get(name) == read[name] for name in {*printed} & {*read}):
                found[number] = record
    return found


def _by_cells(records: Sequence[Record], wanted: Wanted) -> dict[int, Record]:
    """Return the records that alone have all cells of a row: of a header that the parser made."""
    fields = [_comparable(record.fields) for record in records] if wanted else []
    found: dict[int, Record] = {}
    for number, cells in wanted.items():
        texts = [text for text in _comparable(cells) if text]
        rows = [at for at, own in enumerate(fields) if len(texts) > 1 and _has_all(own, texts)]
        if len(rows) == 1:
            found[number] = records[rows[0]]
    return found


def _has_all(fields: Sequence[str], texts: Sequence[str]) -> bool:
    """Return whether the fields have all texts in their order."""
    rest = iter(fields)
    return all(text in rest for text in texts)


def _comparable(fields: Collection[str | None]) -> list[str]:
    return [(field or "").strip().casefold() for field in fields]
