"""Wording of judgements: figures, ranges and missing entities as text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from schemas.expectations.bounds import Span
from schemas.expectations.expectation import Expectation
from schemas.wording import MINUS, country, day, listed

NAMED: Final = 8
"""The number of missing entities that are named."""
ONE: Final = {
    "countries": "country",
    "people": "person",
    "buyers": "buyer",
    "rows": "row",
    "days": "day",
}


def amount(value: float, expectation: Expectation) -> str:
    """Return a figure of an expectation with its unit."""
    text = number(value, expectation)
    if expectation.unit in {"share", "change"}:
        return text
    noun = ONE.get(expectation.noun, expectation.noun) if text == "1" else expectation.noun
    return f"{text} {noun}"


def number(value: float, expectation: Expectation) -> str:
    """Return a figure of an expectation without the noun; a share in percent."""
    sign = MINUS if value < 0 else ""
    if expectation.unit == "count":
        return f"{sign}{abs(value):,.0f}"
    if expectation.unit == "days":
        return f"{sign}{_short(abs(value), 1)}"
    sign = "+" if value > 0 and expectation.unit == "change" else sign
    percent = abs(value) * 100
    tiny = 0 < percent < 0.1  # noqa: PLR2004 (what one decimal cannot show)
    return f"{sign}{_short(percent, 3 if tiny else 1)} %"


def _short(value: float, decimals: int) -> str:
    """Return a number without trailing zeros."""
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def expected(within: Span, expectation: Expectation) -> str:
    """Return a range in words."""
    least, most = within.least, within.most
    if least is None and most is None:
        return "anything"
    if least is None:
        return "none" if most == 0 else f"at most {amount(most or 0, expectation)}"
    if most is None:
        return f"at least {amount(least, expectation)}"
    if least == most:
        return amount(most, expectation)
    return f"{number(least, expectation)} to {amount(most, expectation)}"


def named(gone: Mapping[str, datetime], *, of: str, before: datetime) -> str:
    """Return the missing entities in words, with the last day they were seen if that is older.

    `gone`: by entity, the as_of of the last vintage that has it. `before`: as_of of the previous
    vintage.
    """
    if not gone:
        return "none"
    names = listed([country(one) if of == "countries" else one for one in gone], NAMED)
    noun = ONE.get(of, of) if len(gone) == 1 else of
    since, first, newest = "", min(gone.values()), max(gone.values())
    if first < before:
        is_one = day(first) == day(newest)
        since = f"on {day(first)}" if is_one else f"between {day(first)} and {day(newest)}"
        since = f", last seen {since}"
    return f"{len(gone):,} {noun}: {names}{since}"
