"""Values: convert the values of an answer's columns to texts.

The digits are those published; nothing is scaled, rounded or guessed. A value that the type of its
column does not allow is refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import NoneType
from typing import Any

from schemas.errors import BadBody
from tasks.formats.json_records import Digits, list_in, object_in
from tasks.formats.sniffing import CHECK_SOURCE

TEXT, DECIMAL, DOUBLE, INTEGER, BOOL, DATE, DATETIME = range(1, 8)
"""Types T of a column, as answers number them; all others are passed on as published."""
NUMBERS = frozenset({DECIMAL, DOUBLE, INTEGER})
DAYS = frozenset({DATE, DATETIME})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LITERAL = re.compile(r"([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)[LDM]", re.ASCII)
"""A number as the query language writes it: L is a whole one, D a double, M a decimal."""
MILLISECONDS = re.compile(r"-?\d{1,15}", re.ASCII)
LATEST = 10**15  # milliseconds since 1970 beyond any day that a calendar has
Texts = list[str | None]


EQUAL_ALIKE = frozenset({str, int, bool, Digits})
"""Types of which two equal values have one text. Of broken numbers 0.0 and -0.0 are equal."""


class OddError(ValueError):
    """An unknown form in an answer: what was seen, what was expected."""

    def __init__(self, seen: str, expected: str) -> None:
        super().__init__(seen, expected)
        self.seen, self.expected = seen, expected

    def in_row(self, number: int, where: str) -> BadBody:
        """Return the error for a row of an answer."""
        return BadBody(f"{where}, row {number:,}", self.seen, self.expected, CHECK_SOURCE)


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
        return list(map(column.text, values))
    except OddError:
        for number, value in enumerate(values, start=first):
            try:
                column.text(value)
            except OddError as odd:
                raise odd.in_row(number, where) from odd
        raise


def text_of(value: Any, kind: int | None) -> str | None:
    """Return a value of a column of type `kind` (T of the schema) as text, null as None.

    Numbers keep their digits as written and lose the letter of their type; a date in
    milliseconds since 1970 (UTC) becomes `2021-06-04`, or `2021-06-04T12:30:00` inside of a day.
    Raises OddError: the type does not allow the value.
    """
    if value is None:
        return None
    if type(value) is int and kind in NUMBERS:
        return str(value)
    if isinstance(value, bool):
        if kind in NUMBERS | DAYS | {TEXT}:
            raise OddError(f"{str(value).lower()} in a column of type {kind}", "a value of it")
        return str(value).lower()
    if isinstance(value, Digits | int | float):
        return _of_number(str(value), kind)
    if isinstance(value, str):
        return _of_text(value, kind)
    raise OddError(f"a {type(value).__name__} where a value stands", "a text or a number")


def _of_text(value: str, kind: int | None) -> str:
    if kind in NUMBERS and (literal := LITERAL.fullmatch(value)):
        return literal[1]
    if kind in DAYS and MILLISECONDS.fullmatch(value):
        return _date_or_time(int(value))
    return value


def _of_number(digits: str, kind: int | None) -> str:
    if kind in {TEXT, BOOL}:
        raise OddError(f"the number {digits} in a column of type {kind}", "a value of that type")
    if kind not in DAYS:
        return digits
    whole = Decimal(digits)
    if not -LATEST <= whole <= LATEST or whole != int(whole):
        raise OddError(f"{digits} as a date", "whole milliseconds since 1970")
    return _date_or_time(int(whole))


def _date_or_time(milliseconds: int) -> str:
    """Return a date, or a date and time within a day, in UTC, as ISO 8601."""
    try:
        instant = (EPOCH + timedelta(milliseconds=milliseconds)).replace(tzinfo=None)
    except OverflowError as error:
        raise OddError(f"{milliseconds} as a date", "milliseconds since 1970") from error
    is_day = not milliseconds % 86_400_000
    return instant.date().isoformat() if is_day else instant.isoformat()
