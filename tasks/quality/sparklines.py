"""Sparks: the small drawing of what a figure was in the last vintages, and what was expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.expectations.spans import Span

WIDTH: Final = 176
HEIGHT: Final = 40
EDGE: Final = 6
FEWEST: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Spark:
    """
    A line of points, oldest first, with the expected range as a band behind it.

    Lengths are in units of the drawing, `width` by `height`, from its upper left corner. `band`:
    where it begins and how high it is. `state`: of the last point. `words`: the same for those who
    cannot see it.
    """

    points: Sequence[tuple[float, float]]
    band: tuple[float, float] | None
    state: str
    words: str
    width: int = WIDTH
    height: int = HEIGHT


def spark(
    earlier: Sequence[float], now: float | None, within: Span | None, *, state: str, words: str
) -> Spark | None:
    """
    Return the drawing of a figure; None where there are fewer than two points.

    >>> drawn = spark([1, 3], 2, Span(1, 3), state="met", words="1, 3, 2")
    >>> drawn.points, drawn.band
    ([(6.0, 34.0), (88.0, 6.0), (170.0, 20.0)], (6.0, 28.0))
    """
    values = [*earlier, *([] if now is None else [now])]
    if len(values) < FEWEST:
        return None
    ends = [end for end in (within.least, within.most) if end is not None] if within else []
    low, high = min(*values, *ends), max(*values, *ends)
    scale = (HEIGHT - 2 * EDGE) / ((high - low) or 1)

    def down(value: float) -> float:
        return round(HEIGHT - EDGE - (value - low) * scale, 1)

    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    points = [(round(EDGE + n * step, 1), down(value)) for n, value in enumerate(values)]
    band = None
    if within is not None:
        top = 0.0 if within.most is None else down(within.most)
        bottom = float(HEIGHT) if within.least is None else down(within.least)
        band = (top, round(max(bottom - top, 2.0), 1))
    return Spark(points=points, band=band, state=state, words=words)
