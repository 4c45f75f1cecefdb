"""Where instants and values are on a step line, and which values have room beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.wording import figure
from tasks.site.country.country_series import Series, Step
from tasks.site.country.drawing import Text, place, width_of

SIZE = 13.0
"""Of the font."""
INSTANT = timedelta(seconds=1)
LEFT, TOP, BOTTOM = 8.0, 52.0, 26.0
"""Room around the line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """Where instants and values are on a drawing; each place is computed once."""

    first: datetime
    last: datetime
    highest: float
    x: float
    width: float
    y: float
    height: float
    _across: dict[datetime, float] = field(default_factory=dict[datetime, float], init=False)
    _upward: dict[float, float] = field(default_factory=dict[float, float], init=False)

    def at(self, when: datetime) -> float:
        """Return where an instant is, from left to right."""
        if when not in self._across:
            share = (when - self.first) / max(self.last - self.first, INSTANT)
            self._across[when] = place(self.x + self.width * share)
        return self._across[when]

    def up(self, value: float) -> float:
        """Return where a value is; the greatest is on top."""
        if value not in self._upward:
            self._upward[value] = place(self.y + self.height * (1 - value / self.highest))
        return self._upward[value]


def axes_of(series: Series, versions: Sequence[datetime], width: float, height: float) -> Axes:
    """Return where instants and values of a figure are on a drawing of this size.

    It goes from the first step to the newest version.
    """
    first, last = series.steps[0].as_of, max([*versions[-1:], series.newest.as_of])
    highest = max([one.value or 0 for one in series.steps]) or 1
    return Axes(
        first=first,
        last=last,
        highest=highest,
        x=LEFT + 8,
        width=width - LEFT - 30,
        y=TOP,
        height=height - TOP - BOTTOM,
    )


Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def value_texts(numbered: Sequence[Step], axes: Axes, series: Series) -> Iterator[Text]:
    """Yield the values beside the line: the greatest, then as many as touch nothing."""
    taken = [*_taken(series, axes)]
    for step in dict.fromkeys([series.peak, series.newest, *reversed(numbered)]):
        if step not in numbered:
            continue
        text = figure(step.value, series.measure)
        wide, x, y = width_of(text, SIZE), axes.at(step.as_of), axes.up(step.value or 0)
        left = min(x - 9, axes.x + axes.width + 12 - wide)
        right = left + wide
        near = [area for area in taken if left < area[2] and area[0] < right]
        for base in (y - 14, y + 23):
            top, bottom = base - 11, base + 2
            is_free = not any(top < area[3] and area[1] < bottom for area in near)
            if base < axes.up(0) and is_free:
                taken.append((left, top, right, bottom))
                yield Text(x=place(left), y=place(base), text=text, kind="value")
                break


def _taken(series: Series, axes: Axes) -> Iterator[Area]:
    """Yield what values must not touch: the numbers, the levels, and the rises and falls."""
    ends = [*(step.as_of for step in series.steps[1:]), axes.last]
    for step, end in zip(series.steps, ends, strict=True):
        x, y = axes.at(step.as_of), axes.up(step.value or 0)
        yield x - 10, y - 10, x + 10, y + 10
        yield x, y - 2, axes.at(end), y + 2
        other = axes.up(step.before or 0) if step.before is not None else y
        yield x - 2, min(y, other), x + 2, max(y, other)
