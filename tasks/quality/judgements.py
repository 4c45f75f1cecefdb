"""Judgements: expected ranges and checkpoint results combined into rows of `quality.results`.

Promises: one judgement for every expected range, also for those that could not be judged; a waived
judgement is marked as such and otherwise unchanged.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from schemas.expectations.judgement import Judgement
from schemas.waivers import Waiver, waiver_for
from tasks.quality.expected_ranges import CheckResult, ExpectedRange
from tasks.quality.measurements import Measurements

NO_RESULT: Final = CheckResult(
    is_met=False, observed=None, fault="The checkpoint said nothing of it."
)
"""The result of an expectation that the checkpoint left out."""


def judgements(
    measurements: Measurements,
    asked: Sequence[ExpectedRange],
    answers: Mapping[str, CheckResult],
    *,
    table: str,
    basis: str,
    at: datetime,
) -> list[Judgement]:
    """Return one judgement per expected range; `basis`: the hash of all inputs."""
    return [
        _judgement(measurements, one, _answer(one, answers), table=table, basis=basis, at=at)
        for one in asked
    ]


def _answer(one: ExpectedRange, answers: Mapping[str, CheckResult]) -> CheckResult | None:
    """Return the result of an expectation; None only when it has no range to check."""
    if one.within is None:
        return None
    return answers.get(one.expectation.name, NO_RESULT)


def _judgement(
    measurements: Measurements,
    one: ExpectedRange,
    answer: CheckResult | None,
    *,
    table: str,
    basis: str,
    at: datetime,
) -> Judgement:
    it, within = one.expectation, one.within
    return Judgement(
        dataset=measurements.dataset,
        expectation=it.name,
        topic=it.topic,
        title=it.title,
        note=f"{it.note} Expected: {it.bound.words}.",
        vintage_id=measurements.judged.id,
        vintage_as_of=measurements.judged.as_of,
        state=measurements.judged.tables[table].state,
        judged_at=at,
        is_met=None if answer is None else answer.is_met,
        observed=one.value,
        least=within.least if within else None,
        most=within.most if within else None,
        seen=one.seen,
        expected=one.expected,
        sentence=_sentence(one, answer),
        compared_with=len(measurements.vintages) - 1,
        fault=answer.fault if answer else None,
        basis=basis,
    )


def _sentence(one: ExpectedRange, answer: CheckResult | None) -> str:
    title = one.expectation.title
    if answer is None:
        return f"{title}: not judged. {one.why_not}"
    if answer.fault is not None:
        return f"{title}: it could not be checked, which counts as not met: {answer.fault}"
    verdict = "as expected" if answer.is_met else "not as expected"
    return f"{title}: {verdict}. Seen: {one.seen}; expected: {one.expected}."


def waived(results: Iterable[Judgement], waivers: Sequence[Waiver], *, on: date) -> list[Judgement]:
    """Return the judgements with the waivers in force on a day; a met one needs none."""
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
