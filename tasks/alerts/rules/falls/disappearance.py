"""R13: a country, or one of its figures, was in the versions before and is not in this one.

Versions that cover a part of their table have no say in what is absent. It opens unconfirmed; the
next vintage confirms or reverts it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import polars as pl

from schemas.alerts import Severity
from schemas.figure_kinds import PROMISES, figure_kind
from schemas.figure_wording import amount, noun
from schemas.rule_settings import Thresholds
from schemas.wording import country, figure, is_share, listed, part_name
from tasks.alerts.rules.falls.gone_keys import OF_VERSIONS, GoneKey, gone_keys, losing_countries
from tasks.alerts.rules.falls.unparsable_rows import unparsable_rows
from tasks.alerts.rules.model.episode import Episode, Family, Step, whole
from tasks.alerts.rules.model.fall_life import life_until
from tasks.alerts.rules.model.fall_wording import steady_text
from tasks.alerts.rules.model.promise_parameters import STEADY_PARAMETER
from tasks.alerts.rules.model.promises import FALL_WITHIN, STEADY_TOTAL
from tasks.alerts.rules.model.rule import DatasetContext, Parameter, Rule, SourceContext
from tasks.alerts.rules.model.severity import SHARE_STEP, at_most, rank, severity_of_fall
from tasks.alerts.rules.reading.figure_changes import (
    WITHDRAWN_DOSES,
    country_totals,
    figure_changes,
)
from tasks.alerts.rules.reading.rule_input import Timeline, day_column

GONE: Final = Family(
    name="gone",
    sentence="no {noun} any more for {count} of {compared} countries on {on}",
    is_fall=True,
    share=0.02,
    keeps_critical_apart=False,
)
RENAMED: Final = Family(
    name="renamed", sentence="{noun} under another name for {count} of {compared} countries on {on}"
)
Totals = Mapping[tuple[str, str, int], tuple[float | None, float | None]]
"""What each change of a country's total was and is, by iso3, column and seq."""


