"""Text for people; the words of alert sentences, which never state who did something or why."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Final

MINUS: Final = "\u2212"
ARROW: Final = "→"
MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
SMALLEST: Final = 1e-300
UNSPECIFIED: Final = "unspecified"
NAMES: Final = {
    "COD": "Congo, DR",
    "KOR": "Korea, Rep. of",
    "PRK": "Korea, DPR",
    "PSE": "Palestine",
    "XKX": "Kosovo",
}
Key = Mapping[str, str | date]
MOST: Final = 20
"""Names that a sentence lists."""


def is_share(column: str) -> bool:
    """Return whether the column is a share of population and not a count."""
    return column.endswith("_share")


@cache
def country(iso3: str) -> str:
    """Return name and code of a country; the code alone when it has no name here.

    >>> country("PRK"), country("VEN"), country("XAA")
    ('Korea, DPR (PRK)', 'Venezuela (VEN)', 'XAA')
    """
    import pycountry

    found: Any = pycountry.countries.get(alpha_3=iso3)
    name = NAMES.get(iso3) or getattr(found, "common_name", None) or getattr(found, "name", None)
    return f"{name} ({iso3})" if name else iso3


def day(instant: datetime) -> str:
    """Return the day as people write it, with the time unless it is midnight.

    >>> day(datetime(2022, 2, 10)), day(datetime(2022, 2, 3, 6, 30))
    ('10 Feb 2022', '3 Feb 2022 06:30 UTC')
    """
    clock = f" {instant:%H:%M} UTC" if (instant.hour, instant.minute) != (0, 0) else ""
    return f"{day_only(instant)}{clock}"


def figure(value: float | None, column: str = "") -> str:
    """Return a figure as people read it; a share in percent, None as "no figure".

    >>> figure(1540800), figure(3.186, "secured_share"), figure(None)
    ('1,540,800', '318.6 %', 'no figure')
    """
    if value is None:
        return "no figure"
    if is_share(column):
        text = f"{abs(value) * 100:,.1f} %"
    elif float(value).is_integer():
        text = f"{abs(int(value)):,}"
    else:
        text = f"{abs(value):,.10g}"
    return f"{MINUS}{text}" if value < 0 else text


def percent(share: float) -> str:
    r"""Return a relative change with its sign.

    >>> percent(0.189), ascii(percent(-0.8101))
    ('+18.9 %', "'\\u221281.0 %'")
    """
    return f"{MINUS if share < 0 else '+'}{abs(share) * 100:,.1f} %"


def chance(value: float) -> str:
    """Return a small probability with one digit.

    >>> chance(2.8e-24), chance(8.7e-8), chance(0.0)
    ('3e-24', '9e-8', 'less than 1e-300')
    """
    if value < SMALLEST:
        return f"less than {SMALLEST:.0e}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def specified(key: Key, *without: str) -> list[str]:
    """Return the specified values of a key as text, without those of some columns."""
    return [
        str(value) for name, value in key.items() if name not in without and value != UNSPECIFIED
    ]


def part_name(key: Key) -> str:
    """Return what a row is about besides its country; '' when nothing is specified.

    >>> part_name({"iso3": "PRK", "product": "Covovax", "mechanism": "COVAX"})
    'Covovax'
    """
    return " / ".join(specified(key, "iso3", "mechanism"))


def printable(text: str) -> str:
    r"""Return text without characters that act on a terminal or hide: each is written as an escape.

    Such are control characters (C0, C1, ESC), marks of direction (U+202E and its like), characters
    without width, and halves of characters. A line break or a tab becomes a space. To be applied to
    all text from outside (cells, addresses, file names, errors) that a person sees.

    >>> printable("a\x1b[31m\u202eb\nc")
    'a\\x1b[31m\\u202eb c'
    """
    if text.isprintable():
        return text
    spaced = (" " if one.isspace() else one for one in text)
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in spaced
    )


def printable_lines(text: str) -> str:
    r"""Return text of several lines, each as `printable` returns it.

    >>> printable_lines("a\x1b[31m\nb")
    'a\\x1b[31m\nb'
    """
    return "\n".join(map(printable, text.split("\n")))


def listed(names: Sequence[str], most: int = MOST) -> str:
    """Return names in a row; those beyond the first `most` are counted.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d"], 2), listed([])
    ('a, b', 'a, b and 2 more', 'none yet')
    """
    if not names:
        return "none yet"
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def joined(names: Sequence[str]) -> str:
    """Return names as a sentence lists them all.

    >>> joined(["a", "b", "c"]), joined(["a"]), joined([])
    ('a, b and c', 'a', '')
    """
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def day_only(when: date) -> str:
    """Return the day of a date or an instant as people write it.

    >>> day_only(date(2022, 2, 1)), day_only(datetime(2022, 2, 3, 6, 30))
    ('1 Feb 2022', '3 Feb 2022')
    """
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"
