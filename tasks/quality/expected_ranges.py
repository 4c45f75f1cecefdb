"""
Questions: what a checkpoint is asked about one table, with bounds from its last good vintages.

Promises: pure; an expectation that cannot be judged says why, and is never taken as met. One whose
column was not published in any of the vintages is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.expectations.expectation import GROWING, PACED, Expectation, Suite
from schemas.expectations.spans import Span
from tasks.quality import result_wording
from tasks.quality.arrival_interval import Pace, pace_of
from tasks.quality.measurements import Facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """
    One expectation of one table at one vintage.

    `value`: what was measured; None where it cannot be. `earlier`: what it was in the vintages
    before. `within`: what is expected; None where that cannot be said, for the reason in `why_not`.
    `seen`, `expected`: both in words.
    """

    expectation: Expectation
    value: float | None
    earlier: Sequence[float]
    within: Span | None
    why_not: str
    seen: str
    expected: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the checkpoint says of one expectation; `fault`: the words of its exception."""

    is_met: bool
    observed: float | None
    fault: str | None = None


def questions(facts: Facts, suite: Suite, *, cadence: float) -> list[Question]:
    """
    Return what is to be asked about a table.

    `cadence`: days between two publications of its source.
    """
    pace = pace_of(facts, suite, cadence=cadence)
    return [
        _question(facts, suite, expectation, cadence=cadence, pace=pace)
        for expectation in suite.expectations
        if facts.frame[expectation.name].count() or not _is_of_a_column(expectation)
    ]


def _is_of_a_column(expectation: Expectation) -> bool:
    """Return whether it is about one column, which a table may lack."""
    return bool(expectation.figure) or expectation.fact == "newest_day"


def _question(
    facts: Facts, suite: Suite, it: Expectation, *, cadence: float, pace: Pace
) -> Question:
    value, earlier = facts.latest(it.name), facts.earlier(it.name)
    usual = facts.earlier(it.name, since=pace.since(it.fact))
    why_not = _after(pace.hole, it) or _why_not(facts, it, value, len(usual))
    within = None
    if not why_not:
        within = _within(it, it.bound.range(usual, cadence=cadence), is_late=pace.hole is not None)
    seen = "nothing to measure" if value is None else result_wording.amount(value, it)
    if it.fact == "members_gone" and value is not None:
        seen = result_wording.named(facts.gone, of=suite.members, before=facts.vintages[-2].as_of)
    return Question(
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


def _why_not(facts: Facts, it: Expectation, value: float | None, earlier: int) -> str:
    """Return why an expectation cannot be judged; empty where it can."""
    if len(facts.vintages) == 1 and (value is None or it.bound.needs):
        return "This is the first vintage: there is nothing to compare it with."
    if value is None:
        return _nothing(it)
    if earlier < it.bound.needs:
        known = f"only {earlier} so far" if earlier else "none so far"
        return f"It takes {it.bound.needs} vintages before to say what is usual; {known}."
    return ""


def _nothing(it: Expectation) -> str:
    """Return why there is nothing to measure, though this is not the first vintage."""
    if _is_of_a_column(it):
        return "This vintage has no such figure, though an earlier one had."
    if it.fact in {"change_median", "change_large"}:
        return "Too few figures were changed to say how they moved."
    return "The vintage before has nothing to compare with."


def _after(hole: float | None, it: Expectation) -> str:
    """Return that there was a gap, of what follows from how long it was; empty otherwise."""
    if hole is None or it.fact not in PACED:
        return ""
    return f"The vintage before is {hole:,.0f} days older: too long to say what is usual by now."
