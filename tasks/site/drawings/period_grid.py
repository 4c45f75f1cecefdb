"""Where months or years and values are on a drawing, and which values lines across stand for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.wording import figure
from tasks.site.drawings.drawing import place, width_of
from tasks.site.periods.period_lines import PeriodLine

MOST_EARLIER: Final = 12
"""Figures of earlier versions that are drawn of a month or year, the last ones."""
LINES: Final = 4
"""Spaces between lines across at most."""
FLAT: Final = 0.2
"""The least share of the highest figure that the axis covers, so that noise looks small."""
SMALL: Final = 12.0
"""Size of the small font."""
EPS: Final = 1e-9
"""What a quotient may be off a whole number by rounding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Where months or years and values are. `levels`: the values of the lines across, rising."""

    first: int
    last: int
    levels: Sequence[float]
    x: float
    width: float
    y: float
    height: float

    def at(self, number: int) -> float:
        """Return where a month or year is, from left to right."""
        return place(self.x + self.width * (number - self.first) / max(1, self.last - self.first))

    def up(self, value: float) -> float:
        """Return where a value is."""
        low, high = self.levels[0], self.levels[-1]
        return place(self.y + self.height * (high - value) / (high - low))


def number_of(line: PeriodLine, on: date) -> int:
    """Return the place of a month or year among all."""
    return on.year * 12 + on.month - 1 if line.word == "month" else on.year


def grid_of(line: PeriodLine, room: float, top: float, height: float) -> Grid:
    """Return where the months or years of a line are on a drawing with so much room and height."""
    values = [
        value
        for one in line.periods
        for value in (one.newest, *one.earlier[-MOST_EARLIER:])
        if value is not None
    ]
    levels = levels_of(min(values), max(values))
    left = max(width_of(figure(one, line.measure), SMALL) for one in levels) + 10
    numbers = [number_of(line, one.on) for one in line.periods]
    return Grid(
        first=numbers[0],
        last=numbers[-1],
        levels=levels,
        x=left,
        width=room - left - 14,
        y=top,
        height=height,
    )


def levels_of(low: float, high: float) -> list[float]:
    """Return the values of the lines across, rising: they begin at 0 unless all figures are large.

    >>> levels_of(0, 8_115_600)[-1], levels_of(0.8, 0.9)
    (10000000.0, [0.7, 0.75, 0.8, 0.85, 0.9])
    """
    is_high = low > high / 2 > 0
    least = max(0.0, high - max(high - low, FLAT * high) * 1.1) if is_high else min(0.0, low)
    span = (high - least) or 1.0
    power = 10 ** math.floor(math.log10(span / LINES))
    step = next(
        each * power
        for each in (1, 2, 2.5, 5, 10, 20)
        if math.ceil(high / (each * power) - EPS) - math.floor(least / (each * power) + EPS)
        <= LINES
    )
    first, last = math.floor(least / step + EPS), math.ceil(high / step - EPS)
    return [round(number * step, 12) for number in range(first, max(last, first + 1) + 1)]
