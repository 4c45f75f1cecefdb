"""Spans: the expected range of a figure, and the usual maximum of earlier figures.

Promises: pure arithmetic on a short list of numbers. Of five or more earlier figures the most
extreme one is ignored, so that one bad vintage does not widen the range.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MANY: Final = 5
"""With this many earlier figures, the most extreme one is ignored."""


@dataclass(frozen=True, slots=True)
class Span:
    """The range from `least` to `most`, both included; None means unbounded."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        """Return whether a figure is within.

        >>> Span(most=3).holds(3), Span(least=4).holds(3)
        (True, False)
        """
        is_enough = self.least is None or value >= self.least
        return is_enough and (self.most is None or value <= self.most)

    def whole(self) -> "Span":
        """Return the range in whole numbers, rounded outwards.

        >>> Span(21.3, 36.75).whole()
        Span(least=21, most=37)
        """
        least = None if self.least is None else math.floor(self.least)
        return Span(least, None if self.most is None else math.ceil(self.most))


def percent(share: float) -> str:
    """Return a share in percent.

    >>> percent(0.1)
    '10 %'
    """
    return f"{share * 100:.3g} %"


def usual(values: Sequence[float]) -> float:
    """Return the largest figure, or the second largest of many; 0 without figures.

    >>> usual([1, 2, 9]), usual([1, 2, 2, 3, 9]), usual([])
    (9, 3, 0.0)
    """
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[-2] if len(ordered) >= MANY else ordered[-1]
