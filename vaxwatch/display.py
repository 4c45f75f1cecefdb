"""Display: how answers look to a person.

Text from outside is never markup and never acts on the terminal. No word is broken, at any width: a
table that does not fit is drawn as one block per row.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.records import utc
from schemas.wording import MINUS, printable
from vaxwatch.console import AnswerConsole, wrapped

PROSE = 24
"""No column of sentences gets narrower than this, if its text is longer."""
GAP = 3
"""Columns between two columns of a table."""
DIGITS = 12
"""Of a figure that is not whole."""
NOTHING = "\N{EN DASH}"
UNITS = {
    "y": timedelta(days=365),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
}
"""Short names of lengths of time, the longest first."""


def number(value: Any) -> str:
    """Return one cell as a person reads it; None is a dash.

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


def when(instant: datetime | str) -> str:
    """Return an instant: the day alone where nothing is lost by it.

    >>> when("2022-02-10T00:00:00+00:00"), when("2022-02-10T06:30:00+00:00")
    ('2022-02-10', '2022-02-10T06:30:00Z')
    """
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    text = utc(at).isoformat().replace("+00:00", "Z")
    return text.removesuffix("T00:00:00Z")


def span(time: timedelta) -> str:
    """Return a length of time in words: whole years, else days, else hours.

    >>> span(timedelta(days=7)), span(timedelta(days=730)), span(timedelta(hours=36))
    ('7 days', '2 years', '36 hours')
    """
    if time.seconds:
        return plural(round(time / timedelta(hours=1)), "hour")
    years, over = divmod(time.days, 365)
    return plural(time.days, "day") if over or not years else plural(years, "year")


def short_span(time: timedelta) -> str:
    """Return a length of time in its largest whole unit, short.

    >>> [short_span(timedelta(hours=hours)) for hours in (0.5, 30, 72, 9000)]
    ['30 min', '30 h', '3 d', '375 d']
    >>> short_span(timedelta(days=1600))
    '4 y'
    """
    unit = next((name for name, length in UNITS.items() if time >= 2 * length), "min")
    return f"{time // UNITS[unit]} {unit}"


def draw_table(
    console: Console, title: str | None, *, headings: Sequence[str], lines: Iterable[Sequence[Any]]
) -> None:
    """Draw a table under its title; a heading that begins with '>' is for a column of figures.

    A cell that is no text is written as `number` writes it. Where the columns do not fit, even with
    their sentences wrapped, each line becomes a block: a heading and a value in each row.
    """
    cells = [[_cell(cell) for cell in line] for line in lines]
    names = [heading.removeprefix(">") for heading in headings]
    if title:
        console.print(Text(printable(title), style="bold"))
    widths = _widths(console, names, cells)
    if widths is None:
        _draw_blocks(console, names, cells)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, heading, width in zip(names, headings, widths, strict=True):
        justify = "left" if name == heading else "right"
        table.add_column(Text(name), justify=justify, no_wrap=True, overflow="crop", width=width)
    for line in cells:  # rich itself takes a wide character for a narrow one where it wraps
        table.add_row(*(Text("\n").join(wrapped(*one)) for one in zip(line, widths, strict=True)))
    width, console.width = console.width, max(console.width, sum(widths) + GAP * len(widths))
    console.print(table)
    console.width = width


def _cell(cell: Any) -> Text:
    if not isinstance(cell, Text):
        return Text(printable(number(cell)))
    return Text(printable(cell.plain), style=cell.style)


def _widths(
    console: Console, names: Sequence[str], lines: Sequence[Sequence[Text]]
) -> list[int] | None:
    """Return a width for each column in which no word is broken; None where they do not fit."""
    texts = [[name, *(line[at].plain for line in lines)] for at, name in enumerate(names)]
    widths = [max(map(cell_len, column)) for column in texts]
    least = [_least(column, width) for column, width in zip(texts, widths, strict=True)]
    available = console.width - GAP * (len(names) - 1)
    is_bounded = not isinstance(console, AnswerConsole) or console.is_bounded
    if is_bounded and sum(least) > available:
        return None
    widths = [max(least[at], min(width, available)) for at, width in enumerate(widths)]
    while sum(widths) > max(available, sum(least)):
        reducible = [at for at, width in enumerate(widths) if width > least[at]]
        widths[max(reducible, key=widths.__getitem__)] -= 1
    return widths


def _least(column: Sequence[str], width: int) -> int:
    """Return the least width of a column: of single words all of it, of sentences a good line."""
    words = [word for text in column for word in text.split(" ")]
    if len(words) <= len(column):
        return width
    return min(width, max(PROSE, *map(cell_len, words)))


def _draw_blocks(console: Console, names: Sequence[str], lines: Sequence[Sequence[Text]]) -> None:
    margin = max(map(cell_len, names)) + 2
    for line in lines:
        for name, cell in zip(names, line, strict=True):
            draw_wrapped(console, cell, indent=margin, lead=name.ljust(margin))
        console.print()


def draw_wrapped(console: Console, text: Text, *, indent: int, lead: str | None = None) -> None:
    """Draw a text wrapped between words and indented; `lead` takes the first line's indent."""
    for line in wrapped(text, console.width - indent):
        console.print(Text(" " * indent if lead is None else lead) + line, soft_wrap=True)
        lead = None


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> plural(1, "row"), plural(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
