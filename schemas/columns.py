"""How the columns of a publisher become canonical ones: the words of a declaration."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

ROW = "_row"
"""
The column with the number of the publisher's row, as text. A parser adds it where its rows are not
the publisher's rows in their order; where several rows became one it is the number of the first.
"""

FIRST_OF_MONTH = "a spreadsheet's number of the first day of a month"
"""A date format beside those of strptime: 44378 is 2021-07-01, and 44379 is none."""
ODD, ODD_REASON = "_odd", "_odd_reason"
"""
Columns that a reader adds where a row does not fit its header: the whole row as it stands and a
sentence that says why, both blank in every other row. Such a row waits in quarantine whole; a
parser that asks for them (`odd_rows=True`) keeps both columns.
"""
WHOLE_ROW = "the whole row"
"""What stands for the name of a column where a row is at fault as a whole."""
OURS = frozenset({ROW, ODD, ODD_REASON})
"""Columns of a parser's table that are not the publisher's."""

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
    a number. `dates`: strptime formats, or FIRST_OF_MONTH; one that reads the whole column is used
    alone, and a cell that two read differently is refused. `blanks`: texts that mean "not
    published". `prefix`: what the publisher's codes begin with, and is left off. `optional`: the
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
    prefix: str = ""
    optional: bool = False
    default: str | None = None
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Always:
    """A canonical column that the publisher does not print: the same value in every row."""

    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Across:
    """A figure that stands in several columns side by side, one for each value of a text column.

    A row of the publisher becomes one row for each of these cells that is filled, and a single row
    without figure where none is. `names`: the columns; a snapshot has at least one of them. `into`:
    the canonical text column whose values they are; it is not declared beside. `total`: the column
    with the publisher's sum of them, '' where none is printed. A row in which it is another sum is
    quarantined, and the total is not published. `thousands`: as of `From`.
    """

    names: tuple[str, ...]
    into: str
    total: str = ""
    thousands: str = ""

    @property
    def cell(self) -> From:
        """How one of the cells is read."""
        return From(self.names, thousands=self.thousands)


Columns = Mapping[str, From | Always | Across]
"""The canonical columns of one table by name, in the table's order."""


@dataclass(frozen=True, slots=True)
class SumOf:
    """A table of sums over the rows of a finer table of the same snapshot.

    It is made where a snapshot has the finer table and not the sums themselves: deliveries to date
    from deliveries by month. The sum of a key is quarantined where a row of it is, and blank where
    all its figures are. `table`: the finer one, whose key has the whole key of the sums. `figures`:
    the finer table's figure that is summed, by the figure of the sums.
    """

    table: str
    figures: Mapping[str, str]


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
    `unlike`: a pattern of whole texts; rows with any other are left out, and no `values` are given.
    `reason`: a noun phrase for the note with the count: "sub-national rows".
    """

    column: str
    reason: str
    values: tuple[str, ...] = ()
    unless: tuple[str, ...] = ("",)
    unlike: str = ""


def printed(layout: Columns) -> dict[str, From]:
    """Return the canonical columns that the publisher prints, cells side by side as one column."""
    return {
        name: how.cell if isinstance(how, Across) else how
        for name, how in layout.items()
        if not isinstance(how, Always)
    }


def publishers_names(layout: Columns) -> list[str]:
    """Return the publisher's names of all columns that a layout needs; substitutes come last."""
    hows = printed(layout).values()
    totals = (how.total for how in layout.values() if isinstance(how, Across) and how.total)
    instead = (name for how in hows for name in how.instead)
    return [*(name for how in hows for name in how.names), *totals, *instead]


def missing_names(layout: Columns, present: Collection[str]) -> list[str]:
    """Return the columns of a layout that are not optional and not `present`, all names of each.

    >>> missing_names({"iso3": From(("code", "iso")), "people": From(("pop",))}, ["iso"])
    ['pop']
    """
    totals = [(how.total,) for how in layout.values() if isinstance(how, Across) and how.total]
    needed = [*(how.names for how in printed(layout).values() if not how.optional), *totals]
    return [" or ".join(names) for names in needed if not any(name in present for name in names)]


def distance(layout: Columns, present: Collection[str]) -> tuple[float, int]:
    """Return which share of the columns that a layout needs is missing, and how many are.

    >>> distance({n: From((n,)) for n in "uvwyz"}, ["u", "v", "w"])
    (0.4, 2)
    """
    missing, needed = len(missing_names(layout, present)), len(missing_names(layout, ()))
    return missing / max(needed, 1), missing
