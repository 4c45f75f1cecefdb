"""R9: no positive in so many tests that it is statistically implausible.

One episode for a country and unit; it resolves when a positive, or a preferred unit, is reported.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import polars as pl

from schemas.alerts import Severity
from schemas.rule_settings import Thresholds
from schemas.wording import chance, country, figure
from tasks.alerts.rules.model.episode import Episode, Step, with_confirmation
from tasks.alerts.rules.model.rule import Parameter, Rule, SourceContext
from tasks.alerts.rules.reading.figure_changes import figure_changes
from tasks.alerts.rules.reading.reported_tests import (
    FIGURES,
    POSITIVES,
    UNITS,
    TestCount,
    count_tests,
    reports_by_vintage,
    without_positives,
)
from tasks.alerts.rules.reading.rule_input import Timeline

POSITIVITY: Final = 0.001
LEAST_TESTS: Final = 5_000
CHANCE: Final = 1e-6
CHANCE_HIGH: Final = 1e-12
SPECIFICITY: Final = 0.9997


ASSUMED: Final = ("assumed_positivity", "assumed_specificity")


class _Country(NamedTuple):
    """A country in a table, and how it is judged."""

    timeline: Timeline
    iso3: str
    thresholds: Thresholds


def missing_positives(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R9."""
    for dataset in source.datasets:
        if not {"iso3", "observed_on", "origin"} <= set(dataset.rule_input.key):
            continue
        changes = figure_changes(dataset.rule_input, FIGURES)
        concerned = changes.join(without_positives(changes), on="iso3", how="semi")
        for rows in concerned.sort("iso3", "seq").partition_by("iso3", maintain_order=True):
            yield from _episodes(dataset.timeline, rows, thresholds)


def _episodes(timeline: Timeline, rows: pl.DataFrame, thresholds: Thresholds) -> Iterator[Episode]:
    iso3: str = rows.item(0, "iso3")
    place = _Country(timeline, iso3, thresholds)
    steps: list[Step] = []
    first = last = None
    counted: defaultdict[str, list[tuple[int | None, float | None]]] = defaultdict(list)

    def episode(opened: TestCount) -> Episode:
        return Episode(
            timeline=timeline,
            key={"iso3": iso3},
            column=opened.column,
            steps=with_confirmation(timeline, steps),
            values=tuple(counted[opened.unit]),
        )

    for seq, reports in reports_by_vintage(rows):
        tested = count_tests(reports)
        positive = any(report.get(name, 0) > 0 for report in reports.values() for name in POSITIVES)
        if first and (positive or (tested and tested.unit != first.unit)):
            then = None if positive else tested
            steps.append(_resolved(place, seq, steps[-1], then))
            yield episode(first)
            steps, first = [], None
        if tested:
            counted[tested.unit].append((seq, tested.n))
            is_new = steps[-1].after != tested.n if steps else _is_implausible(tested.n, thresholds)
            if is_new and not positive:
                before = last.n if last and last.unit == tested.unit else None
                steps.append(_step(place, seq, tested, before=before, earlier=steps))
                first = first or tested
        last = tested
    if first:
        yield episode(first)


def _is_implausible(n: float, thresholds: Thresholds) -> bool:
    chance_of_none = (1 - thresholds["assumed_positivity"]) ** n
    return n >= thresholds["least_tests"] and chance_of_none < thresholds["opens_below_chance"]


def _step(
    place: _Country, seq: int, tested: TestCount, *, before: float | None, earlier: Sequence[Step]
) -> Step:
    timeline, _, thresholds = place
    positivity, specificity = (thresholds[name] for name in ASSUMED)
    n, none_of = tested.n, (1 - positivity) ** tested.n
    severity: Severity = "high" if none_of < thresholds["high_below_chance"] else "medium"
    risen = bool(earlier) and severity == "high" and all(s.severity != "high" for s in earlier)
    return Step(
        kind="escalated" if risen else "updated" if earlier else "opened",
        seq=seq,
        since=timeline.before(seq),
        severity=severity,
        before=before,
        after=n,
        sentence=_sentence(place, seq, tested),
        evidence={
            "unit": tested.unit,
            "positives": 0,
            "tested": int(n),
            "upper_bound_95": 3 / n,
            "assumed_positivity": positivity,
            "chance": none_of,
            "assumed_specificity": specificity,
            "chance_of_no_false_positive": specificity**n,
        },
    )


def _sentence(place: _Country, seq: int, tested: TestCount) -> str:
    timeline, iso3, thresholds = place
    positivity, specificity = (thresholds[name] for name in ASSUMED)
    n, unit = tested.n, UNITS[tested.unit]
    floor, none_of = f"{positivity * 100:g} %", chance((1 - positivity) ** n)
    return (
        f"{timeline.shown_by} showed 0 positives in {figure(n)} {unit} in {country(iso3)} by "
        f"{timeline.day(seq)}. This is statistically implausible: the one-sided 95 % upper "
        f"bound of the positivity is {300 / n:.2g} %; were it {floor}, the chance of no positive "
        f"would be {none_of}; even with no disease and an assumed test specificity of "
        f"{specificity * 100:g} % the chance of no false positive is {chance(specificity**n)}."
    )


def _resolved(place: _Country, seq: int, last: Step, then: TestCount | None) -> Step:
    """Return the end of an episode: by a positive, or by `then`, a preferred unit."""
    timeline, iso3, thresholds = place
    shown = f"0 positives in {figure(last.after)} {UNITS[last.evidence['unit']]}"
    on, by, it = timeline.day(seq), timeline.day(last.seq), timeline.shown_by
    if then is None:
        sentence = f"{it} showed a positive for {country(iso3)} from {on} on; up to then {shown}."
    else:
        unit = UNITS[then.unit]
        later = "" if _is_implausible(then.n, thresholds) else ", which opens once they are enough"
        sentence = (
            f"{it} showed {shown} in {country(iso3)} by {by}; from {on} on {unit} are counted. "
            f"No positive was shown: the matter goes on under the alert on {unit}{later}."
        )
    return replace(
        last, kind="resolved", seq=seq, since=seq - 1, before=last.after, sentence=sentence
    )


R9: Final = Rule(
    id="R9",
    title="no positive in many tests",
    grain="country",
    severities=("medium", "high"),
    judge=missing_positives,
    parameters={
        "least_tests": Parameter(LEAST_TESTS, "fewer tests are not judged"),
        "assumed_positivity": Parameter(
            POSITIVITY, "the positivity that is assumed at least", "share"
        ),
        "opens_below_chance": Parameter(CHANCE, "opens below this chance of no positive", "chance"),
        "high_below_chance": Parameter(
            CHANCE_HIGH, "severity high below this chance, else medium", "chance"
        ),
        "assumed_specificity": Parameter(
            SPECIFICITY, "assumed share of healthy people's tests that are negative", "share"
        ),
    },
)
