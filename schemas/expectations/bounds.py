"""
How far a figure of a published table may go, given what it was in the last vintages.

Promises: pure arithmetic on a short list of numbers; the words say what the arithmetic does. Of
five or more earlier figures the one farthest out is left aside: one bad vintage must not teach the
expectations that everything is usual.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

MANY: Final = 5
"""From so many earlier figures on, the one farthest out is left aside."""
WIDER: Final = 1.5
"""How much farther than in the last vintages a figure may go."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is expected: between `least` and `most`, both included; None where there is no end."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        """
        Return whether a figure is within.

        >>> Span(most=3).holds(3), Span(least=4).holds(3)
        (True, False)
        """
        is_enough = self.least is None or value >= self.least
        return is_enough and (self.most is None or value <= self.most)

    def whole(self) -> "Span":
        """
        Return the range in whole numbers, rounded outwards.

        >>> Span(21.3, 36.75).whole()
        Span(least=21, most=37)
        """
        least = None if self.least is None else math.floor(self.least)
        return Span(least, None if self.most is None else math.ceil(self.most))


class Bound(Protocol):
    """Makes the range of a figure from what it was before."""

    @property
    def needs(self) -> int:
        """How many earlier figures there must be."""
        ...

    @property
    def words(self) -> str:
        """How the range is made, as the end of a sentence that begins with "Expected:"."""
        ...

    def range(self, earlier: Sequence[float], *, cadence: float) -> Span:
        """
        Return the range.

        `earlier`: what the figure was in the last good vintages, oldest first, at least `needs` of
        them. `cadence`: days between two publications of the source.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """
    Near the last figure: so much of it down (`fall`) and up (`rise`), more where it moved more.

    `slack` is added on either side, so that a table of three rows may have four; `floor` is the
    least at all. After a 0 anything up to what was there before is near.

    >>> Near(fall=0.1, rise=0.5).range([100, 100], cadence=7)
    Span(least=90.0, most=150.0)
    """

    fall: float
    rise: float
    slack: float = 0
    floor: float = 0
    needs: int = 1

    @property
    def words(self) -> str:
        """How the range is made."""
        more = f", and {self.slack:,.0f} either way" if self.slack else ""
        return (
            f"from {percent(self.fall)} below to {percent(self.rise)} above the vintage before"
            f"{more}; wider where it has moved more of late"
        )

    def range(self, earlier: Sequence[float], *, cadence: float) -> Span:
        """Return the range around the last figure."""
        del cadence
        last = earlier[-1]
        if not last:
            return Span(min(self.floor, last), usual(earlier))
        steps = [(after - before) / abs(before) for before, after in pairwise(earlier) if before]
        fall = max(self.fall, WIDER * usual([-step for step in steps]))
        rise = max(self.rise, WIDER * usual(steps))
        least, most = last - abs(last) * fall - self.slack, last + abs(last) * rise + self.slack
        return Span(max(least, self.floor) if last > 0 else least, most)


@dataclass(frozen=True, kw_only=True, slots=True)
class AtMost:
    """
    At most `always`, or half as much again as the most of late.

    `cadences`: so many times the source's cadence is always allowed, too. `never`: no more than
    this is ever allowed. `is_either_way`: as far below zero as above.

    >>> AtMost(always=0.05).range([0.02, 0.1], cadence=7).most
    0.15000000000000002
    """

    always: float = 0.0
    cadences: float = 0.0
    never: float | None = None
    is_either_way: bool = False
    needs: int = 1

    @property
    def words(self) -> str:
        """How the range is made."""
        if self.cadences:
            return (
                f"at most {self.cadences:g} times the days between two publications, or half as "
                f"much again as the most of late"
            )
        either = " either way" if self.is_either_way else ""
        return f"at most {percent(self.always)}{either}, or half as much again as the most of late"

    def range(self, earlier: Sequence[float], *, cadence: float) -> Span:
        """Return the range up to the most, and down to minus that where it is either way."""
        seen = [abs(value) for value in earlier] if self.is_either_way else earlier
        most = max(self.always, self.cadences * cadence, WIDER * usual(seen))
        if self.never is not None:
            most = min(most, self.never)
        return Span(-most if self.is_either_way else None, most)


@dataclass(frozen=True, kw_only=True, slots=True)
class AtLeast:
    """
    At least the least of late, less a margin.

    >>> AtLeast(margin=0.5).range([10, 9], cadence=7)
    Span(least=8.5, most=None)
    """

    margin: float
    needs: int = 1

    @property
    def words(self) -> str:
        """How the range is made."""
        return f"at least as in the last vintages, less {percent(self.margin)}"

    def range(self, earlier: Sequence[float], *, cadence: float) -> Span:
        """Return the range from the least on."""
        del cadence
        return Span(-usual([-value for value in earlier]) - self.margin)


@dataclass(frozen=True, slots=True)
class NotOne:
    """
    Not a single one; nothing earlier is needed to say so.

    >>> NotOne().range([0], cadence=7)
    Span(least=None, most=0)
    """

    needs: int = 0

    @property
    def words(self) -> str:
        """How the range is made."""
        return "not a single one"

    def range(self, earlier: Sequence[float], *, cadence: float) -> Span:
        """Return the range that has no more than zero."""
        del earlier, cadence
        return Span(None, 0)


def percent(share: float) -> str:
    """
    Return a share in percent.

    >>> percent(0.1)
    '10 %'
    """
    return f"{share * 100:.3g} %"


def usual(values: Sequence[float]) -> float:
    """
    Return the greatest of some figures, without the very greatest of many; 0 without figures.

    >>> usual([1, 2, 9]), usual([1, 2, 2, 3, 9]), usual([])
    (9, 3, 0.0)
    """
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[-2] if len(ordered) >= MANY else ordered[-1]
