"""Expectation cards: one expectation on a page, in words, with a sparkline of the last vintages.

Promises: pure; colour alone never carries information.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.expectations.bounds import Span
from schemas.expectations.expectation import Judgement
from schemas.wording import day
from tasks.quality.expected_ranges import ExpectedRange
from tasks.quality.result_wording import amount

WORDS: Final = {
    "unmet": "not as expected",
    "waived": "left as it is",
    "open": "not judged",
    "met": "as expected",
}
"""The states of an expectation, worst first, and their names."""
WIDTH: Final = 176
HEIGHT: Final = 40
EDGE: Final = 6
FEWEST: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Sparkline:
    """A small chart of points, oldest first, with the expected range as a band behind them.

    Lengths are in units of the drawing, `width` by `height`, from its upper left corner. `band`:
    top and height of the band.
    """

    points: Sequence[tuple[float, float]]
    band: tuple[float, float] | None
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One expectation on a page.

    `words`: the text alternative of its sparkline. `remark`: why it is not judged, its waiver, or
    its fault.
    """

    judgement: Judgement
    state: str
    remark: str
    sparkline: Sparkline | None
    words: str


def state_of(one: Judgement) -> str:
    """Return the state of a judgement, a key of `WORDS`."""
    if one.is_met is None:
        return "open"
    if one.is_met:
        return "met"
    return "unmet" if one.needs_attention else "waived"


def card_of(expected_range: ExpectedRange, one: Judgement) -> Card:
    """Return the card of an expectation; `one` is the judgement of `expected_range`."""
    earlier, it = expected_range.earlier, expected_range.expectation
    before = ", ".join(amount(value, it) for value in earlier)
    remark = expected_range.why_not
    if one.waived_by is not None and one.waived_until is not None:
        until = datetime.combine(one.waived_until, datetime.min.time(), tzinfo=one.judged_at.tzinfo)
        remark = f"Left as it is until {day(until)} by {one.waived_by}: {one.waived_reason}"
    elif one.fault is not None:
        remark = f"It could not be checked, which counts as not met: {one.fault}"
    return Card(
        judgement=one,
        state=state_of(one),
        remark=remark,
        sparkline=sparkline(earlier, expected_range.value, expected_range.within),
        words=f"Before: {before}. Now: {one.seen}. Expected: {one.expected}.",
    )


def sparkline(earlier: Sequence[float], now: float | None, within: Span | None) -> Sparkline | None:
    """Return the sparkline of a figure; None with fewer than two points.

    >>> drawn = sparkline([1, 3], 2, Span(1, 3))
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
    return Sparkline(points=points, band=band)
