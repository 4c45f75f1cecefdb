"""R17: all that happens to many countries, or rows, in one version of a source is one alert."""

import re
from collections.abc import Sequence
from dataclasses import replace

from schemas.alerts import Severity
from schemas.figure_wording import whom
from schemas.wording import is_share
from tasks.alerts.rules.model.episode import Episode
from tasks.alerts.rules.model.severity import in_doses, rank
from tasks.alerts.rules.source_wide.schema_episode import FIGURES_TOO, NO_FIGURE
from tasks.alerts.rules.source_wide.source_event import WORST, Record


def place_of(episode: Episode) -> tuple[str, str]:
    """Return the source and the id of the vintage that opens an episode."""
    timeline = episode.timeline
    return timeline.dataset.partition(".")[0], timeline.id[episode.steps[0].seq]


def restatement(groups: Sequence[Episode], beside: Sequence[Episode] = ()) -> Episode:
    """Return the worst of the groups of one version; its sentence names what else there is.

    `beside`: alerts of the digest about many countries in that version. Evidence `also` lists the
    others: dataset, family, column, count, before, after, worst; `more_children` their countries,
    as `children` does those of the worst, each with its dataset.
    """
    first, *others = sorted(groups, key=_order)
    others += beside
    if not others:
        return first
    opened = first.steps[0]
    also = [_record(one) for one in others]
    worst: Severity = max((one.steps[0].severity for one in groups), key=rank)
    text = f"{opened.sentence} Also: {'; '.join(map(_clause, others))}."
    steps = [
        replace(
            step,
            severity=max(step.severity, worst, key=rank),
            sentence=step.sentence.replace(opened.sentence, text),
        )
        for step in first.steps
    ]
    more = [
        {"dataset": one.timeline.dataset, **child}
        for one in others
        for child in one.steps[0].evidence.get("children", ())
    ]
    evidence = {"also": also, **({"more_children": more} if more else {})}
    steps[0] = replace(steps[0], evidence={**opened.evidence, **evidence})
    return replace(first, steps=steps)


def beside_restatement(drift: Episode, vintages: set[str]) -> Episode:
    """Return an alert on columns; one that opens in one of these versions admits other changes."""
    if drift.timeline.id[drift.steps[0].seq] not in vintages:
        return drift
    steps = [
        replace(step, sentence=step.sentence.replace(NO_FIGURE, FIGURES_TOO))
        for step in drift.steps
    ]
    return replace(drift, steps=steps)


def _order(group: Episode) -> tuple[object, ...]:
    """Sort the worst first; of the same severity a fall, then the one that loses most doses."""
    opened = group.steps[0]
    is_fall = opened.confidence == "unconfirmed"
    change = abs((opened.after or 0) - (opened.before or 0))
    if group.column and is_share(group.column):
        change = abs(sum(map(_doses, opened.evidence.get("children", ()))))
    is_rows = group.column is None
    return (
        -rank(opened.severity),
        not is_fall,
        is_rows,
        -change,
        group.timeline.dataset,
        group.about,
    )


def _doses(child: Record) -> float:
    """Return how many doses a country's share of its population rose by."""
    change = (child["after"] or 0) - (child["before"] or 0)
    return in_doses(change, column=child["column"], iso3=child["key"]["iso3"])


def _record(group: Episode) -> dict[str, object]:
    opened = group.steps[0]
    return {
        "dataset": group.timeline.dataset,
        "family": group.about,
        "column": group.column,
        "count": opened.evidence.get("count"),
        "before": opened.before,
        "after": opened.after,
        "worst": opened.evidence.get("worst", []),
    }


def _clause(group: Episode) -> str:
    """Return the first clause of a group's sentence, without its subject and day, and the worst.

    The worst three are those by what they lose or gain.
    """
    opened, timeline = group.steps[0], group.timeline
    shown = opened.sentence.removeprefix(f"{timeline.shown_by} showed ")
    clause = re.split(r"[:.;] |\.$", shown, maxsplit=1)[0]
    children = opened.evidence.get("children", ())
    names = opened.evidence.get("worst") or [whom(one["key"]) for one in children[:WORST]]
    largest = f" (largest: {', '.join(names)})" if names else ""
    return clause.replace(f" on {timeline.day(opened.seq)}", "") + largest
