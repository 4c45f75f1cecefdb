"""Where instants and values are on a step line, and which values have room beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.wording import figure
from tasks.site.drawings.drawing import Text, place, width_of
from tasks.site.drawings.step_line import StepLine

SIZE = 13.0
"""Of the font."""
LEFT, TOP, BOTTOM = 8.0, 52.0, 26.0
"""Room around the line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """Where versions and figures are on a drawing.

    `at`: from left to right, of each version that is known. `up`: of the figure of each step, the
    greatest is on top; `zero`: of 0.
    """

    x: float
    width: float
    at: Sequence[float]
    up: Sequence[float]
    zero: float


def axes_of(line: StepLine, width: float, height: float) -> Axes:
    """Return where versions and figures are on a drawing of this size.

    It goes from the first step to the newest version.
    """
    x, across, upward = LEFT + 8, width - LEFT - 30, height - TOP - BOTTOM
    return Axes(
        x=x,
        width=across,
        at=[place(x + across * share) for share in line.across],
        up=[place(TOP + upward * share) for share in line.depths],
        zero=place(TOP + upward * 1.0),
    )


Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def value_texts(line: StepLine, axes: Axes) -> Iterator[Text]:
    """Yield the values beside the line: the greatest, then as many as touch nothing."""
    series, taken = line.series, _taken(line, axes)
    ends = [
        place_of for place_of in (line.peak, len(series.steps) - 1) if place_of in line.numbered
    ]
    for step in dict.fromkeys([*ends, *reversed(line.numbered)]):
        text = figure(series.steps[step].value, series.measure)
        wide, x, y = width_of(text, SIZE), axes.at[line.places[step]], axes.up[step]
        left = min(x - 9, axes.x + axes.width + 12 - wide)
        right = left + wide
        near = [area for area in taken if left < area[2] and area[0] < right]
        for base in (y - 14, y + 23):
            top, bottom = base - 11, base + 2
            is_free = not any(top < area[3] and area[1] < bottom for area in near)
            if base < axes.zero and is_free:
                taken.append((left, top, right, bottom))
                yield Text(x=place(left), y=place(base), text=text, kind="value")
                break


def _taken(line: StepLine, axes: Axes) -> list[Area]:
    """Return what values must not touch: the numbers, the levels, and the rises and falls."""
    at, up = axes.at, axes.up
    across = [at[place_of] for place_of in line.places]
    found: list[Area] = []
    for x, end, y, before in zip(across, [*across[1:], at[-1]], up, [up[0], *up[:-1]], strict=True):
        found.append((x - 10, y - 10, x + 10, y + 10))
        found.append((x, y - 2, end, y + 2))
        found.append((x - 2, min(y, before), x + 2, max(y, before)))
    return found
