"""Shares with Wilson's 95 % intervals."""

from dataclasses import dataclass
from math import sqrt

Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its interval; all None where nothing was counted."""

    value: float | None
    low: float | None
    high: float | None

    def document(self) -> list[float | None]:
        """Return value, low and high, rounded."""
        return [None if one is None else round(one, 3) for one in (self.value, self.low, self.high)]


def wilson(hits: float, count: float) -> tuple[float, float]:
    """Return Wilson's 95 % score interval of a share (1927, JASA 22, 209).

    >>> [round(end, 4) for end in wilson(5, 10)]
    [0.2366, 0.7634]
    """
    share, z2 = hits / count, Z95 * Z95
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z95 * sqrt(share * (1 - share) / count + z2 / (4 * count * count)) / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def share(hits: float, count: float) -> Share:
    """Return hits / count with its interval."""
    return Share(hits / count, *wilson(hits, count)) if count else Share(None, None, None)


def f1(hits: int, false: int, missed: int) -> Share:
    """Return hits / (hits + (false + missed) / 2), the harmonic mean of precision and recall.

    Its interval is Wilson's of that many hits of that count: an approximation.
    """
    return share(hits, hits + (false + missed) / 2)
