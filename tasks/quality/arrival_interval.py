"""
Pace: how often vintages come, and where a long gap says that what was seen across it is not usual.

Promises: pure; what lies before the last long gap teaches nothing of how far figures move from one
vintage to the next.
"""

from dataclasses import dataclass

from schemas.expectations.expectation import GROWING, MOVED, Fact, Suite
from tasks.quality.measurements import Facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """
    The long gaps of a table.

    `hole`: days since the vintage before the judged one where they are more than expected, else
    None. `broken`: the position of the last vintage before the judged one that came after a long
    gap; None without one.
    """

    hole: float | None
    broken: int | None

    def since(self, fact: Fact) -> int:
        """Return the position of the first vintage whose figure says what is usual."""
        if self.broken is None or fact not in GROWING | MOVED:
            return 0
        return self.broken if fact in GROWING else self.broken + 1


def pace_of(facts: Facts, suite: Suite, *, cadence: float) -> Pace:
    """Return the long gaps of a table; `cadence`: days between two publications of its source."""
    (it,) = (it for it in suite.expectations if it.fact == "gap")
    *before, last = facts.frame[it.name].to_list()
    within = it.bound.range(facts.earlier(it.name), cadence=cadence)
    broken = [n for n, gap in enumerate(before) if gap is not None and not within.holds(gap)]
    return Pace(
        hole=None if last is None or within.holds(last) else last,
        broken=broken[-1] if broken else None,
    )
