"""Values: convert one value of an answer to text.

Promises: the digits are those published; nothing is scaled, rounded or guessed. A value that the
column's type does not allow raises `OddError`.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

TEXT, DECIMAL, DOUBLE, INTEGER, BOOL, DATE, DATETIME = range(1, 8)
"""Types T of a column, as answers number them; all others are passed on as published."""
NUMBERS = frozenset({DECIMAL, DOUBLE, INTEGER})
DAYS = frozenset({DATE, DATETIME})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LITERAL = re.compile(r"([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)[LDM]", re.ASCII)
"""A number as the query language writes it: L is a whole one, D a double, M a decimal."""
MILLISECONDS = re.compile(r"-?\d{1,15}", re.ASCII)
LATEST = 10**15
"""Milliseconds since 1970 beyond any day that a calendar has."""


class Digits(str):
    """A decimal number of a JSON text, with its digits as written."""

    __slots__ = ()


class OddError(ValueError):
    """An unknown form in an answer: what was seen, what was expected."""

    def __init__(self, seen: str, expected: str) -> None:
        super().__init__(seen, expected)
        self.seen, self.expected = seen, expected


def text_of(value: Any, kind: int | None) -> str | None:
    """Return a value of a column of type `kind` (T of the schema) as text, null as None.

    Numbers keep their digits as written and lose the letter of their type; a date in
    milliseconds since 1970 (UTC) becomes `2021-06-04`, or `2021-06-04T12:30:00` inside of a day.

    Raises:
        OddError: The type does not allow the value.

    >>> text_of("479L", INTEGER), text_of("12.3M", DECIMAL), text_of("12.3M", TEXT)
    ('479', '12.3', '12.3M')
    >>> text_of("3.7280000000000006", DOUBLE), text_of(-86_400_000, DATETIME)
    ('3.7280000000000006', '1969-12-31')
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
    if kind in NUMBERS:
        literal = LITERAL.fullmatch(value)
        return literal[1] if literal else value
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
