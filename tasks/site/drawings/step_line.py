"""A figure over the versions, before it is drawn: what its drawings of all sizes have in common."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from tasks.site.figures.country_series import Series, Step

MOST: Final = 8
"""Steps that are numbered and listed: the first, the peak, the newest, and the largest ones."""
PATIENCE: Final = 2
"""Cadences of a source after which no version is a gap."""
WORTH: Final = 0.02
"""Share of the peak that a step must have to be one of the largest, where there are many."""
INSTANT: Final = timedelta(seconds=1)


class Level(NamedTuple):
    """A figure that stands from one version to another, by their places among those known.

    `step`: the place of the step that it follows. `is_gap`: no version was kept in between.
    """

    start: int
    end: int
    step: int
    is_gap: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class StepLine:
    """A figure that is drawn.

    `versions`: as_of of its dataset's versions up to the last step, oldest first. `cadence`: how
    often the source publishes.
    """

    series: Series
    versions: Sequence[datetime]
    cadence: timedelta

    @property
    def first(self) -> datetime:
        """The version of the first step."""
        return self.series.steps[0].as_of

    @cached_property
    def last(self) -> datetime:
        """The newest version."""
        return max([*self.versions[-1:], self.series.newest.as_of])

    @cached_property
    def known(self) -> Sequence[datetime]:
        """The versions from the first step on, oldest first."""
        known = sorted({*self.versions, *(one.as_of for one in self.series.steps)})
        return known[bisect_left(known, self.first) :]

    @cached_property
    def patience(self) -> timedelta:
        """How long no version is no gap."""
        return PATIENCE * self.cadence

    @cached_property
    def places(self) -> Sequence[int]:
        """The place of each step's version among those known."""
        place_of = {at: place for place, at in enumerate(self.known)}
        return [place_of[step.as_of] for step in self.series.steps]

    @cached_property
    def levels(self) -> Sequence[Level]:
        """The levels of the figure between its versions, those without a step as one."""
        steps = {place: number for number, place in enumerate(self.places)}
        levels: list[Level] = []
        step = 0
        for end in range(1, len(self.known)):
            start = end - 1
            step = steps.get(start, step)
            if self.series.steps[step].value is None:
                continue
            is_gap = self.known[end] - self.known[start] > self.patience
            if levels and start not in steps and levels[-1][1::2] == (start, is_gap):
                start = levels.pop().start
            levels.append(Level(start, end, step, is_gap))
        return levels

    @cached_property
    def across(self) -> Sequence[float]:
        """Where each version is between the first and the last one, from 0 to 1."""
        first, whole = self.first, max(self.last - self.first, INSTANT)
        return [(at - first) / whole for at in self.known]

    @cached_property
    def depths(self) -> Sequence[float]:
        """How far the figure of each step is below the greatest one, as a share; 1 for zero."""
        values = [one.value or 0 for one in self.series.steps]
        highest = max(values) or 1
        return [1 - value / highest for value in values]

    @cached_property
    def peak(self) -> int:
        """The place of the last step that shows the greatest figure."""
        peak = self.series.peak
        return next(place for place, one in enumerate(self.series.steps) if one is peak)

    @cached_property
    def numbered(self) -> Sequence[int]:
        """The places of the steps that are listed, oldest first."""
        listed = {id(one) for one in numbered_steps(self.series)}
        return [place for place, one in enumerate(self.series.steps) if id(one) in listed]


def numbered_steps(series: Series) -> list[Step]:
    """Return the steps that are listed, oldest first."""
    if len(series.steps) <= MOST:
        return list(series.steps)
    peak = series.peak
    fixed = {one.vintage_id: one for one in (series.steps[0], peak, series.newest)}
    least = WORTH * (peak.value or 0)
    worth = (one for one in series.steps if abs(one.change) >= least)
    largest = sorted(worth, key=lambda one: -abs(one.change))
    chosen = list({**fixed, **{one.vintage_id: one for one in largest}})[:MOST]
    return [one for one in series.steps if one.vintage_id in chosen]
