"""Columns: read the columns that a schema lists, and convert their values to texts.

Promises: an index refers to the dictionary that the schema names, and to no other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any

from schemas.errors import BadBody
from tasks.formats.sniffing import CHECK_SOURCE
from tasks.powerbi.json_values import list_in, object_in
from tasks.powerbi.values import Digits, OddError, text_of

EQUAL_ALIKE = frozenset({str, int, bool, Digits})
"""Types of which two equal values have one text. Of broken numbers 0.0 and -0.0 are equal."""
Texts = list[str | None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the schema; `entries` is its dictionary, None when it has none."""

    name: str
    kind: int | None
    entries: Sequence[Any] | None

    def text(self, value: Any) -> str | None:
        """Return the text of a value; raises OddError for an index beyond the dictionary."""
        if self.entries is None or value is None or type(value) is str:
            return text_of(value, self.kind)
        if type(value) is not int or not 0 <= value < len(self.entries):
            seen = f"index {value} in a dictionary of {len(self.entries):,}"
            raise OddError(seen, f"an entry of the dictionary of {self.name}")
        return text_of(self.entries[value], self.kind)


def columns_of(schema: Any, dictionaries: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns that a schema lists. Raises OddError.

    >>> columns_of([{"N": "G0", "T": 1, "DN": "D0"}], {"D0": ["KHM", "PRK"]})[0].text(1)
    'PRK'
    """
    listed = list_in(schema)
    if not listed:
        raise OddError("a schema S that lists no columns", "at least one")
    columns = tuple(_column(one, dictionaries) for one in listed)
    if len({column.name for column in columns}) < len(columns):
        raise OddError("a schema S that names a column twice", "each name once")
    return columns


def texts_of(column: Column, values: Sequence[Any], *, first: int, where: str) -> Texts:
    """Return the texts of a column's values, null as None.

    `first` is the number of the first value's row. Raises BadBody with the row of a value that the
    column cannot have.

    >>> texts_of(Column("M0", 4, None), [5, None, "7L"], first=1, where="example")
    ['5', None, '7']
    """
    types = set(map(type, values)) - {NoneType}
    try:
        if len(types) == 1 and types <= EQUAL_ALIKE:
            known = {value: column.text(value) for value in set(values)}
            return [known[value] for value in values]
        return [column.text(value) for value in values]
    except OddError:
        return _one_by_one(column, values, first, where)


def refused(odd: OddError, number: int, where: str) -> BadBody:
    """Return the error for a row of an answer."""
    return BadBody(f"{where}, row {number:,}", odd.seen, odd.expected, CHECK_SOURCE)


def _one_by_one(column: Column, values: Iterable[Any], first: int, where: str) -> Texts:
    texts: Texts = []
    for number, value in enumerate(values, start=first):
        try:
            texts.append(column.text(value))
        except OddError as odd:
            raise refused(odd, number, where) from odd
    return texts


def _column(schema: Any, dictionaries: Mapping[str, Any]) -> Column:
    column = object_in(schema) or {}
    name, kind, dictionary = column.get("N"), column.get("T"), column.get("DN")
    if not isinstance(name, str) or not isinstance(kind, int | None):
        raise OddError(f"the column {schema!r} in the schema", "a name N and a type T")
    if dictionary is None:
        return Column(name, kind, None)
    entries = list_in(dictionaries.get(str(dictionary)))
    if entries is None:
        raise OddError(f"no dictionary {dictionary} in ValueDicts", f"that of {name}")
    return Column(name, kind, entries)
