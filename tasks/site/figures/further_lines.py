"""A country's further figures over the versions: of days, months and years, and by part."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

import polars as pl

from schemas.figure_wording import noun
from schemas.tables import TABLES, dtypes_of
from schemas.wording import ARROW, day_only, figure
from tasks.site.change_lines import part_text
from tasks.site.exact_figures import WHOLE
from tasks.site.figures.country_series import VERSION, Series, Step, steps_of
from tasks.site.period_text import dated_figure, period_name

ELSEWHERE: Final = frozenset({"tests"})
"""Tables that have a section of their own on the page."""
LINE: Final = ("dataset", "measure", "part")
"""What identifies a line of a country."""
REVISED: Final = ("revised", "revised_on", "revised_from", "revised_to")
"""Columns of the mart that have the revisions of the past."""
MOST_DRAWN: Final = 200
"""Steps of which a line is drawn."""


class Shown(NamedTuple):
    """What a version shows of a figure. `on`: the day, or first day of the month or year, if any.

    `value`: in the figure's unit, None where there is no figure.
    """

    as_of: datetime
    value: float | None
    on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """How a version revises a figure of the past. `count`: days, months or years.

    `on`, `before`, `after`: the largest revision; `after` is None where there is no figure any
    more.
    """

    as_of: datetime
    count: int
    measure: str
    part: str
    on: date
    before: float
    after: float | None

    @property
    def share(self) -> float:
        """The largest revision, as a share of the figure before; 1 where that was 0."""
        return ((self.after or 0) - self.before) / self.before if self.before else 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class FurtherLine:
    """One figure of a country, or of a part of it, by one dataset.

    `series`: the steps of its newest figure. `shown`: the versions in which that figure, or what
    day it is about, changes, oldest first. `key`: the part of the country as in the mart; `part`:
    as pages show it, '' without one. `revisions`: of days, months and years that an earlier version
    showed, oldest first.
    """

    series: Series
    key: str
    part: str
    shown: Sequence[Shown]
    revisions: Sequence[Revision]

    @property
    def name(self) -> str:
        """The line's name in tables and in the data of the time machine."""
        if not self.key:
            return self.series.name
        return f"{self.series.name}/{hashlib.sha256(self.key.encode()).hexdigest()[:8]}"

    @property
    def newest(self) -> Shown:
        """What the newest version shows."""
        return self.shown[-1]


def further_lines(rows: pl.DataFrame) -> list[FurtherLine]:
    """Return the lines of a country, by dataset, then in the order of the table's columns.

    `rows`: of the mart `further_figures`, without those of held versions.
    """
    sorted_rows = rows.sort(*LINE, "as_of")
    columns = (*LINE, "figure", WHOLE, *VERSION, "observed_on", *REVISED)
    found = [
        _line(*line, rows=[row[len(LINE) :] for row in own])
        for line, own in groupby(
            sorted_rows.select(columns).iter_rows(), key=lambda row: row[: len(LINE)]
        )
    ]
    return sorted(found, key=lambda one: _place(one.series))


def _place(series: Series) -> tuple[int, str, int]:
    columns = list(dtypes_of(series.table))
    return list(TABLES).index(series.table), series.dataset, columns.index(series.measure)


def _line(dataset: str, measure: str, key: str, *, rows: Sequence[tuple[Any, ...]]) -> FurtherLine:
    """Return a line. `rows`: figure, WHOLE, VERSION, the day that it is about, REVISED."""
    part, steps = part_text(key), steps_of(row[:5] for row in rows)
    return FurtherLine(
        series=Series(dataset=dataset, measure=measure, steps=tuple(steps)),
        key=key,
        part=part,
        shown=list(_shown(rows)),
        revisions=[
            Revision(
                as_of=as_of,
                count=count,
                measure=measure,
                part=part,
                on=on,
                before=before,
                after=after,
            )
            for _, _, as_of, _, _, _, count, on, before, after in rows
            if count
        ],
    )


def _shown(rows: Sequence[tuple[Any, ...]]) -> Iterator[Shown]:
    """Yield the versions in which the newest figure, or what it is about, changes."""
    last: tuple[float | None, date | None] | None = None
    for rounded, whole, as_of, _, _, on, *_ in rows:
        value = rounded if whole is None else whole
        if (value, on) != last:
            yield Shown(as_of, value, on)
        last = value, on


def thinned(series: Series) -> Series:
    """Return a figure with at most MOST_DRAWN steps: first, peak, newest, and the largest ones."""
    if len(series.steps) <= MOST_DRAWN:
        return series
    kept = {id(series.steps[0]), id(series.peak), id(series.newest)}
    largest = sorted(series.steps, key=lambda one: -abs(one.change))
    kept |= {id(one) for one in largest[: MOST_DRAWN // 2]}
    every = len(series.steps) // (MOST_DRAWN // 2) + 1
    kept |= {id(one) for one in series.steps[::every]}
    steps: list[Step] = []
    for one in series.steps:
        if id(one) in kept:
            steps.append(one._replace(before=steps[-1].value) if steps else one)
    return replace(series, steps=steps)


def line_row(line: FurtherLine) -> dict[str, Any]:
    """Return the row of a line in a table."""
    series, newest = line.series, line.newest
    return {
        "name": line.name,
        "dataset": series.dataset,
        "noun": noun(series.measure),
        "part": line.part,
        "value": dated_figure(series.dataset, series.measure, newest.value, newest.on),
        "since": day_only(newest.as_of),
        "steps": len(line.shown),
        "revised": revised_text(line),
        "revisions": len(line.revisions),
    }


def revised_text(line: FurtherLine) -> str:
    """Return how a line's past was revised, in the words of a table; 'never' where it was not."""
    if not line.revisions:
        return "never"
    series, last = line.series, line.revisions[-1]
    largest = max(line.revisions, key=lambda one: abs(one.share))
    before, after = (figure(one, series.measure) for one in (largest.before, largest.after))
    times = "once, on" if len(line.revisions) == 1 else f"{len(line.revisions)} times, last on"
    return (
        f"{times} {day_only(last.as_of)}; most {period_name(series.dataset, largest.on)}: "
        f"{before} {ARROW} {after}"
    )
