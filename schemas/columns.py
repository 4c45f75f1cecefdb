"""How the columns of a publisher become canonical ones: the words of a declaration."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

ROW = "_row"
"""
The column with the number of the publisher's row, as text. A parser adds it where its rows are not
the publisher's rows in their order; where several rows became one it is the number of the first.
"""

Policy = Literal["evolve", "map", "freeze"]
"""
What happens to a snapshot in which a column of the publisher is gone or changed its kind.

evolve: it is published with a note. map: the column is read under another declared name
(`From.names`); without one the source freezes. freeze: nothing is published until somebody maps it.
"""


@dataclass(frozen=True, slots=True)
class From:
    """Where one canonical column comes from.

    `names`: what the publisher has called the column over time; the first one present is read.
    `instead`: another column, read where a cell of the first is blank (the name of a country where
    its code is missing). `multiply`, `divide`: the unit conversion. `thousands`: separators inside
    a number. `dates`: strptime formats; one that reads the whole column is used alone, and a cell
    that two read differently is refused. `blanks`: texts that mean "not published". `optional`: the
    column may be absent; it is then absent from the vintage, neither compared nor set to null.
    `default`: what a blank cell of a text column becomes: a key is never null. `compared`: False
    for a column that changes without news, such as the day a file was printed: a row in which
    nothing else changes stays as it is, with the value that this version began with.
    """

    names: tuple[str, ...]
    instead: tuple[str, ...] = ()
    multiply: int = 1
    divide: int = 1
    thousands: str = ""
    dates: tuple[str, ...] = ("%Y-%m-%d",)
    blanks: tuple[str, ...] = ("",)
    optional: bool = False
    default: str | None = None
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Always:
    """A canonical column that the publisher does not print: the same value in every row."""

    value: str


Columns = Mapping[str, From | Always]
"""The canonical columns of one table by name, in the table's order."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A snapshot covers only the rows whose value in `column` occurs in it.

    A weekly report is a slice of `observed_on`: the absence of other weeks means nothing.
    `beside`: more such columns; a row is covered when its value occurs in every one of them.
    """

    column: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaveOut:
    """Rows that are not published because of the value of one of the publisher's columns.

    `column`: the publisher's name. A snapshot without it loses no row, and freezes when an earlier
    one had it. `values`: rows with one of these texts are left out; () leaves out every row with a
    text that is not in `unless`, which is by default every row where the column is not blank.
    `reason`: a noun phrase for the note with the count: "sub-national rows".
    """

    column: str
    reason: str
    values: tuple[str, ...] = ()
    unless: tuple[str, ...] = ("",)


def missing_names(layout: Columns, present: Collection[str]) -> list[str]:
    """Return the columns of a layout that are not optional and not `present`, all names of each.

    >>> missing_names({"iso3": From(("code", "iso")), "people": From(("pop",))}, ["iso"])
    ['pop']
    """
    return [
        " or ".join(how.names)
        for how in layout.values()
        if isinstance(how, From)
        and not how.optional
        and not any(name in present for name in how.names)
    ]


def nearest_layout(layouts: Iterable[Columns], present: Collection[str]) -> Columns:
    """Return the layout that lacks the least of what it needs, the first of those that do.

    >>> small, large = {"a": From(("x",))}, {n: From((n,)) for n in "uvwyz"}
    >>> [*nearest_layout([small, large], ["u", "v", "w"])]
    ['u', 'v', 'w', 'y', 'z']
    """
    return min(layouts, key=lambda layout: distance(layout, present))


def distance(layout: Columns, present: Collection[str]) -> tuple[float, int]:
    """Return which share of the columns that a layout needs is missing, and how many are."""
    missing, needed = len(missing_names(layout, present)), len(missing_names(layout, ()))
    return missing / max(needed, 1), missing
