"""
Display: how answers look to a person.

Promises: thousands have separators, what was not published is a dash, text from outside is never
taken for markup, and without a terminal there is no colour and the width does not depend on one.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH = 100
"""Columns where there is no terminal that says how many it has."""
NARROW = 80
"""With fewer columns every cell may be broken, so that no digit is lost."""
WORD = 12
"""No column of words gets narrower than its longest word or this."""
DIGITS = 12
"""Of a figure that is not whole."""
MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
ARROW = "\N{RIGHTWARDS ARROW}"
COLOURS = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}


def console() -> Console:
    """Return the console that answers are written to."""
    asked = sys.stdout.isatty() or os.environ.get("COLUMNS")
    return Console(width=None if asked else WIDTH, highlight=False, emoji=False, markup=False)


def number(value: Any) -> str:
    """
    Return one cell as a person reads it; None is a dash.

    >>> number(8115600), number(0.5), number("PRK")
    ('8,115,600', '0.5', 'PRK')
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return when(value)
    if not isinstance(value, int | float):
        return str(value)
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.{DIGITS}g}"
    return text.replace("-", MINUS)


def percent(share: float | None) -> str:
    """
    Return a relative change in percent; None is a dash.

    >>> percent(0.05)
    '+5.0 %'
    """
    return NOTHING if share is None else f"{share:+,.1%}".replace("-", MINUS).replace("%", " %")


def when(moment: datetime | str) -> str:
    """
    Return an instant: the day alone where nothing is lost by it.

    >>> when("2022-02-10T00:00:00+00:00"), when("2022-02-10T06:30:00+00:00")
    ('2022-02-10', '2022-02-10T06:30:00Z')
    """
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    text = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return text.removesuffix("T00:00:00Z")


def span(time: timedelta) -> str:
    """
    Return a length of time in words: whole years, else days, else hours.

    >>> span(timedelta(days=7)), span(timedelta(days=730)), span(timedelta(hours=36))
    ('7 days', '2 years', '36 hours')
    """
    if time.seconds:
        return plural(round(time / timedelta(hours=1)), "hour")
    years, over = divmod(time.days, 365)
    return plural(time.days, "day") if over or not years else plural(years, "year")


def draw_table(
    on: Console, title: str | None, *, headings: Sequence[str], lines: Iterable[Sequence[Any]]
) -> None:
    """
    Draw a table under its title; a heading that begins with '>' is for a column of figures.

    A cell that is no text is written as `number` writes it; a column of single words is not broken.
    """
    drawn = [[it if isinstance(it, Text) else Text(number(it)) for it in line] for line in lines]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for position, heading in enumerate(headings):
        words = [word for line in drawn for word in line[position].plain.split()]
        prose, named = len(words) > len(drawn), heading.removeprefix(">")
        longest = max(map(len, [*words, named]))
        wide = on.width >= NARROW
        table.add_column(
            Text(named),
            justify="left" if named == heading else "right",
            no_wrap=wide and not prose,
            overflow="fold",
            min_width=(min(longest, WORD) if prose else longest) if wide else None,
        )
    for line in drawn:
        table.add_row(*line)
    if title:
        on.print(Text(title, style="bold"))
    on.print(table)


def severity(word: str) -> Text:
    """Return a severity in its colour."""
    return Text(word, style=COLOURS.get(word, ""))


def plural(count: int, one: str, many: str | None = None) -> str:
    """
    Return a count with its noun.

    >>> plural(1, "row"), plural(2000, "row"), plural(0, "entry", "entries")
    ('1 row', '2,000 rows', '0 entries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
