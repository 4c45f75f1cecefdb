"""Tokens: a passage of a report cut into days, numbers, words and the marks between them.

A number is its digits as printed; no part of a day, of a week's number, of a percentage or of a
name (COVID-19) is taken for one; digits that may belong to a day or to a number ("October 14 678
people") come back as both.
"""

import re
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["period", "day", "number", "share", "word", "mark"]

_MONTH = (
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\b|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?<!\d)\d{1,2}(?:st|nd|rd|th)?(?!\d)"
_YEAR = r"(?:,? ?(?:19|20)\d\d(?!\d))?"
_TO = r" ?(?:-|to|until|till|through) ?"
_AND = r" ?(?:-|to|until|till|through|and) ?"
_PERIODS = (
    rf"{_DAY} {_MONTH}{_YEAR}{_AND}{_DAY} {_MONTH}{_YEAR}",
    rf"{_MONTH} {_DAY}{_YEAR}{_AND}{_MONTH} {_DAY}{_YEAR}",
    rf"{_DAY}{_TO}{_DAY} {_MONTH}{_YEAR}",
    rf"{_MONTH} {_DAY}{_TO}{_DAY}{_YEAR}",
    rf"[Bb]etween {_DAY} and {_DAY} {_MONTH}{_YEAR}",
    rf"[Bb]etween {_MONTH} {_DAY} and {_DAY}{_YEAR}",
)
_DAYS = (
    rf"{_DAY} {_MONTH}{_YEAR}",
    rf"{_MONTH} {_DAY},? (?:19|20)\d\d(?!\d)",
    rf"{_MONTH} (?:19|20)\d\d(?!\d)",
    r"[Ww]eeks? ?#\d{1,2}(?: ?(?:-|and|&) ?#?\d{1,2})?(?!\d)",
)
_OPEN_DAYS = (rf"{_MONTH} {_DAY}", r"[Ww]eeks? \d{1,2}(?: ?(?:-|and|&) ?\d{1,2})?(?!\d)")
_GROUPED = r"\d{1,3}(?:[ ,]\d{3})+(?!\d)"
_TOKEN = re.compile(
    "|".join(
        f"(?P<{name}>{'|'.join(parts)})"
        for name, parts in {
            "period": _PERIODS,
            "both": tuple(rf"{part} \d{{3}}(?:[ ,]\d{{3}})*(?!\d)" for part in _OPEN_DAYS),
            "day": _DAYS + _OPEN_DAYS,
            "share": (r"\d+(?:[ ,]\d{3})*\.\d+ ?%?", r"\d+ ?%"),
            "number": (_GROUPED, r"\d+"),
            "word": (r"[^\W\d_][\w'/&.]*(?:-[\w'/]+)*(?<!\.)",),
            "mark": (r"\S",),
        }.items()
    ),
    re.ASCII,
)
_DASHES = str.maketrans(
    dict.fromkeys("\N{EN DASH}\N{EM DASH}\N{NON-BREAKING HYPHEN}\N{HYPHEN}\N{MINUS SIGN}", "-")
    | {"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{LEFT SINGLE QUOTATION MARK}": "'"}
)
_LAST_NUMBER = re.compile(r"\d{1,2} (\d{3}(?:[ ,]\d{3})*)$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a passage. `text`: as printed, with plain dashes and single spaces.

    period: two days and what is between. day: one day, month or week. share: a percentage or a
    fraction. mark: one other sign. `others`: of a number, what else its digits may say.
    """

    kind: Kind
    text: str
    others: tuple[str, ...] = ()


def plain(text: str) -> str:
    r"""Return a text with plain dashes and quotes, and one space for any kind and number of spaces.

    >>> plain("8\N{EN DASH}14  October: 38\N{NARROW NO-BREAK SPACE}378\N{NO-BREAK SPACE}277")
    '8-14 October: 38 378 277'
    """
    return " ".join(text.translate(_DASHES).split())


def tokens(text: str) -> list[Token]:
    """Return the tokens of a passage."""
    found: list[Token] = []
    for part in _TOKEN.finditer(plain(text)):
        if part.lastgroup == "both":
            number = _LAST_NUMBER.search(part[0])
            assert number is not None
            found.append(Token("day", part[0][: number.start(1)].rstrip()))
            found.append(Token("number", number[1], (number[0],)))
        else:
            found.append(Token(cast("Kind", part.lastgroup), part[0]))
    return found
