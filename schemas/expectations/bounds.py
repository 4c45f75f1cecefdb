"""
Bounds: how far a figure of a published table may go, given what it was in the last vintages.

Promises: pure; the words say what the arithmetic does. What is allowed is never tighter than
declared, and wider where a figure has moved more of late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from schemas.expectations.spans import Span, percent, usual

WIDER: Final = 2
"""How much farther than in the last vintages a figure may go."""
DEEPEST: Final = 0.9
"""The share by which a figure may fall at most, however much it has fallen of late."""


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
    least at all. After a 0 anything up to what was there before is near. `rise_needs`: with fewer
    earlier figures than this nobody knows how fast it grows, and there is no upper end.

    >>> Near(fall=0.1, rise=0.5).range([100, 100], cadence=7)
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
        fall = min(max(self.fall, WIDER * usual([-step for step in steps])), DEEPEST)
        rise = max(self.rise, WIDER * usual(steps))
        least, most = last - abs(last) * fall - self.slack, last + abs(last) * rise + self.slack
        is_known = len(earlier) >= self.rise_needs
        return Span(max(least, self.floor) if last > 0 else least, most if is_known else None)


@dataclass(frozen=True, kw_only=True, slots=True)
class AtMost:
    """
    At most `always`, or twice the most of late.

    `never`: no more than this is ever allowed. `is_either_way`: as far below zero as above.

    >>> AtMost(always=0.05).range([0.02, 0.1], cadence=7).most
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
        is_told = self.never is not None and self.never < 1
        never = f", but never more than {percent(self.never or 0)}" if is_told else ""
        return f"at most {percent(self.always)}{either}, or twice the most of late{never}"

    def range(self, earlier: Sequence[float], *, cadence: float) -> Span:
        """Return the range up to the most, and down to minus that where it is either way."""
        del cadence
        seen = [abs(value) for value in earlier] if self.is_either_way else earlier
        most = max(self.always, WIDER * usual(seen))
        if self.never is not None:
            most = min(most, self.never)
        return Span(-most if self.is_either_way else None, most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """
    At most so many times the days between two publications, or twice the most of late.

    `always`: so many are always allowed; what comes daily may rest over a long weekend. `never`: so
    many times the days between two publications are never exceeded by what was seen of late.

    >>> (
    ...     Days(cadences=2, always=4).range([], cadence=7),
    ...     Days(cadences=2, always=4).range([6], cadence=1),
    ... )
    (Span(least=None, most=14), Span(least=None, most=12))
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

    def range(self, earlier: Sequence[float], *, cadence: float) -> Span:
        """Return the range up to the most."""
        most = max(self.cadences * cadence, WIDER * usual(earlier))
        if self.never is not None:
            most = min(most, self.never * cadence)
        return Span(None, max(most, self.always))


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
