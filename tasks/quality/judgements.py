"""
Judging: questions and the checkpoint's answers made into results, with what people have waived.

Promises: one result for every question, those included that could not be judged; what is waived is
told as such and stays what it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from schemas.expectations.judgement import Judgement
from schemas.waivers import Waiver, waiver_for
from tasks.quality.expected_ranges import Answer, Question
from tasks.quality.measurements import Facts

UNANSWERED: Final = Answer(is_met=False, observed=None, fault="The checkpoint said nothing of it.")
"""What comes of a question that was asked, and left open."""


def judgements(
    facts: Facts,
    asked: Sequence[Question],
    answers: Mapping[str, Answer],
    *,
    table: str,
    basis: str,
    at: datetime,
) -> list[Judgement]:
    """Return what came of every question about a table; `basis`: the hash of it."""
    return [
        _judgement(facts, one, _answer(one, answers), table=table, basis=basis, at=at)
        for one in asked
    ]


def _answer(one: Question, answers: Mapping[str, Answer]) -> Answer | None:
    """Return what came of a question; None only where it was not asked."""
    if one.within is None:
        return None
    return answers.get(one.expectation.name, UNANSWERED)


def _judgement(
    facts: Facts, one: Question, answer: Answer | None, *, table: str, basis: str, at: datetime
) -> Judgement:
    it, within = one.expectation, one.within
    return Judgement(
        dataset=facts.dataset,
        expectation=it.name,
        topic=it.topic,
        title=it.title,
        note=f"{it.note} Expected: {it.bound.words}.",
        vintage_id=facts.judged.id,
        vintage_as_of=facts.judged.as_of,
        state=facts.judged.tables[table].state,
        judged_at=at,
        is_met=None if answer is None else answer.is_met,
        observed=one.value,
        least=within.least if within else None,
        most=within.most if within else None,
        seen=one.seen,
        expected=one.expected,
        sentence=_sentence(one, answer),
        compared_with=len(facts.vintages) - 1,
        fault=answer.fault if answer else None,
        basis=basis,
    )


def _sentence(one: Question, answer: Answer | None) -> str:
    title = one.expectation.title
    if answer is None:
        return f"{title}: not judged. {one.why_not}"
    if answer.fault is not None:
        return f"{title}: it could not be checked, which counts as not met: {answer.fault}"
    verdict = "as expected" if answer.is_met else "not as expected"
    return f"{title}: {verdict}. Seen: {one.seen}; expected: {one.expected}."


def waived(results: Iterable[Judgement], waivers: Sequence[Waiver], *, on: date) -> list[Judgement]:
    """Return results with the waivers that hold on a day; a result that is met needs none."""
    return [_waived(one, waivers, on) for one in results]


def _waived(one: Judgement, waivers: Sequence[Waiver], on: date) -> Judgement:
    found = None
    if one.is_met is False:
        found = waiver_for(waivers, rule=one.expectation, dataset=one.dataset, key={}, on=on)
    return replace(
        one,
        waived_by=found.owner if found else None,
        waived_reason=found.reason if found else None,
        waived_until=found.expires if found else None,
    )
