"""The declaration of a source. An easy source needs no code beyond it; parsers never repair."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import polars as pl

from schemas.columns import Columns, From, LeaveOut, Policy, Slice, SumOf, distance, printed

Bodies = Mapping[str, bytes]
"""The bytes of one snapshot by body name; the only body of a source of one file is `main`."""

Parser = Callable[[Bodies], Mapping[str, pl.DataFrame]]
"""Turns bodies into one frame of strings per table: the publisher's own words, no row dropped."""

Remarks = Callable[[Mapping[str, pl.DataFrame]], Sequence[str]]
"""Turns the frames of `parse` into sentences about what does not add up in them."""


class Ask(Protocol):
    """One request that respects the fetch policy and is recorded as evidence."""

    def __call__(
        self, url: str, *, headers: Mapping[str, str] | None = None, json: Any = None
    ) -> bytes:
        """Return the body of the response to a GET, or to a POST of `json` where that is given.

        Raises:
            FetchFailed: No complete response; a later try may work.
            FetchRefused: A response that will not change.
            BadBody: More bytes than the limit.
        """
        ...


Gather = Callable[[Ask, str], Mapping[str, bytes]]
"""Requests all bodies of one snapshot, starting at the source's address; returns them by name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """When a source is fetched.

    `cron`: five fields, at least one run per cadence. `timezone`: an IANA name. `note`: what the
    person on call must know, a sentence for the deployment and the run-book.
    """

    cron: str
    timezone: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownError:
    """A wrong figure that its publisher has admitted or corrected since.

    The row with exactly that figure is quarantined. For proven errors only: an implausible figure
    is published and judged by the alert rules.

    `table`, `key`: the row, by canonical columns (days as YYYY-MM-DD). `column`, `expect`: the
    wrong figure. `reason`: a sentence that says what is wrong and how that is known. `reported_on`:
    the day it was reported to or by the publisher. `since`: the first snapshot that has it.
    `fixed_on`: the first day whose snapshots no longer have it, None while it stands. `expires`:
    the last day on which the record is valid; then somebody must check it again.
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
    """How many rows of one table of a snapshot may be quarantined.

    It is exceeded by more than `rows` rows that are also more than `share` (0 to 1) of the table:
    a short table may have a few bad rows, a long one a few in a hundred.
    """

    rows: int = 5
    share: float = 0.05

    def is_exceeded(self, bad: int, rows: int) -> bool:
        """Return whether `bad` quarantined rows among `rows` are too many."""
        return bad > self.rows and bad > self.share * rows


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One publisher's page or file.

    Identity. `name`: `<publisher>_<subject>`, as in commands and in the lake. `title`: the
    publisher's, or nearly. `shown_by`: the page as the subject of a sentence: "UNICEF's
    dashboard". `publisher`, `licence`, `attribution`: whom to credit, under which terms, in which
    words. `url`: the address that is fetched. `further_urls`: mirrors and other addresses of the
    same table, tried in order where the one before is refused for good, has no host, or serves a
    web page. `cadence`: how often they publish, not how often we fetch; a source older than two
    cadences is stale. `schedule`: when it is fetched.

    Reading. `parse`: bodies to frames of the publisher's words. `tables`: the canonical tables and
    the columns they come from. `layouts`: other layouts of a table, tried in order after the one in
    `tables`; a snapshot has the first layout of which it has every column that is not optional.
    `sums`: tables that are summed from finer ones where a snapshot has only these.
    `gather`: how the bodies are requested where one GET of `url` is not enough. `parser_version`
    rises with every change of the declaration or the parser that can change a figure. `keys_since`:
    the version since which rows have today's keys; a lake with vintages that an older one read is
    rebuilt before anything is added, as its rows would seem to be withdrawn.

    Availability. `by_hand`: where `url` is a page for people, a sentence that says how to get the
    file; nothing is fetched then unless another address is given. `ended`: a sentence that says
    since when nothing new is published, and who says so; empty while they publish.

    Rows. `covers`: None when a snapshot covers the whole table, so that absence means gone; else
    the slice. `not_countries`: codes or names in the country column that are no country, each with
    the reason why its rows are left out. `countries`: ISO 3166-1 alpha-3 codes by names that only
    this publisher uses; they override the general aliases. `leave_out`: rows that are left out by
    the value of another column; each snapshot notes how many. `may_lack`: tables of which a
    snapshot may have no figure; it does not cover them then, and their last state stands.

    Contract. `drift`: policies by name or pattern (`new_*`) of a publisher's column. Without one a
    column that is not read evolves, one that is read under several names is mapped, one that is
    read under a single name freezes. `row_shape`: patterns of whole cells by publisher's column; a
    row that has another is shifted, and quarantined. `hides_below`: by canonical column the number
    below which the publisher prints no row, as they say themselves: a row that goes from there was
    not withdrawn. `remarks`: finds what does not add up within one snapshot; its sentences become
    notes and change no figure. `known_errors`: figures that the publisher has disowned; such rows
    are quarantined.

    Limits. A snapshot is held when `most_lost` [%] or more of the rows that it and the last good
    vintage both cover are missing, unless that vintage has fewer than `smallest` rows; a table that
    only grows is given a small percentage. It is also held when it has less than `least_bytes` [%]
    of the last good one's bytes; 0 switches that off. `budget`: more bad rows in a table than that
    block the whole snapshot, except in `unlimited` tables, which only a waiver sets.
    """

    name: str
    title: str
    shown_by: str
    publisher: str
    url: str
    licence: str
    attribution: str
    cadence: timedelta
    schedule: Schedule
    parse: Parser
    tables: Mapping[str, Columns]
    layouts: Mapping[str, Sequence[Columns]] = field(default_factory=dict[str, Sequence[Columns]])
    sums: Mapping[str, SumOf] = field(default_factory=dict[str, SumOf])
    covers: Slice | None = None
    not_countries: Mapping[str, str] = field(default_factory=dict[str, str])
    countries: Mapping[str, str] = field(default_factory=dict[str, str])
    leave_out: tuple[LeaveOut, ...] = ()
    parser_version: int = 1
    keys_since: int = 1
    smallest: int = 20
    most_lost: int = 35
    least_bytes: int = 10
    budget: Budget = Budget()
    unlimited: frozenset[str] = frozenset()
    gather: Gather | None = None
    further_urls: tuple[str, ...] = ()
    by_hand: str = ""
    ended: str = ""
    may_lack: frozenset[str] = frozenset()
    drift: Mapping[str, Policy] = field(default_factory=dict[str, Policy])
    row_shape: Mapping[str, str] = field(default_factory=dict[str, str])
    hides_below: Mapping[str, int] = field(default_factory=dict[str, int])
    remarks: Remarks | None = None
    known_errors: tuple[KnownError, ...] = ()

    def layouts_of(self, table: str) -> tuple[Columns, ...]:
        """Return every layout of a table, in the order in which they are tried."""
        return (self.tables[table], *self.layouts.get(table, ()))

    def layout_of(self, table: str, present: Collection[str]) -> Columns:
        """Return the layout of a table in a snapshot that has the publisher's columns `present`.

        Where none fits it is the nearest one, the first of those that lack the least share of what
        they need; its missing columns make the error.
        """
        return min(self.layouts_of(table), key=lambda layout: distance(layout, present))

    def published_columns(self, table: str) -> Iterator[tuple[str, From]]:
        """Yield canonical name and declaration of what the publisher prints, in all layouts."""
        for layout in self.layouts_of(table) if table in self.tables else ():
            yield from printed(layout).items()

    def not_compared(self, table: str) -> frozenset[str]:
        """Return the canonical columns whose changes alone make no new version of a row."""
        return frozenset(name for name, how in self.published_columns(table) if not how.compared)
