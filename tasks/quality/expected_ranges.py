"""Expected ranges: each expectation of one table with its bounds, from the last good vintages.

Promises: pure; an expectation that cannot be judged has a reason and never counts as met. One whose
column is in none of the vintages is left out. Vintages before the last long gap do not show how far
figures move from one vintage to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.expectations.bounds import Span
from schemas.expectations.expectation import GROWING, MOVED, PACED, Expectation, Fact, Suite
from tasks.quality import result_wording
from tasks.quality.measurements import Measurements


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedRange:
    """One expectation of one table at one vintage.

    `value`: the measured figure; None when it cannot be measured. `earlier`: the figures of the
    earlier vintages. `within`: the expected range; None when there is none, for the reason in
    `why_not`. `seen`, `expected`: value and range in words.
    """

    expectation: Expectation
    value: float | None
    earlier: Sequence[float]
    within: Span | None
    why_not: str
    seen: str
    expected: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """The checkpoint's result for one expectation; `fault`: the message of its exception."""

    is_met: bool
    fault: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LongGaps:
    """Gaps between vintages that are longer than expected.

    `hole`: days between the judged vintage and its predecessor when that gap is long, else None.
    `broken`: the position of the last earlier vintage that follows a long gap; None without one.
    """

    hole: float | None
    broken: int | None

    def since(self, fact: Fact) -> int:
        """Return the position of the first vintage whose figure shows what is usual."""
        if self.broken is None or fact not in GROWING | MOVED:
            return 0
        return self.broken if fact in GROWING else self.broken + 1


def long_gaps_of(measurements: Measurements, suite: Suite, *, cadence: float) -> LongGaps:
    """Return the long gaps of a table; `cadence`: days between publications of its source."""
    (it,) = (it for it in suite.expectations if it.fact == "gap")
    *before, last = measurements.frame[it.name].to_list()
    within = it.bound.range(measurements.earlier(it.name), cadence=cadence)
    broken = [n for n, gap in enumerate(before) if gap is not None and not within.holds(gap)]
    return LongGaps(
        hole=None if last is None or within.holds(last) else last,
        broken=broken[-1] if broken else None,
    )


def expected_ranges(
    measurements: Measurements, suite: Suite, *, cadence: float
) -> list[ExpectedRange]:
    """Return the expected range of each expectation of a table.

    `cadence`: days between publications of its source.
    """
    long_gaps = long_gaps_of(measurements, suite, cadence=cadence)
    return [
        _expected_range(measurements, suite, expectation, cadence=cadence, long_gaps=long_gaps)
        for expectation in suite.expectations
        if measurements.frame[expectation.name].count() or not _is_of_a_column(expectation)
    ]


def _is_of_a_column(expectation: Expectation) -> bool:
    """Return whether an expectation is about one column, which a table may lack."""
    return bool(expectation.figure) or expectation.fact == "newest_day"


def _expected_range(
    measurements: Measurements,
    suite: Suite,
    it: Expectation,
    *,
    cadence: float,
    long_gaps: LongGaps,
) -> ExpectedRange:
    value, earlier = measurements.latest(it.name), measurements.earlier(it.name)
    usual = measurements.earlier(it.name, since=long_gaps.since(it.fact))
    why_not = _after(long_gaps.hole, it) or _why_not(measurements, it, value, len(usual))
    within = None
    if not why_not:
        within = _within(
            it, it.bound.range(usual, cadence=cadence), is_late=long_gaps.hole is not None
        )
    seen = "nothing to measure" if value is None else result_wording.amount(value, it)
    if it.fact == "members_gone" and value is not None:
        seen = result_wording.named(
            measurements.gone, of=suite.members, before=measurements.vintages[-2].as_of
        )
    return ExpectedRange(
        expectation=it,
        value=value,
        earlier=earlier,
        within=within,
        why_not=why_not,
        seen=seen,
        expected="not known yet" if within is None else result_wording.expected(within, it),
    )


def _within(it: Expectation, within: Span, *, is_late: bool) -> Span:
    if is_late and it.fact in GROWING:
        within = Span(within.least)
    return within.whole() if it.unit == "count" else within


def _why_not(measurements: Measurements, it: Expectation, value: float | None, earlier: int) -> str:
    """Return why an expectation cannot be judged; empty when it can."""
    if len(measurements.vintages) == 1 and (value is None or it.bound.needs):
        return "This is the first vintage: there is nothing to compare it with."
    if value is None:
        return _nothing(it)
    if earlier < it.bound.needs:
        known = f"only {earlier} so far" if earlier else "none so far"
        return f"It takes {it.bound.needs} vintages before to say what is usual; {known}."
    return ""


def _nothing(it: Expectation) -> str:
    """Return why there is nothing to measure in a later vintage."""
    if _is_of_a_column(it):
        return "This vintage has no such figure, though an earlier one had."
    if it.fact in {"change_median", "change_large"}:
        return "Too few figures were changed to say how they moved."
    return "The vintage before has nothing to compare with."


def _after(hole: float | None, it: Expectation) -> str:
    """Return the reason that a long gap gives, for expectations that depend on it; else empty."""
    if hole is None or it.fact not in PACED:
        return ""
    return f"The vintage before is {hole:,.0f} days older: too long to say what is usual by now."
