"""
Cards: one expectation on a page, in plain words, with what it was in the last vintages.

Promises: pure; nothing is told by colour alone.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.expectations.judgement import Judgement
from schemas.wording import day
from tasks.quality import result_wording
from tasks.quality.expected_ranges import Question
from tasks.quality.sparklines import Spark, spark

WORDS: Final = {
    "unmet": "not as expected",
    "waived": "left as it is",
    "open": "not judged",
    "met": "as expected",
}
"""The states of an expectation, gravest first, and what they are called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One expectation as people read it. `remark`: why it is not judged, who left it, a fault."""

    name: str
    topic: str
    title: str
    state: str
    word: str
    seen: str
    expected: str
    note: str
    remark: str
    spark: Spark | None


def state_of(one: Judgement) -> str:
    """Return in which of the states of `WORDS` a result is."""
    if one.is_met is None:
        return "open"
    if one.is_met:
        return "met"
    return "unmet" if one.is_told else "waived"


def card_of(question: Question, one: Judgement) -> Card:
    """Return what people read about an expectation; `one` is what came of `question`."""
    state = state_of(one)
    spoken = [result_wording.amount(value, question.expectation) for value in question.earlier]
    return Card(
        name=one.expectation,
        topic=one.topic,
        title=one.title,
        state=state,
        word=WORDS[state],
        seen=one.seen,
        expected=one.expected,
        note=one.note,
        remark=_remark(question, one),
        spark=spark(
            question.earlier,
            question.value,
            question.within,
            state=state,
            words=f"Before: {', '.join(spoken)}. Now: {one.seen}. Expected: {one.expected}.",
        ),
    )


def _remark(question: Question, one: Judgement) -> str:
    if one.waived_by is not None and one.waived_until is not None:
        until = datetime.combine(one.waived_until, datetime.min.time(), tzinfo=one.judged_at.tzinfo)
        return f"Left as it is until {day(until)} by {one.waived_by}: {one.waived_reason}"
    if one.fault is not None:
        return f"It could not be checked, which counts as not met: {one.fault}"
    return question.why_not
