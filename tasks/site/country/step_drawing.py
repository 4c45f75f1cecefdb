"""The step line: a figure over the versions, with its steps numbered and listed.

A figure is known at versions only: between two that are further apart than the source's cadence
allows, the line is dashed; where there is no figure it breaks.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from schemas.units import unit_of
from schemas.wording import ARROW, day_only, figure, percent
from tasks.site.country.country_series import Series, Step
from tasks.site.country.drawing import Box, Dot, Drawing, Line, Text, place
from tasks.site.country.step_axes import LEFT, Axes, axes_of, value_texts

MOST: Final = 8
"""Steps that are numbered and listed: the first, the peak, the newest, and the largest ones."""
PATIENCE: Final = 2
"""Cadences of a source after which no version is a gap."""
MOST_TICKS: Final = 60
"""Versions up to which each has a mark below the line."""
WORTH: Final = 0.02
"""Share of the peak that a step must have to be one of the largest, where there are many."""
ROW = 38.0
LIST: Final = 290.0
"""Width of the list where it stands beside the line."""
NEAR = 21.0
"""Distance below which two numbers would touch."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A figure that stands from one version to another. `is_gap`: none was kept in between."""

    start: datetime
    end: datetime
    value: float
    is_gap: bool


def step_drawing(
    series: Series,
    versions: Sequence[datetime],
    *,
    cadence: timedelta,
    title: str,
    width: float,
    height: float | None = None,
) -> Drawing:
    """Return the drawing of a figure.

    Args:
        series: The figure.
        versions: as_of of its dataset's versions up to the last step, oldest first.
        cadence: How often the source publishes.
        title: What the picture shows.
        width: Of the drawing; the list stands below the line where it is less than 600.
        height: Of the drawing; by default as the list needs it.
    """
    numbered = numbered_steps(series)
    is_beside = width >= 600  # noqa: PLR2004 (stated in the docstring)
    below = 0 if is_beside else ROW * len(numbered) + 12
    whole = height or (max(300, ROW * len(numbered) + 20) if is_beside else 210 + below)
    axes = axes_of(series, versions, width - (LIST + 30 if is_beside else 0), whole - below)
    list_at = (width - LIST, 26.0) if is_beside else (LEFT, whole - below + 24)
    lines = list(_lines(series, versions, axes, cadence))
    gap = PATIENCE * cadence if any("gap" in one.kind for one in lines) else None
    return Drawing(
        width=place(width),
        height=place(whole),
        title=title,
        about=" ".join(f"{step_text(step, series.measure)}." for step in series.steps[-12:]),
        boxes=[Box(x=LEFT, y=axes.up(0), width=place(axes.width + 14), height=1, kind="axis")],
        lines=lines,
        dots=list(_dots(numbered, axes, list_at, series)),
        texts=[
            *_ticks(axes, series, gap),
            *value_texts(numbered, axes, series),
            *_list(numbered, list_at, series),
        ],
    )


def numbered_steps(series: Series) -> list[Step]:
    """Return the steps that are listed, oldest first."""
    if len(series.steps) <= MOST:
        return list(series.steps)
    fixed = {one.vintage_id: one for one in (series.steps[0], series.peak, series.newest)}
    least = WORTH * (series.peak.value or 0)
    worth = (one for one in series.steps if abs(one.change) >= least)
    largest = sorted(worth, key=lambda one: -abs(one.change))
    chosen = list({**fixed, **{one.vintage_id: one for one in largest}})[:MOST]
    return [one for one in series.steps if one.vintage_id in chosen]


def step_text(step: Step, measure: str) -> str:
    """Return a step as text: the day, and the figure from what to what."""
    return f"{day_only(step.as_of)}: {change_text(step, measure)}"


def change_text(step: Step, measure: str) -> str:
    """Return the figure of a step from what to what; of the first step the figure alone."""
    now = figure(step.value, measure)
    if step.before is None:
        return now
    share = f" ({percent(step.change / step.before)})" if step.before else ""
    return f"{figure(step.before, measure)} {ARROW} {now}{share}"


