"""
R9: no positive in so many tests that it is statistically implausible.

Promises: one episode for a country and unit: it is updated as tests grow, escalates when the chance
gets tiny, and resolves when a positive is reported, or when a unit that is counted before its own
is reported.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from schemas.alerts import Finding, Severity
from schemas.wording import chance, country, day, figure
from tasks.alerts.rules.evidence import Series, with_life
from tasks.alerts.rules.grains import moves
from tasks.alerts.rules.rule_input import RuleInput
from tasks.alerts.rules.tested import (
    FIGURES,
    POSITIVES,
    UNITS,
    Tested,
    states,
    tested_of,
    without_positives,
)
from tasks.alerts.rules.thresholds import CHANCE, CHANCE_HIGH, POSITIVITY, SPECIFICITY, TESTS_LEAST
from tasks.alerts.rules.timeline import Step, Timeline, lasting


def positivity_findings(timeline: Timeline, rule_input: RuleInput) -> list[Finding]:
    """Return the episodes of R9; none for a table that has no positives."""
    if not {"iso3", "observed_on", "origin"} <= set(rule_input.key):
        return []
    cells = moves(rule_input, FIGURES)
    concerned = cells.join(without_positives(cells), on="iso3", how="semi").sort("iso3", "seq")
    return [
        finding
        for rows in concerned.partition_by("iso3", maintain_order=True)
        for finding in _episodes(timeline, rows)
    ]


def _episodes(timeline: Timeline, rows: pl.DataFrame) -> Iterator[Finding]:
    """Yield the episodes of one country."""
    iso3: str = rows.item(0, "iso3")
    steps: list[Step] = []
    last: Tested | None = None
    counted: dict[str, list[tuple[int | None, float | None]]] = {}
    for seq, reports in states(rows):
        tested = tested_of(reports)
        positive = any(report.get(name, 0) > 0 for report in reports.values() for name in POSITIVES)
        other = tested is not None and bool(steps) and tested.unit != _unit(steps[0])
        if steps and (positive or other):
            end = _resolved(timeline, iso3, seq, last=steps[-1], then=None if positive else tested)
            yield _finding(timeline, iso3, [*steps, end], counted)
            steps = []
        if tested:
            counted.setdefault(tested.unit, []).append((seq, tested.n))
        if tested and not positive and _is_news(tested, steps):
            before = last.n if last and last.unit == tested.unit else None
            steps.append(
                _step(timeline, iso3, seq=seq, tested=tested, before=before, earlier=steps)
            )
        last = tested
    if steps:
        yield _finding(timeline, iso3, steps, counted)


def _is_news(tested: Tested, steps: Sequence[Step]) -> bool:
    """Return whether an episode opens, or an open one has another figure."""
    return steps[-1].after != tested.n if steps else _fires(tested.n)


def _fires(n: float) -> bool:
    return n >= TESTS_LEAST and (1 - POSITIVITY) ** n < CHANCE


def _unit(step: Step) -> str:
    return str(step.evidence["unit"])


def _step(
    timeline: Timeline,
    iso3: str,
    *,
    seq: int,
    tested: Tested,
    before: float | None,
    earlier: Sequence[Step],
) -> Step:
    """Return the step to `tested`, with what would have had to be true for it."""
    n = tested.n
    none_of = (1 - POSITIVITY) ** n
    severity: Severity = "high" if none_of < CHANCE_HIGH else "medium"
    risen = bool(earlier) and severity == "high" and all(s.severity != "high" for s in earlier)
    return Step(
        kind="escalated" if risen else "updated" if earlier else "opened",
        seq=seq,
        since=seq - 1 if seq else None,
        severity=severity,
        before=before,
        after=n,
        column=tested.column,
        sentence=_sentence(timeline, iso3, seq, tested),
        evidence={
            "unit": tested.unit,
            "positives": 0,
            "tested": int(n),
            "upper_bound_95": 3 / n,
            "assumed_positivity": POSITIVITY,
            "chance": none_of,
            "assumed_specificity": SPECIFICITY,
            "chance_of_no_false_positive": SPECIFICITY**n,
        },
    )


def _sentence(timeline: Timeline, iso3: str, seq: int, tested: Tested) -> str:
    n, unit = tested.n, UNITS[tested.unit]
    floor, none_of = f"{POSITIVITY * 100:g} %", chance((1 - POSITIVITY) ** n)
    return (
        f"{timeline.shown_by} showed 0 positives in {figure(n)} {unit} in {country(iso3)} by "
        f"{day(timeline.as_ofs[seq])}. This is statistically implausible: the one-sided 95 % upper "
        f"bound of the positivity is {300 / n:.2g} %; were it {floor}, the chance of no positive "
        f"would be {none_of}; even with no disease and an assumed test specificity of "
        f"{SPECIFICITY * 100:g} % the chance of no false positive is {chance(SPECIFICITY**n)}."
    )


def _resolved(timeline: Timeline, iso3: str, seq: int, *, last: Step, then: Tested | None) -> Step:
    """Return the end of an episode: a positive, or `then`, a unit counted before its own."""
    unit, on = UNITS[_unit(last)], day(timeline.as_ofs[seq])
    if then is None:
        sentence = (
            f"{timeline.shown_by} showed a positive for {country(iso3)} from {on} on; "
            f"up to then 0 positives in {figure(last.after)} {unit}."
        )
    else:
        sentence = (
            f"{timeline.shown_by} showed 0 positives in {figure(last.after)} {unit} in "
            f"{country(iso3)} by {day(timeline.as_ofs[last.seq])}; from {on} on {UNITS[then.unit]} "
            f"are counted. No positive was shown: the matter goes on under the alert on "
            f"{UNITS[then.unit]}{'' if _fires(then.n) else ', which opens once they are enough'}."
        )
    return replace(
        last,
        kind="resolved",
        seq=seq,
        since=seq - 1,
        before=last.after,
        after=last.after,
        sentence=sentence,
    )


def _finding(
    timeline: Timeline, iso3: str, steps: Sequence[Step], counted: Mapping[str, Series]
) -> Finding:
    blank = Finding(
        rule="R9", dataset=timeline.dataset, key={"iso3": iso3}, column=steps[0].column, events=()
    )
    return with_life(timeline, blank, lasting(timeline, steps), series=counted[_unit(steps[0])])