def disappearances(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R13."""
    for dataset in source.country_datasets():
        for gone, totals in _gone(dataset, thresholds):
            if not dataset.timeline.is_part[gone.seq]:
                yield from _episode(dataset.timeline, gone, totals, thresholds)


def _gone(
    dataset: DatasetContext, thresholds: Thresholds
) -> Iterator[tuple[GoneKey, Totals | None]]:
    """Yield what is gone; that of single rows with the changes of the countries' totals."""
    key, least = dataset.timeline.key, thresholds["least_versions"]
    near = losing_countries(dataset.rule_input)
    if near is None:
        return
    if day_column(key):
        view = dataset.series
        levels = view.levels.with_columns(is_baseline=pl.col("seq") == 0)
        yield from ((gone, None) for gone in gone_keys(levels, view.entity, least=least))
        return
    rows = figure_changes(near, near.cells["column"].unique().to_list())
    totals = country_totals(rows, key)
    yield from ((gone, None) for gone in gone_keys(totals, ["iso3"], least=least))
    if list(key) != ["iso3"]:
        moved = totals.select("iso3", "column", "seq", "before", "after").iter_rows()
        known = {(iso3, column, seq): (before, after) for iso3, column, seq, before, after in moved}
        counted = rows.filter(~pl.col("column").is_in(PROMISES))
        yield from ((gone, known) for gone in gone_keys(counted, key, least=least))


def _episode(
    timeline: Timeline, gone: GoneKey, totals: Totals | None, thresholds: Thresholds
) -> Iterator[Episode]:
    """Yield the episode of what is gone, where it is one for this rule."""
    if gone.appears_as:
        yield _renamed(timeline, gone)
        return
    least = thresholds["least_count"]
    if gone.is_whole and totals is None:
        figures = {
            column: value
            for column, value in gone.figures.items()
            if not _is_withdrawn(column, value) and (value >= least or column not in gone.unsettled)
        }
    else:
        figures = {c: v for c, v in gone.figures.items() if v >= least and c not in PROMISES}
    if not figures:
        return
    gone = replace(gone, figures=figures)
    if totals is None:
        yield _opened(timeline, gone, _severity(gone), thresholds)
        return
    iso3, severity = str(gone.key["iso3"]), _severity(gone, product=True)
    before, after = totals.get((iso3, gone.column, gone.seq), (1.0, 1.0))
    if not before or after is None:
        return
    moved = after / before - 1
    fall = severity_of_fall(before, after, column=gone.column, iso3=iso3)
    if abs(moved) < thresholds["steady_total_within"]:
        yield _opened(timeline, gone, at_most(severity, "medium"), thresholds, steady=moved)
    elif fall is None or rank(severity) > rank(fall):
        yield _opened(timeline, gone, severity, thresholds)


def _is_withdrawn(column: str, value: float) -> bool:
    """Return whether R2 reports the figure when it is gone."""
    return column in PROMISES and value >= (SHARE_STEP if is_share(column) else WITHDRAWN_DOSES)


def _severity(gone: GoneKey, *, product: bool = False) -> Severity:
    """Return the severity of the worst figure that is gone; flows and other figures are low."""
    iso3 = str(gone.key["iso3"])
    found: list[Severity] = ["low"]
    for column, value in gone.figures.items():
        if figure_kind(column) in {"counter", "promise"} and value > 0:
            fall = severity_of_fall(value, None, column=column, iso3=iso3, product=product)
            cap: Severity = "medium" if column in gone.unsettled else "critical"
            found.append(at_most(fall or "low", cap))
    return max(found, key=rank)


def _opened(
    timeline: Timeline,
    gone: GoneKey,
    severity: Severity,
    thresholds: Thresholds,
    *,
    steady: float | None = None,
) -> Episode:
    column, seq, before = gone.column, gone.seq, gone.figures[gone.column]
    others = [noun(one) for one in gone.figures][1:]
    text = (
        f"{timeline.shown_by} showed {amount(column, gone.key, None)} on {timeline.day(seq)}; "
        f"{figure(before, column)} in the version before{steady_text(steady, thresholds)}."
    )
    text += f" Without a figure, too: {listed(others)}." if others else ""
    figures = {name: whole(value) for name, value in gone.figures.items()}
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity=severity,
        before=before,
        after=None,
        sentence=text,
        evidence={"figures": figures, **({} if steady is None else {STEADY_TOTAL: steady})},
        family=None if steady is None else FALL_WITHIN,
    )
    values = gone.values[column]
    steps = [opened, *life_until(timeline, opened, column, values, lambda _: True)]
    return Episode(timeline=timeline, key=gone.key, column=column, steps=steps, values=values)


def _renamed(timeline: Timeline, gone: GoneKey) -> Episode:
    """Return the episode of a key whose figures are there under another one."""
    column, seq, other = gone.column, gone.seq, gone.appears_as or {}
    before, values = gone.figures[column], gone.values[column]
    name = country(str(other["iso3"])) if len(gone.key) == 1 else part_name(other) or str(other)
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity="low",
        before=before,
        after=None,
        sentence=(
            f"{timeline.shown_by} showed {amount(column, gone.key, None)} on {timeline.day(seq)}; "
            f"{figure(before, column)} in the version before. The same figure appears as {name}."
        ),
        confidence="confirmed",
        evidence={"appears_as": {part: str(value) for part, value in other.items()}},
        family=RENAMED,
    )
    return Episode(timeline=timeline, key=gone.key, column=column, steps=[opened], values=values)


R13: Final = Rule(
    id="R13",
    title="disappeared",
    grain="country",
    family=GONE,
    severities=("low", "medium", "high", "critical"),
    judge=lambda source, thresholds: [
        *disappearances(source, thresholds),
        *unparsable_rows(source),
    ],
    parameters={
        "least_versions": Parameter(
            3, f"what was there in fewer of the last {OF_VERSIONS} versions is at most medium"
        ),
        "least_count": Parameter(1_000, "smaller ones count only where the whole country is gone"),
        "steady_total_within": STEADY_PARAMETER,
    },
)
