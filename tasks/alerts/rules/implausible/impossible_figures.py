"""R11: figures that cannot be: counts below zero, figures that contradict, or that are too many.

One finding when a count gets negative; it resolves when the figure is gone or no longer below zero.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from schemas.figure_wording import amount, statement
from schemas.rule_settings import Thresholds
from schemas.validation_rules import ROUNDING, SUPPLY
from schemas.wording import figure, is_share
from tasks.alerts.rules.implausible.beyond_limits import beyond_delivered, beyond_population
from tasks.alerts.rules.implausible.relations import broken_relations
from tasks.alerts.rules.model.episode import (
    Episode,
    Family,
    Row,
    Step,
    Values,
    spells,
    values_by_cell,
)
from tasks.alerts.rules.model.rule import DatasetContext, Parameter, Rule, SourceContext
from tasks.alerts.rules.model.severity import at_most, severity_of_fall
from tasks.alerts.rules.reading.figure_changes import figure_changes
from tasks.alerts.rules.reading.rule_input import Timeline, day_column

NEGATIVE: Final = Family(
    name="negative",
    sentence="{noun} below zero in {count} of {compared} rows on {on}",
    counts="row",
)


def impossible_figures(source: SourceContext, thresholds: Thresholds) -> Iterable[Episode]:
    """Return the episodes of R11, in all its parts."""
    of_tables = [
        episode
        for dataset in source.country_datasets()
        for found in (
            _totals_first(_negative_counts(dataset, thresholds["below"])),
            broken_relations(dataset, thresholds),
            [*beyond_population(dataset, thresholds)],
        )
        for episode in _entries(dataset.timeline, found)
    ]
    return [*of_tables, *beyond_delivered(source, thresholds)]


def _entries(timeline: Timeline, found: Sequence[Episode]) -> Iterator[Episode]:
    """Yield the episodes without those of a series that is wrong already, on another day.

    Of several days, or rows of a country, that one version shows first, the worst stands for all.
    """
    day = day_column(timeline.key)
    if day is None:
        yield from _by_country(found)
        return
    wrong: dict[tuple[object, ...], Episode] = {}
    at_once: dict[tuple[object, ...], int] = {}
    ordered = sorted(found, key=lambda one: (one.steps[0].seq, -_excess(one), str(one.key)))
    for episode in ordered:
        seq, cell = episode.steps[0].seq, _series(episode, day)
        at_once[seq, *cell] = at_once.get((seq, *cell), 0) + 1
    for episode in ordered:
        seq, cell = episode.steps[0].seq, _series(episode, day)
        known = wrong.get(cell)
        if known is None or (len(known.steps) > 1 and known.steps[-1].seq <= seq):
            wrong[cell] = episode
            yield _repeated(episode, "days", at_once[seq, *cell], "days of that series")


def _by_country(found: Sequence[Episode]) -> Iterator[Episode]:
    """Yield one episode for each country, figure and relation that a version begins to break."""
    matters: dict[tuple[object, ...], list[Episode]] = {}
    for episode in sorted(found, key=lambda one: (one.steps[0].seq, -_excess(one), str(one.key))):
        about = episode.steps[0].seq, episode.column, episode.about, episode.key["iso3"]
        matters.setdefault(about, []).append(episode)
    for worst, *others in matters.values():
        yield _repeated(worst, "rows", len(others) + 1, "rows of that country")


def _series(episode: Episode, day: str) -> tuple[object, ...]:
    series = (value for name, value in episode.key.items() if name != day)
    return episode.column, episode.about, *series


def _excess(episode: Episode) -> float:
    """Return by how much a figure is too small, or too large beside the other one."""
    opened = episode.steps[0]
    beside = opened.evidence.get("beside", {"value": 0})["value"] or 0
    return abs((opened.after or 0) - beside)


def _repeated(episode: Episode, name: str, count: int, where: str) -> Episode:
    """Return the episode with the number of days or rows that are wrong in its version."""
    if count == 1:
        return episode
    opened = episode.steps[0]
    text = f"{opened.sentence} So it is {'on' if name == 'days' else 'in'} {count:,} {where}."
    steps = [
        replace(step, sentence=step.sentence.replace(opened.sentence, text), evidence=evidence)
        for step in episode.steps
        for evidence in [{**step.evidence, name: count}]
    ]
    return replace(episode, steps=steps)


def _negative_counts(dataset: DatasetContext, least: float) -> list[Episode]:
    timeline, rule_input = dataset.timeline, dataset.rule_input
    after = pl.col("after")
    below = rule_input.cells.filter(after < least).select(*rule_input.key, "column").unique()
    if below.is_empty():
        return []
    cell = [*rule_input.key, "column"]
    counts = [name for name in below["column"].unique() if not is_share(name)]
    near = rule_input.cells.join(below, on=cell, how="semi")
    changes = figure_changes(replace(rule_input, cells=near), counts).sort([*cell, "seq"])
    values = values_by_cell(changes, cell)
    return [
        _negative(timeline, row, end, values[tuple(row[name] for name in cell)])
        for row, end in spells(changes.with_columns(is_below=after < least), cell, "is_below")
        if (row["before"] or 0) >= least
    ]


def _totals_first(found: Sequence[Episode]) -> list[Episode]:
    """Return the episodes without that of an increment whose running total is below zero, too."""
    totals = {
        (one.steps[0].seq, str(one.key), one.column.removesuffix("_cumulative"))
        for one in found
        if one.column and one.column.endswith("_cumulative")
    }
    return [
        one
        for one in found
        if not (
            one.column
            and one.column.endswith("_new")
            and (one.steps[0].seq, str(one.key), one.column.removesuffix("_new")) in totals
        )
    ]


def _negative(timeline: Timeline, row: Row, end: Row | None, values: Values) -> Episode:
    key = {name: row[name] for name in timeline.key}
    column, seq, after = row["column"], int(row["seq"]), row["after"]
    weight = severity_of_fall(abs(after) or 1, 0, column=column, iso3=row["iso3"], product=True)
    if row["is_baseline"]:
        shown = f"{timeline.shown_by} showed {amount(column, key, after)} on {timeline.day(seq)}"
    else:
        before, on = row["before"], timeline.as_of[seq]
        shown = statement(timeline.shown_by, column, key=key, before=before, after=after, on=on)
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity=at_most(weight or "low", "medium"),
        before=row["before"],
        after=after,
        sentence=f"{shown}. A count cannot be below zero; it is published as the source shows it.",
        confidence="confirmed",
        family=NEGATIVE,
    )
    steps = [opened]
    if end:
        now, last = end["after"], end["seq"]
        text = f"The version of {timeline.day(last)} shows {figure(now)}."
        steps.append(opened.then("resolved", last, text, since=seq, before=after, after=now))
    return Episode(timeline=timeline, key=key, column=column, steps=steps, values=values)


R11: Final = Rule(
    id="R11",
    title="figures that cannot be",
    grain="row",
    family=NEGATIVE,
    severities=("low", "medium"),
    judge=impossible_figures,
    parameters={
        "below": Parameter(0, "a count below this"),
        "more_than": Parameter(1, "a figure more than this times the one it is a part of"),
        "more_doses_than": Parameter(
            ROUNDING, "the same for people with later doses beside those with earlier ones"
        ),
        "more_supply_than": Parameter(
            SUPPLY,
            "the same for doses donated beside pledged, delivered beside shipped, given beside"
            " delivered",
        ),
        "more_people_than": Parameter(
            SUPPLY, "the same for people with a dose beside the population"
        ),
    },
)
