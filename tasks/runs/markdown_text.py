"""Text as Markdown: nothing from outside becomes markup, and a link opens or is none."""

import re
from collections.abc import Sequence
from typing import Final

from schemas.wording import printable

MARKUP: Final = re.compile(r"[\\`*_{}\[\]()#+!|<>&~:/@$]|(?<=www)\.", re.IGNORECASE)
SIMILAR: Final = str.maketrans(
    {"<": "(", ">": ")", "[": "(", "]": ")", "*": "'", "`": "'", "_": "-", "~": "-", "|": "/"}
    | {"@": " at "}
)
"""What stands for a character that begins markup."""
LONGEST: Final = 600
"""Characters of a sentence on a page."""
MOST: Final = 50
"""Entries of a list on a page."""


def plain(text: str) -> str:
    r"""Return text as Markdown that shows it as it is: no link, no picture, no markup.

    >>> print(plain("[a](javascript:b) <img src=x> **c**"))
    \[a\]\(javascript\:b\) \<img src=x\> \*\*c\*\*
    """
    shown = printable(text)
    cut = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
    return MARKUP.sub(lambda found: f"\\{found[0]}", cut)


def harmless(text: str) -> str:
    """Return text for a cell that one page shows as Markdown and the next as it is.

    Characters that begin markup become similar ones; an address is no link.

    >>> harmless("<img src=x> [a](http://b) **c**")
    "(img src=x) (a)(http: //b) ''c''"
    """
    shown = printable(text)[:LONGEST].translate(SIMILAR).replace("://", ": //")
    return re.sub(r"(?<=www)\.", " ", shown, flags=re.IGNORECASE)


def code(text: str) -> str:
    """Return text for a span of code or a heading of ours, where only a backtick could act.

    >>> code("a`b|c")
    "a'b/c"
    """
    return printable(text).replace("`", "'").replace("|", "/")[:LONGEST]


def capped(lines: Sequence[str], most: int = MOST) -> list[str]:
    """Return the first lines, and how many more there are.

    >>> capped(["- a", "- b", "- c"], 1)
    ['- a', '- and 2 more']
    """
    more = len(lines) - most
    return [*lines[:most], f"- and {more:,} more"] if more > 0 else list(lines)


def link(name: str, key: str, *, lake: str, base_url: str) -> str:
    """Return a link to a file of the lake, or its address as plain text.

    >>> link("cases", "who_cases/cases/latest.parquet", lake="s3://b", base_url="")
    'cases: `s3://b/who_cases/cases/latest.parquet`'
    >>> link("cases", "data-docs/a.html", lake="s3://b", base_url="https://lake.example.org/")
    '[cases](<https://lake.example.org/data-docs/a.html>)'
    """
    if base_url:
        return f"[{plain(name)}](<{base_url.rstrip('/')}/{key}>)"
    address = f"{lake.rstrip('/')}/{key}" if lake else key
    return f"{plain(name)}: `{code(address)}`"
