"""Expected ranges: each expectation of one table with its bounds, from the last good vintages.

Promises: pure; an expectation that cannot be judged has a reason and never counts as met. One whose
column is in none of the vintages is left out. Vintages before the last long gap do not show how far
figures move from one vintage to the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.expectations.bounds import Span
from schemas.expectations.expectation import GROWING, MOVED, PACED, Expectation, Suite
from tasks.quality.measurements import Measurements
from tasks.quality.result_wording import amount, expected, named

LongGaps = tuple[float | None, int | None]
"""
The days between the judged vintage and its predecessor when that gap is longer than expected; and
the position of the last earlier vintage that follows such a gap. None without one.
"""


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


def expected_ranges(
    measurements: Measurements, suite: Suite, *, cadence: float
) -> list[ExpectedRange]:
    """Return the expected range of each expectation of a table.

    `cadence`: days between publications of its source.
    """
    gaps = _long_gaps(measurements, suite, cadence)
    return [
        _expected_range(measurements, suite, it, cadence, gaps)
        for it in suite.expectations
        if measurements.frame[it.name].count() or not _is_of_a_column(it)
    ]


def _long_gaps(measurements: Measurements, suite: Suite, cadence: float) -> LongGaps:
    (it,) = (it for it in suite.expectations if it.fact == "gap")
    *before, last = measurements.frame[it.name].to_list()
    within = it.bound.range(measurements.earlier(it.name), cadence)
    broken = [n for n, gap in enumerate(before) if gap is not None and not within.holds(gap)]
    return None if last is None or within.holds(last) else last, broken[-1] if broken else None


def _expected_range(
    measurements: Measurements, suite: Suite, it: Expectation, cadence: float, gaps: LongGaps
) -> ExpectedRange:
    hole, broken = gaps
    value, within, since = measurements.latest(it.name), None, 0
    if broken is not None and it.fact in GROWING | MOVED:  # since then it shows what is usual
        since = broken + (it.fact in MOVED)
    usual = measurements.earlier(it.name, since=since)
    why_not = _why_not(measurements, it, value, len(usual))
    if hole is not None and it.fact in PACED:
        why_not = (
            f"The vintage before is {hole:,.0f} days older: too long to say what is usual by now."
        )
    if not why_not:
        within = it.bound.range(usual, cadence)
        if hole is not None and it.fact in GROWING:
            within = Span(within.least)
        within = within.whole() if it.unit == "count" else within
    seen = "nothing to measure" if value is None else amount(value, it)
    if it.fact == "members_gone" and value is not None:
        seen = named(measurements.gone, of=suite.members, before=measurements.vintages[-2].as_of)
    return ExpectedRange(
        expectation=it,
        value=value,
        earlier=measurements.earlier(it.name),
        within=within,
        why_not=why_not,
        seen=seen,
        expected="not known yet" if within is None else expected(within, it),
    )


def _why_not(measurements: Measurements, it: Expectation, value: float | None, usual: int) -> str:
    """Return why an expectation cannot be judged; empty when it can."""
    needs = it.bound.needs
    if len(measurements.vintages) == 1 and (value is None or needs):
        return "This is the first vintage: there is nothing to compare it with."
    if value is None:
        if _is_of_a_column(it):
            return "This vintage has no such figure, though an earlier one had."
        if it.fact in {"change_median", "change_large"}:
            return "Too few figures were changed to say how they moved."
        return "The vintage before has nothing to compare with."
    if usual < needs:
        known = f"only {usual} so far" if usual else "none so far"
        return f"It takes {needs} vintages before to say what is usual; {known}."
    return ""


def _is_of_a_column(it: Expectation) -> bool:
    """Return whether an expectation is about one column, which a table may lack."""
    return bool(it.figure) or it.fact == "newest_day"
