"""Cells: one published text in, one canonical value out.

Promises: a value is exact or the cell is unreadable, with the reason as a sentence. Nothing is
rounded away, nothing is repaired; figures that are merely implausible are read like any other.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from types import MappingProxyType

import polars as pl

from schemas.columns import FIRST_OF_MONTH, From
from schemas.countries import iso3_of

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
UNKNOWN = {
    r"\d[\d ,.]*( or \d[\d ,.]*)+": "is several numbers, and which of them holds is unknown",
    r"-?\d(\.\d+)?E\+\d\d": "was rounded by a spreadsheet, and its other digits are unknown",
}
"""Cells that state no single number: what a reader of reports found, what Excel saved."""
MINUS_SIGN = "\N{MINUS SIGN}"
FIFTEEN_DIGITS = Context(prec=15)
"""What a double holds for certain; digits behind these may be noise of a publisher's software."""
SPREADSHEET_DAYS = re.compile(r"[34]\d{4}", re.ASCII)
SPREADSHEET_DAY_0 = date(1899, 12, 30)
NOISE, HALVES = 2, 2**52
"""Steps from a double to the next that noise reaches; the size from which a double is whole."""
LARGEST = 2**63 - 1


class UnreadableError(ValueError):
    """A cell that cannot be read exactly; `rule` names what it breaks, the message says why."""

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(rule, reason)
        self.rule, self.reason = rule, reason

    def __str__(self) -> str:
        """Return the sentence for the quarantine."""
        return self.reason


def words(text: str, _how: From) -> str:
    """Return a text as published."""
    return text


def country(text: str, _how: From, *, known: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the ISO 3166-1 alpha-3 code of a country's code or name.

    `known`: codes by the names that one source alone uses; they override the general aliases.

    Raises UnreadableError: neither ISO 3166 nor the alias table knows it (rule known_country).
    """
    code = known.get(text) or iso3_of(text)
    if code is None:
        reason = (
            f"'{_short(text)}' is no country that ISO 3166 or our aliases know; add it to ALIASES "
            f"in schemas/countries.py, or to not_countries of its source."
        )
        raise UnreadableError("known_country", reason)
    return code


def whole_number(text: str, how: From) -> int:
    """Return a count, after the declared multiplication or division, exactly.

    >>> whole_number("38928.341", From(("pop",), multiply=1000))
    38928341

    Raises UnreadableError: no number, or not whole after the conversion (rule readable).
    """
    published = Decimal(_digits(text, how))
    if published != published.to_integral_value():
        rounded = FIFTEEN_DIGITS.plus(published)
        steps = NOISE * Decimal(math.ulp(published)) if abs(published) < HALVES else 0
        published = rounded if abs(rounded - published) <= min(steps, 1) else published
    value = published * how.multiply / how.divide
    if abs(value) > LARGEST:
        raise UnreadableError("readable", f"'{_short(text)}' is too large for a count.")
    if value != value.to_integral_value():
        raise UnreadableError(
            "readable", f"'{_short(text)}'{_converted(how)} is not a whole number."
        )
    return int(value)


def plain_whole_numbers(texts: pl.Series, how: From) -> pl.Series | None:
    """Return the counts among texts, null where `whole_number` must look; None if it must anyway.

    Digits with a sign, and behind them ".0", as software writes a count that it holds as a double.

    >>> plain_whole_numbers(pl.Series(["17", "-2.0", "1e3", ""]), From(("tests",))).to_list()
    [17, -2, None, None]
    """
    if how.thousands or how.multiply != 1 or how.divide != 1 or any(map(NUMBER.match, how.blanks)):
        return None
    counts = texts.str.strip_suffix(".0").cast(pl.Int64, strict=False)
    least = counts.min()
    return None if isinstance(least, int) and least < -LARGEST else counts


def real_number(text: str, how: From) -> float:
    """Return a figure, after the declared multiplication or division of the nearest double.

    >>> real_number("292.0691223144531", From(("secured",), divide=100))
    2.9206912231445314

    Raises UnreadableError: no number, or beyond what a double holds (rule readable).
    """
    plain = _digits(text, how)
    value = float(plain) * how.multiply / how.divide
    if not math.isfinite(value):
        raise UnreadableError("readable", f"'{_short(text)}' is too large for a figure.")
    if float(plain) == 0 and Decimal(plain) != 0:
        raise UnreadableError("readable", f"'{_short(text)}' is too small for a figure.")
    return value + 0.0  # -0.0 becomes 0.0: they are equal, but their bytes are not


def day(text: str, how: From) -> date:
    """Return a day written in one of the declared forms.

    >>> day("18Feb2021", From(("first",), dates=("%Y-%m-%d", "%d%b%Y")))
    datetime.date(2021, 2, 18)

    Raises UnreadableError: no form fits, there is no such day, or two forms that fit mean different
    days (rule readable).
    """
    read = {found for form in how.dates if (found := _day(text, form))}
    forms = " or ".join(how.dates)
    if not read:
        raise UnreadableError("readable", f"'{_short(text)}' is no day of the form {forms}.")
    if len(read) > 1:
        days = " or ".join(sorted(found.isoformat() for found in read))
        raise UnreadableError("readable", f"'{_short(text)}' may be {days}.")
    return read.pop()


def with_fitting_dates(texts: Iterable[str], how: From) -> From:
    """Return the declaration with only the date formats that read the whole column, if any do."""
    written = {text.strip() for text in texts} - {"", *how.blanks}
    fitting = tuple(form for form in how.dates if all(_day(text, form) for text in written))
    return replace(how, dates=fitting or how.dates)


@lru_cache(maxsize=2**14)
def _day(text: str, form: str) -> date | None:
    if form == FIRST_OF_MONTH:
        is_days = SPREADSHEET_DAYS.fullmatch(text) is not None
        found = SPREADSHEET_DAY_0 + timedelta(days=int(text)) if is_days else None
        return found if found and found.day == 1 else None
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC).date()
    except ValueError:
        return None


Reader = Callable[[str, From], str | int | float | date]
READERS: dict[pl.DataType, Reader] = {
    pl.String(): words,
    pl.Int64(): whole_number,
    pl.Float64(): real_number,
    pl.Date(): day,
}
"""How a cell is read, by the type of its canonical column."""


def _digits(text: str, how: From) -> str:
    """Return a number in the form that Python reads: no separators, an ASCII minus."""
    plain = text.replace(MINUS_SIGN, "-")
    for pattern, fault in UNKNOWN.items():
        if re.fullmatch(pattern, plain, re.ASCII):
            raise UnreadableError("readable", f"'{_short(text)}' {fault}.")
    if any(mark in plain for mark in how.thousands):
        mark = f"[{re.escape(how.thousands)}]"
        fraction = "" if "." in how.thousands else r"(\.\d*)?"
        if not re.fullmatch(rf"[+-]?\d{{1,3}}({mark}\d{{3}})+{fraction}", plain, re.ASCII):
            reason = f"'{_short(text)}' is no number with its digits grouped in threes."
            raise UnreadableError("readable", reason)
        plain = re.sub(mark, "", plain)
    if not NUMBER.fullmatch(plain):
        raise UnreadableError("readable", f"'{_short(text)}' is no number.")
    return plain


def _converted(how: From) -> str:
    """Return the declared conversion in words."""
    times = f" times {how.multiply:,}" if how.multiply != 1 else ""
    return times + (f" divided by {how.divide:,}" if how.divide != 1 else "")


def _short(text: str) -> str:
    """Return the first 60 characters of a cell."""
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004
