"""Figures of months and years of one part of a country, each with what versions showed of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import groupby, pairwise
from typing import Final

import polars as pl

from schemas.tables import dtypes_of
from schemas.wording import ARROW, MINUS, figure, is_share, percent
from tasks.site.change_lines import part_text
from tasks.site.period_text import period_word

LEAST: Final = 2
"""Months or years from which on there is something to draw."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodChange:
    """A version that shows another figure of a month or year than the one before.

    `before`, `after`: in the unit of the measure; None where there is no figure.
    """

    on: date
    as_of: datetime
    before: float | None
    after: float | None

    @property
    def size(self) -> float:
        """By how much it differs [unit]; no figure counts as 0."""
        return (self.after or 0) - (self.before or 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """A month or a year, by its first day. `shown`: versions and figures, oldest first."""

    on: date
    shown: Sequence[tuple[datetime, float | None]]

    @property
    def newest(self) -> float | None:
        """The figure that the newest version shows [unit]; None where it has none."""
        return self.shown[-1][1]

    @property
    def changes(self) -> Iterator[PeriodChange]:
        """The versions that revised it, oldest first."""
        for (_, before), (at, after) in pairwise(self.shown):
            yield PeriodChange(on=self.on, as_of=at, before=before, after=after)

    @property
    def earlier(self) -> list[float]:
        """The figures that earlier versions showed, and the newest does not."""
        values = dict.fromkeys(value for _, value in self.shown[:-1] if value is not None)
        return [value for value in values if value != self.newest]


@dataclass(frozen=True, kw_only=True)
class PeriodLine:
    """One figure of a part of a country over months or years.

    `part`: as pages show it, '' without one. `periods`: by their day, at least one.
    """

    dataset: str
    measure: str
    part: str
    periods: Sequence[Period]

    @property
    def word(self) -> str:
        """What a figure is about: month or year."""
        return period_word(self.dataset)

    @cached_property
    def changes(self) -> Sequence[PeriodChange]:
        """All revisions, by version, then by month or year."""
        found = (change for period in self.periods for change in period.changes)
        return sorted(found, key=lambda one: (one.as_of, one.on))

    @property
    def last_changes(self) -> list[PeriodChange]:
        """What the last version that revised any month or year did, the largest revision first."""
        own = [one for one in self.changes if one.as_of == self.changes[-1].as_of]
        return sorted(own, key=lambda one: (-abs(one.size), one.on))


@dataclass(frozen=True, kw_only=True, slots=True)
class PeriodCount:
    """How much there is of a figure of a part of a country, before any of it is read.

    `part`: as in the rows. `periods`: months or years with a figure. `revised`: how often versions
    revised one of them.
    """

    dataset: str
    measure: str
    part: str
    periods: int
    revised: int


def period_counts(rows: pl.DataFrame) -> Mapping[str, Sequence[PeriodCount]]:
    """Return what can be drawn of each country: figures of at least two months or years.

    `rows`: of `period_rows`.
    """
    line = ("iso3", "dataset", "measure", "part")
    counts = (
        rows.group_by(*line, "observed_on")
        .agg(revised=pl.len() - 1, has_figure=pl.col("figure").is_not_null().any())
        .filter("has_figure")
        .group_by(line)
        .agg(pl.len().alias("periods"), pl.col("revised").sum())
        .filter(pl.col("periods") >= LEAST)
        .sort(line)
    )
    found: dict[str, list[PeriodCount]] = {}
    for iso3, *values in counts.iter_rows():
        dataset, measure, part, periods, revised = values
        one = PeriodCount(
            dataset=dataset, measure=measure, part=part, periods=periods, revised=revised
        )
        found.setdefault(iso3, []).append(one)
    return found


def drawn_count(
    counts: Sequence[PeriodCount], wanted: tuple[str, str] | None
) -> PeriodCount | None:
    """Return which figure of a dataset is drawn; None where there is none.

    `counts`: of the dataset. `wanted`: measure and part, which are taken where they can be; else it
    is of the first column the part of which most figures were revised, then the one with the most
    months or years, then the first.
    """

    def rank(one: PeriodCount) -> tuple[object, ...]:
        place = list(dtypes_of(one.dataset.partition(".")[2])).index(one.measure)
        is_other = (one.measure, one.part) != wanted
        return is_other, place, -one.revised, -one.periods, one.part

    return min(counts, key=rank, default=None)


def period_line(rows: pl.DataFrame, one: PeriodCount) -> PeriodLine:
    """Return a figure with its months or years. `rows`: of `period_rows`, of one country."""
    own = rows.filter(dataset=one.dataset, measure=one.measure, part=one.part)
    named = own.sort("observed_on", "as_of").select("observed_on", "as_of", "figure", "whole")
    return PeriodLine(
        dataset=one.dataset,
        measure=one.measure,
        part=part_text(one.part),
        periods=[
            Period(
                on=on,
                shown=[(at, value if whole is None else whole) for _, at, value, whole in shown],
            )
            for on, shown in groupby(named.iter_rows(), key=lambda row: row[0])
        ],
    )


def revision_text(one: PeriodChange, measure: str) -> str:
    """Return a revision as text: from what to what, and by how much.

    >>> from datetime import UTC
    >>> at = datetime(2022, 7, 15, tzinfo=UTC)
    >>> one = PeriodChange(on=date(2018, 1, 1), as_of=at, before=0.89, after=0.6)
    >>> revision_text(one, "coverage_share") == f"89.0 % → 60.0 % ({MINUS}29.0 points)"
    True
    """
    text = f"{figure(one.before, measure)} {ARROW} {figure(one.after, measure)}"
    if one.before is None or one.after is None:
        return text
    if is_share(measure):
        sign = MINUS if one.size < 0 else "+"
        return f"{text} ({sign}{abs(one.size) * 100:,.1f} points)"
    return f"{text} ({percent(one.size / one.before)})" if one.before else text
