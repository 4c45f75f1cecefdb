"""Bounds: the expected range of a figure, given its values in the last vintages.

The range is never tighter than declared, and wider when the figure has moved more of late.
`needs`: how many earlier figures a bound needs. `words`: how the range is made, after "Expected:".
`earlier`: the figure in the last good vintages, oldest first. `cadence`: days between publications.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

WIDER: Final = 2
"""The factor by which a figure may move more than in the last vintages."""
DEEPEST: Final = 0.9
"""The largest share by which a figure may fall, however much it has fallen of late."""
MANY: Final = 5
"""With this many earlier figures, the most extreme one, perhaps of a bad vintage, is ignored."""


@dataclass(frozen=True, slots=True)
class Span:
    """The range from `least` to `most`, both included; None means unbounded."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        """Return whether a figure is within."""
        is_enough = self.least is None or value >= self.least
        return is_enough and (self.most is None or value <= self.most)

    def whole(self) -> "Span":
        """Return the range in whole numbers, rounded outwards."""
        least = None if self.least is None else math.floor(self.least)
        return Span(least, None if self.most is None else math.ceil(self.most))


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """Near the last figure: a share down (`fall`) and up (`rise`), wider when it moved of late.

    `slack` is added on either side, so that a table of three rows may have four; `floor` is the
    lowest bound. After a 0, any value up to the earlier ones is near. `rise_needs`: with fewer
    earlier figures there is no upper bound.

    >>> Near(fall=0.1, rise=0.5).range([100, 100], 7)
    Span(least=90.0, most=150.0)
    """

    fall: float
    rise: float
    slack: float = 0
    floor: float = 0
    needs: int = 1
    rise_needs: int = 1

    @property
    def words(self) -> str:
        """How the range is made."""
        more = f", and {self.slack:,.0f} either way" if self.slack else ""
        return (
            f"from {_percent(self.fall)} below to {_percent(self.rise)} above the vintage before"
            f"{more}; wider where it has moved more of late"
        )

    def range(self, earlier: Sequence[float], _cadence: float) -> Span:
        """Return the range around the last figure."""
        last = earlier[-1]
        if not last:
            return Span(min(self.floor, last), _usual(earlier))
        steps = [(after - before) / abs(before) for before, after in pairwise(earlier) if before]
        fall = min(max(self.fall, WIDER * _usual([-step for step in steps])), DEEPEST)
        rise = max(self.rise, WIDER * _usual(steps))
        least, most = last - abs(last) * fall - self.slack, last + abs(last) * rise + self.slack
        is_known = len(earlier) >= self.rise_needs
        return Span(max(least, self.floor) if last > 0 else least, most if is_known else None)


@dataclass(frozen=True, kw_only=True, slots=True)
class AtMost:
    """At most `always`, or twice the recent maximum.

    `never`: the absolute maximum. `is_either_way`: the same bound below zero.

    >>> AtMost(always=0.05).range([0.02, 0.1], 7).most
    0.2
    """

    always: float = 0.0
    never: float | None = None
    is_either_way: bool = False
    needs: int = 1

    @property
    def words(self) -> str:
        """How the range is made."""
        either = " either way" if self.is_either_way else ""
        is_limited = self.never is not None and self.never < 1
        never = f", but never more than {_percent(self.never or 0)}" if is_limited else ""
        return f"at most {_percent(self.always)}{either}, or twice the most of late{never}"

    def range(self, earlier: Sequence[float], _cadence: float) -> Span:
        """Return the range up to the maximum, and down to its negative if either way."""
        seen = [abs(value) for value in earlier] if self.is_either_way else earlier
        most = max(self.always, WIDER * _usual(seen))
        if self.never is not None:
            most = min(most, self.never)
        return Span(-most if self.is_either_way else None, most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """At most a multiple of the days between publications, or twice the recent maximum.

    `always`: days that are always allowed, so a daily source may pause over a long weekend.
    `never`: the multiple that recent gaps cannot raise the bound above.
    """

    cadences: float
    always: float
    never: float | None = None
    needs: int = 0

    @property
    def words(self) -> str:
        """How the range is made."""
        never = f", but never more than {self.never:g} times" if self.never is not None else ""
        return (
            f"at most {self.cadences:g} times the days between two publications, or twice the most "
            f"of late{never}; {self.always:g} days are always allowed"
        )

    def range(self, earlier: Sequence[float], cadence: float) -> Span:
        """Return the range up to the maximum."""
        most = max(self.cadences * cadence, WIDER * _usual(earlier))
        if self.never is not None:
            most = min(most, self.never * cadence)
        return Span(None, max(most, self.always))


@dataclass(frozen=True, kw_only=True, slots=True)
class AtLeast:
    """At least the recent minimum, less a margin.

    >>> AtLeast(margin=0.5).range([10, 9], 7)
    Span(least=8.5, most=None)
    """

    margin: float
    needs: int = 1

    @property
    def words(self) -> str:
        """How the range is made."""
        return f"at least as in the last vintages, less {_percent(self.margin)}"

    def range(self, earlier: Sequence[float], _cadence: float) -> Span:
        """Return the range above the minimum."""
        return Span(-_usual([-value for value in earlier]) - self.margin)


@dataclass(frozen=True, slots=True)
class NotOne:
    """None at all, whatever the earlier figures were."""

    needs: int = 0
    words = "not a single one"

    def range(self, _earlier: Sequence[float], _cadence: float) -> Span:
        """Return the range that ends at zero."""
        return Span(None, 0)


Bound = Near | AtMost | Days | AtLeast | NotOne


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _usual(values: Sequence[float]) -> float:
    """Return the largest figure, or the second largest of many; 0 without figures."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[-2] if len(ordered) >= MANY else ordered[-1]
