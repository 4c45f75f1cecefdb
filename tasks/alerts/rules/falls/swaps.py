"""R3: what one product or country loses, another one gains in the same version.

No destination is claimed: the sentence names the matching gain. Names that two rows exchanged are
`info`; else the severity is that of the fall, at most `medium`.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from schemas.alerts import Severity
from schemas.figure_kinds import COUNTERS, PROMISES
from schemas.figure_wording import statement
from schemas.rule_settings import Thresholds
from schemas.wording import ARROW, UNSPECIFIED, country, figure, part_name
from tasks.alerts.rules.falls.matching_gains import (
    MatchingGain,
    between_countries,
    within_countries,
)
from tasks.alerts.rules.model.episode import Episode, Family, Step, Values, values_by_cell, whole
from tasks.alerts.rules.model.fall_life import life_of_fall
from tasks.alerts.rules.model.parameter import Parameter
from tasks.alerts.rules.model.promise_parameters import BACK_PARAMETER, STEADY
from tasks.alerts.rules.model.rule import Rule, SourceContext
from tasks.alerts.rules.model.severity import at_most, severity_of_fall
from tasks.alerts.rules.reading.rule_input import Timeline, day_column
from tasks.alerts.rules.reading.series_view import SeriesView

SWAP: Final = Family(
    name="swap",
    sentence="{fewer} {noun} with a matching gain for {count} of {compared} countries on {on}",
    is_fall=True,
)


def swaps(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield the episodes of R3."""
    for dataset in source.country_datasets():
        key = list(dataset.timeline.key)
        if day_column(key):
            grain, levels = dataset.series.entity, _newest_figures(dataset.series)
            pairs = between_countries(levels, grain, thresholds)
            yield from _episodes(dataset.timeline, grain, levels, pairs, thresholds)
            continue
        for rows, totals in dataset.figures():
            if key != ["iso3"]:
                pairs = within_countries(rows, totals, thresholds)
                yield from _episodes(dataset.timeline, key, rows, pairs, thresholds)
            pairs = between_countries(totals, ["iso3"], thresholds)
            yield from _episodes(dataset.timeline, ["iso3"], totals, pairs, thresholds)


def _newest_figures(view: SeriesView) -> pl.DataFrame:
    """Return the changes of the newest figures, without those of a series that lacks last days."""
    is_known = pl.col("column").is_in([*PROMISES, *COUNTERS])
    return view.levels.filter(is_known, pl.col("newest_on") >= pl.col("before_on"))


def _episodes(
    timeline: Timeline,
    grain: Sequence[str],
    changes: pl.DataFrame,
    pairs: Iterator[MatchingGain],
    thresholds: Thresholds,
) -> Iterator[Episode]:
    found, cell = list(pairs), [*grain, "column"]
    names = {tuple(pair.fall[name] for name in cell) for pair in found}
    if not names:
        return
    wanted = pl.DataFrame(sorted(names, key=str), schema=cell, orient="row")
    values = values_by_cell(changes.join(wanted, on=cell, how="semi"), cell)
    for pair in found:
        own = values[tuple(pair.fall[name] for name in cell)]
        yield _episode(timeline, grain, pair, own, thresholds)


def _episode(
    timeline: Timeline,
    grain: Sequence[str],
    pair: MatchingGain,
    values: Values,
    thresholds: Thresholds,
) -> Episode:
    fall, gain = pair.fall, pair.gain
    key = {name: fall[name] for name in grain}
    column, seq, before, after = (fall[name] for name in ("column", "seq", "before", "after"))
    found = severity_of_fall(before, after, column=column, iso3=key["iso3"], product=True)
    severity: Severity = "info" if pair.is_exchange else at_most(found or "low", "medium")
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity=severity,
        before=before,
        after=after,
        sentence=_sentence(timeline, pair, key),
        evidence={
            "matching_gain": {
                "key": {name: str(gain[name]) for name in grain},
                "before": whole(gain["before"]),
                "after": whole(gain["after"]),
            },
            "exchanged": pair.is_exchange,
        },
    )
    steps = [opened]
    if seq < timeline.last:
        steps += life_of_fall(timeline, opened, column, values, thresholds["back_within"])
    return Episode(timeline=timeline, key=key, column=column, steps=steps, values=values)


def _sentence(timeline: Timeline, pair: MatchingGain, key: dict[str, Any]) -> str:
    fall, gain = pair.fall, pair.gain
    before, after, column = fall["before"], fall["after"], fall["column"]
    on = timeline.as_of[int(fall["seq"])]
    text = statement(timeline.shown_by, column, key=key, before=before, after=after, on=on)
    own = {name: gain[name] for name in key}
    is_other = gain["iso3"] != fall["iso3"]
    name = country(gain["iso3"]) if is_other else part_name(own) or UNSPECIFIED
    step = f"{figure(gain['before'], column)} {ARROW} {figure(gain['after'], column)}"
    kind = "The figures seem to be exchanged with" if pair.is_exchange else "Matching gain:"
    return f"{text}. {kind} {name} {step}."


R3: Final = Rule(
    id="R3",
    title="swapped, or gained by another",
    grain="row",
    family=SWAP,
    severities=("info", "low", "medium"),
    judge=swaps,
    parameters={
        "least_fall": Parameter(0.1, "least fall against the version before", "share"),
        "least_doses": Parameter(10_000, "least fall, and least gain of another country, in doses"),
        "least_gain": Parameter(
            0.8, "a gain of this share of the fall matches it within a country", "share"
        ),
        "steady_total_within": Parameter(
            STEADY, "the total of that country does not fall by more", "share"
        ),
        "matching_within": Parameter(
            0.05, "a gain this near to the fall, if alone, matches it between countries", "share"
        ),
        "back_within": BACK_PARAMETER,
    },
)