def _lines(
    series: Series, versions: Sequence[datetime], axes: Axes, cadence: timedelta
) -> Iterator[Line]:
    """Yield rises and falls, then the line: solid where versions follow each other, else dashed."""
    known = sorted({*versions, *(one.as_of for one in series.steps)})
    known = known[bisect_left(known, axes.first) :]
    for kind in ("rise", "fall"):
        moves = [
            f"M{axes.at(one.as_of)} {axes.up(one.before or 0)}V{axes.up(one.value or 0)}"
            for one in series.steps[1:]
            if (one.change > 0) == (kind == "rise")
        ]
        if moves:
            yield Line(d="".join(moves), kind=f"move {kind}")
    levels = _levels(series, known, PATIENCE * cadence)
    for is_gap, kind in ((True, "level gap"), (False, "level")):
        parts = [
            f"M{axes.at(one.start)} {axes.up(one.value)}H{axes.at(one.end)}"
            for one in levels
            if one.is_gap == is_gap
        ]
        if parts:
            yield Line(d="".join(parts), kind=kind)
    if len(known) <= MOST_TICKS:
        yield Line(d="".join(f"M{axes.at(at)} {axes.up(0)}v5" for at in known), kind="tick")


def _levels(series: Series, known: Sequence[datetime], patience: timedelta) -> list[Level]:
    """Return the levels of a figure between its versions `known`, those without a step as one."""
    values = {step.as_of: step.value for step in series.steps}
    levels: list[Level] = []
    value: float | None = None
    for at, then in pairwise(known):
        value = values.get(at, value)
        if value is None:
            continue
        is_gap, start = then - at > patience, at
        if levels and at not in values and (levels[-1].end, levels[-1].is_gap) == (at, is_gap):
            start = levels.pop().start
        levels.append(Level(start=start, end=then, value=value, is_gap=is_gap))
    return levels


def _dots(
    numbered: Sequence[Step], axes: Axes, list_at: tuple[float, float], series: Series
) -> Iterator[Dot]:
    """Yield the numbers on the line, moved apart where they would touch, and those of the list."""
    set_down: list[tuple[float, float]] = []
    for number, step in enumerate(numbered, 1):
        x, y = axes.at(step.as_of), axes.up(step.value or 0)
        while any(abs(x - other) < NEAR and abs(y - up) < NEAR for other, up in set_down):
            y = place(y - NEAR)
        set_down.append((x, y))
        kind = _kind(step, series)
        yield Dot(x=x, y=y, number=str(number), kind=kind)
        yield Dot(
            x=place(list_at[0] + 9),
            y=place(list_at[1] + ROW * (number - 1) - 4),
            number=str(number),
            kind=kind,
        )


def _kind(step: Step, series: Series) -> str:
    if step is series.steps[0]:
        return "first"
    return "rise" if step.change > 0 else "fall"


def _ticks(axes: Axes, series: Series, gap: timedelta | None) -> Iterator[Text]:
    """Yield both ends of the axis of days, and the unit. `gap`: above which a line is dashed."""
    first, last = axes.first, axes.last
    y = place(axes.up(0) + 20)
    yield Text(x=LEFT, y=y, text=day_only(first), kind="soft")
    if first.date() != last.date():
        yield Text(
            x=place(axes.x + axes.width + 10), y=y, text=day_only(last), kind="soft", anchor="end"
        )
    note = f"; dashed: more than {gap.days} days without a version" if gap else ""
    yield Text(x=LEFT, y=14, text=f"{unit_of(series.measure)}{note}", kind="soft")


def _list(numbered: Sequence[Step], list_at: tuple[float, float], series: Series) -> Iterator[Text]:
    for number, step in enumerate(numbered):
        x, y = place(list_at[0] + 28), list_at[1] + ROW * number
        yield Text(x=x, y=place(y), text=change_text(step, series.measure), kind="strong")
        yield Text(x=x, y=place(y + 15), text=f"shown on {day_only(step.as_of)}", kind="soft")
