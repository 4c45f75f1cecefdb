"""
What a source is: a declaration. An easy source has no code beyond it.

A source names the columns of the publisher (`From`) that become the canonical columns of the
tables in `schemas.tables`. Parsers read; they never repair.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal, Protocol

import polars as pl

Bodies = Mapping[str, bytes]
"""The bytes of one snapshot by body name; a source of one file calls its only body `main`."""

Parser = Callable[[Bodies], Mapping[str, pl.DataFrame]]
"""Bytes in; for each table a frame of strings in the publisher's own words, no row dropped."""

ROW = "_row"
"""
A column that a parser adds where its rows are not the publisher's, one by one and in their order:
the number of the publisher's row (the first of them, where several became one), as text.
"""

Remarks = Callable[[Mapping[str, pl.DataFrame]], Sequence[str]]
"""What `parse` returned in; sentences about what does not add up in it out."""


Policy = Literal["evolve", "map", "freeze"]
"""
What becomes of a snapshot when a column of the publisher's goes, or holds another kind of thing.

evolve: it is noted and published. map: it is read under another declared name (`From.names`), and
frozen where none of them is there. freeze: nothing is published until somebody has mapped it.
"""


class Ask(Protocol):
    """One polite request; it leaves its evidence behind."""

    def __call__(
        self, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None
    ) -> bytes:
        """
        Return the body of the answer: to a GET, or to a POST of `json` where that is given.

        Raises:
            FetchFailed: No whole answer; a later try may work.
            FetchRefused: An answer that will not change.
            BadBody: More bytes than we take.
        """
        ...


Gather = Callable[[Ask, str], Mapping[str, bytes]]
"""Asks, from a source's address on, for all bodies of one snapshot; returns them by name."""


@dataclass(frozen=True, slots=True)
class From:
    """
    Where one canonical column comes from.

    `names`: what the publisher has called the column through time; the first one present is read.
    `multiply`, `divide`: the declared unit conversion (thousands to people, percent to share).
    `instead`: another column of the publisher's, read where a cell of the first is blank (the name
    of a country where its code is missing).
    `thousands`: separators to remove inside a number. `dates`: strptime formats; where one of them
    reads a whole column it is the column's, and a cell that two of them read differently is none.
    `blanks`: texts that mean "not published". `optional`: the column may be absent, and is then
    absent in that vintage: neither compared nor nulled. `default`: what a blank cell of a text
    column becomes: a key is never null, so a product that is not named is "unspecified".
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


@dataclass(frozen=True, slots=True)
class Always:
    """A canonical column that the publisher does not print: the same value in every row."""

    value: str


Columns = Mapping[str, From | Always]
"""The canonical columns of one table, by name, in the table's own order."""


@dataclass(frozen=True, slots=True)
class Slice:
    """
    A snapshot speaks only for the rows whose `column` has a value that occurs in it.

    A weekly report is a slice of `observed_on`: that other weeks are absent means nothing.
    `beside`: more such columns; a row is spoken for when its value occurs in every one of them.
    """

    column: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownError:
    """
    A figure that its publisher got wrong, and has said so or put right since.

    The row with exactly that figure waits in quarantine instead of being published. This is for
    proven errors only: what is merely implausible is published, and judged by the alert rules.

    `table`, `key`: the row, by canonical columns (days as YYYY-MM-DD). `column`, `expect`: the
    wrong figure. `reason`: a sentence that says what is wrong and how that is known. `reported_on`:
    the day it was told to the publisher, or by them. `since`: the first snapshot that has it.
    `fixed_on`: the first day whose snapshots no longer have it, None while it stands. `expires`:
    the last day on which the record holds unseen; then somebody looks at it again.
    """

    table: str
    key: Mapping[str, str]
    column: str
    expect: float
    reason: str
    reported_on: date
    since: date
    expires: date
    fixed_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """
    How many rows of one table of a snapshot may be bad, that is, wait in quarantine.

    It is exceeded by more than `rows` rows that are also more than `share` (0 to 1) of the table's:
    a short table may have one bad row, a long one a few per thousand.
    """

    rows: int = 5
    share: float = 0.05

    def is_exceeded(self, bad: int, rows: int) -> bool:
        """Return whether so many bad ones among `rows` rows of a table are too many."""
        return bad > self.rows and bad > self.share * rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """
    One publisher's page or file.

    `name`: `<publisher>_<subject>`, as in commands and in the lake. `title`: their own, or nearly.
    `shown_by`: the page in words that begin a sentence: "UNICEF's dashboard". `publisher`,
    `licence`, `attribution`: whom to thank, on which terms, in which words. `url`: what is asked
    for. `cadence`: how often they publish, not how often we look; older than two is stale.

    `parse`: bytes in, frames of their words out. `tables`: which canonical tables it fills, and
    from which columns. `parser_version` rises with every change of `parse` or `tables` that can
    change a figure. `gather`: how its bodies are asked for where one GET of `url` is not all.

    `by_hand`: where `url` is a page for people and no table, a sentence that says how to get the
    file; it is not fetched then, unless another address is given. `ended`: a sentence that says
    since when nothing new comes, and who says so; empty while they publish.

    `covers`: None when a snapshot speaks for the whole table, so that absence means gone; else the
    slice. `not_countries`: codes or names in the country column that are no country, each with the
    reason for which its rows are left out. `may_lack`: tables of which a snapshot may have no
    figure at all; it does not speak of them then, and their last state stands. `drift`: by name or
    pattern (`new_*`) of a publisher's column what becomes of a snapshot in which it went or changed
    its kind, where that is not as usual: a column that nobody reads evolves, one that is read under
    several names is mapped, one that is read under a single name freezes. `row_shape`: for
    columns of theirs the pattern that a whole cell has; a row in which one has another has slipped,
    and waits in quarantine. `hides_below`: by canonical column the number below which the publisher
    prints no row, as they say themselves: one that goes from there was not withdrawn. `remarks`:
    finds what does not add up within one snapshot; its sentences are notes of the vintage, and
    change no figure. `known_errors`: figures that the publisher has disowned; such a row waits in
    quarantine.

    `smallest`: fewer rows than this in the last good vintage switch off the gate that holds back a
    snapshot in which many rows are missing: `most_lost` [%] or more of those of which both speak.
    A table that only grows is given a small one. `budget`: more bad rows in a table than that block
    the whole snapshot; those of `unlimited` tables do not, which a waiver says and no declaration.
    `least_bytes`: a snapshot with less than this share of the last good one's bytes [%] is held
    back as well; 0 switches that off.
    """

    name: str
    title: str
    shown_by: str
    publisher: str
    url: str
    licence: str
    attribution: str
    cadence: timedelta
    parse: Parser
    tables: Mapping[str, Columns]
    covers: Slice | None = None
    not_countries: Mapping[str, str] = field(default_factory=dict[str, str])
    parser_version: int = 1
    smallest: int = 20
    most_lost: int = 35
    least_bytes: int = 10
    budget: Budget = Budget()
    unlimited: frozenset[str] = frozenset()
    gather: Gather | None = None
    by_hand: str = ""
    ended: str = ""
    may_lack: frozenset[str] = frozenset()
    drift: Mapping[str, Policy] = field(default_factory=dict[str, Policy])
    row_shape: Mapping[str, str] = field(default_factory=dict[str, str])
    hides_below: Mapping[str, int] = field(default_factory=dict[str, int])
    remarks: Remarks | None = None
    known_errors: tuple[KnownError, ...] = ()
