"""The step line: a figure over the versions, with its steps numbered and listed.

A figure is known at versions only: between two that are further apart than the source's cadence
allows, the line is dashed; where there is no figure it breaks.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from schemas.units import unit_of
from schemas.wording import ARROW, day_only, figure, percent
from tasks.site.drawings.drawing import Box, Dot, Drawing, Line, Text, place
from tasks.site.drawings.step_axes import LEFT, Axes, axes_of, value_texts
from tasks.site.drawings.step_line import StepLine
from tasks.site.figures.country_series import Step

MOST_TICKS: Final = 60
"""Versions up to which each has a mark below the line."""
ROW = 38.0
LIST: Final = 290.0
"""Width of the list where it stands beside the line."""
NEAR = 21.0
"""Distance below which two numbers would touch."""


def step_drawing(
    line: StepLine, *, title: str, width: float, height: float | None = None
) -> Drawing:
    """Return the drawing of a figure.

    `title`: what the picture shows. `width`: of the drawing; the list stands below the line where
    it is less than 600. `height`: by default as the list needs it.
    """
    series, count = line.series, len(line.numbered)
    is_beside = width >= 600  # noqa: PLR2004 (stated in the docstring)
    below = 0 if is_beside else ROW * count + 12
    whole = height or (max(300, ROW * count + 20) if is_beside else 210 + below)
    axes = axes_of(line, width - (LIST + 30 if is_beside else 0), whole - below)
    list_at = (width - LIST, 26.0) if is_beside else (LEFT, whole - below + 24)
    lines = list(_lines(line, axes))
    gap = line.patience if any("gap" in one.kind for one in lines) else None
    return Drawing(
        width=place(width),
        height=place(whole),
        title=title,
        about=" ".join(f"{step_text(step, series.measure)}." for step in series.steps[-12:]),
        boxes=[Box(x=LEFT, y=axes.zero, width=place(axes.width + 14), height=1, kind="axis")],
        lines=lines,
        dots=list(_dots(line, axes, list_at)),
        texts=[*_ticks(line, axes, gap), *value_texts(line, axes), *_list(line, list_at)],
    )


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


def _lines(line: StepLine, axes: Axes) -> Iterator[Line]:
    """Yield rises and falls, then the line: solid where versions follow each other, else dashed."""
    at, up = [str(x) for x in axes.at], [str(y) for y in axes.up]
    moves: dict[bool, list[str]] = {True: [], False: []}
    changes = zip(line.places[1:], line.series.steps[1:], pairwise(up), strict=True)
    for place_of, step, (before, after) in changes:
        moves[step.change > 0].append(f"M{at[place_of]} {before}V{after}")
    parts: dict[bool, list[str]] = {True: [], False: []}
    for start, end, place_of, is_gap in line.levels:
        parts[is_gap].append(f"M{at[start]} {up[place_of]}H{at[end]}")
    for paths, kind in (
        (moves[True], "move rise"),
        (moves[False], "move fall"),
        (parts[True], "level gap"),
        (parts[False], "level"),
    ):
        if paths:
            yield Line(d="".join(paths), kind=kind)
    if len(at) <= MOST_TICKS:
        yield Line(d="".join(f"M{x} {axes.zero}v5" for x in at), kind="tick")


def _dots(line: StepLine, axes: Axes, list_at: tuple[float, float]) -> Iterator[Dot]:
    """Yield the numbers on the line, moved apart where they would touch, and those of the list."""
    set_down: list[tuple[float, float]] = []
    for number, step in enumerate(line.numbered, 1):
        x, y = axes.at[line.places[step]], axes.up[step]
        while any(abs(x - other) < NEAR and abs(y - up) < NEAR for other, up in set_down):
            y = place(y - NEAR)
        set_down.append((x, y))
        kind = "first"
        if step:
            kind = "rise" if line.series.steps[step].change > 0 else "fall"
        yield Dot(x=x, y=y, number=str(number), kind=kind)
        yield Dot(
            x=place(list_at[0] + 9),
            y=place(list_at[1] + ROW * (number - 1) - 4),
            number=str(number),
            kind=kind,
        )


def _ticks(line: StepLine, axes: Axes, gap: timedelta | None) -> Iterator[Text]:
    """Yield both ends of the axis of days, and the unit. `gap`: above which a line is dashed."""
    y = place(axes.zero + 20)
    yield Text(x=LEFT, y=y, text=day_only(line.first), kind="soft")
    if line.first.date() != line.last.date():
        x, last = place(axes.x + axes.width + 10), day_only(line.last)
        yield Text(x=x, y=y, text=last, kind="soft", anchor="end")
    note = f"; dashed: more than {gap.days} days without a version" if gap else ""
    yield Text(x=LEFT, y=14, text=f"{unit_of(line.series.measure)}{note}", kind="soft")


def _list(line: StepLine, list_at: tuple[float, float]) -> Iterator[Text]:
    for number, place_of in enumerate(line.numbered):
        step = line.series.steps[place_of]
        x, y = place(list_at[0] + 28), list_at[1] + ROW * number
        yield Text(x=x, y=place(y), text=change_text(step, line.series.measure), kind="strong")
        yield Text(x=x, y=place(y + 15), text=f"shown on {day_only(step.as_of)}", kind="soft")
