"""R16: totals of a source that do not add up; one episode from where a sum begins to be off."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

import polars as pl

from schemas.figure_wording import noun
from schemas.rule_settings import Thresholds
from schemas.wording import figure
from tasks.alerts.rules.implausible.sums import (
    DAY,
    PEOPLE,
    TOTAL,
    doses_and_people,
    sums_of_days,
    sums_of_months,
)
from tasks.alerts.rules.model.episode import Episode, Row, Step, spells, whole
from tasks.alerts.rules.model.rule import DatasetContext, Parameter, Rule, SourceContext
from tasks.alerts.rules.model.together import NAMED, countries, name_of, together
from tasks.alerts.rules.reading.rule_input import Timeline

MONTHLY: Final = "deliveries_monthly"


class _Sum(NamedTuple):
    """A relation: its name, the column of the total, its states, and the words for its parts.

    `states`: of a function of `sums`. `parts`: in a sentence about one country; `differ`: in one
    about many.
    """

    about: str
    column: str
    states: pl.DataFrame
    parts: str
    differ: str


def wrong_totals(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R16; those of one relation and version are one, if many."""
    tables = {one.timeline.dataset.partition(".")[2]: one for one in source.country_datasets()}
    for name, dataset in tables.items():
        sums = [*_sums_of(dataset, thresholds)]
        if name == "deliveries" and MONTHLY in tables:
            states = sums_of_months(dataset.rule_input, tables[MONTHLY].rule_input, thresholds)
            parts, differ = "its months add up to", "which are not the sum of the months"
            sums.append(_Sum("months", "doses_delivered", states, parts, differ))
        for one in sums:
            yield from _episodes(dataset.timeline, one, thresholds)


def _sums_of(dataset: DatasetContext, thresholds: Thresholds) -> Iterator[_Sum]:
    timeline, rule_input, columns = dataset.timeline, dataset.rule_input, dataset.columns
    if TOTAL in columns and columns & set(PEOPLE):
        states = doses_and_people(rule_input, thresholds)
        parts, differ = "its people with doses had at least", "fewer than the people had at least"
        yield _Sum("people", TOTAL, states, parts, differ)
    if DAY in timeline.key and not any(timeline.is_part):
        for total in sorted(name for name in columns if name.endswith("_cumulative")):
            what = total.removesuffix("_cumulative")
            if f"{what}_new" in columns:
                states = sums_of_days(rule_input, what, thresholds)
                parts, differ = "its new ones add up to", "which are not the sum of the new ones"
                yield _Sum("days", total, states, parts, differ)


def _episodes(timeline: Timeline, total: _Sum, thresholds: Thresholds) -> Iterator[Episode]:
    entity = [name for name in timeline.key if name in total.states.columns]
    concerned = total.states.filter("is_off").select(entity).unique()
    states = total.states.join(concerned, on=entity, how="semi", maintain_order="left")
    found = [
        _episode(timeline, total, {name: entry[name] for name in entity}, entry, end)
        for entry, end in spells(states, entity, "is_off")
        if total.about == "people" or entry["was_sound"]
    ]
    yield from together(
        found, least=thresholds["countries"], about=total.about, sentence=partial(_of_many, total)
    )


def _episode(timeline: Timeline, total: _Sum, key: Row, entry: Row, end: Row | None) -> Episode:
    seq, what = int(entry["seq"]), noun(total.column)
    child = Episode(timeline=timeline, key=key, column=total.column, steps=(), about=total.about)
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity="low",
        before=entry["parts"],
        after=entry["total"],
        sentence=(
            f"{timeline.shown_by} showed {figure(entry['total'])} {what} of {name_of(child)} on "
            f"{timeline.day(seq)}; {total.parts} {figure(entry['parts'])}."
        ),
        confidence="confirmed",
        evidence={"parts": whole(entry["parts"])},
    )
    steps = [opened]
    if end:
        last, now = int(end["seq"]), figure(end["total"])
        text = f"The version of {timeline.day(last)} shows {now} and {figure(end['parts'])}."
        what = {"before": end["parts"], "after": end["total"]}
        steps.append(opened.then("resolved", last, text, **what))
    return Episode(
        timeline=timeline,
        key=key,
        column=total.column,
        steps=steps,
        values=[(seq, entry["total"])],
        about=total.about,
    )


def _of_many(total: _Sum, children: Sequence[Episode]) -> str:
    timeline, firsts = children[0].timeline, [child.steps[0] for child in children]
    names = [
        f"{name_of(child)} {figure(first.after)} and {figure(first.before)}"
        for child, first in zip(children[:NAMED], firsts, strict=False)
    ]
    return (
        f"{timeline.shown_by} showed {noun(total.column)} of {countries(children)} countries on "
        f"{timeline.day(firsts[0].seq)}, {total.differ}. Largest: {', '.join(names)}."
    )


R16: Final = Rule(
    id="R16",
    title="totals that do not add up",
    grain="row",
    severities=("low",),
    judge=wrong_totals,
    parameters={
        "least_share": Parameter(0.02, "least difference between total and parts", "share"),
        "least_count": Parameter(10_000, "least difference in doses, people or tests"),
        "countries": Parameter(3, "as many countries that begin in one version are one alert"),
    },
)
