"""R8 for whole tables: no newer day, or nothing changed at all, while versions go on.

Tables of a source that stop changing together are one alert.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import polars as pl

from schemas.figure_wording import noun
from schemas.rule_settings import Thresholds
from schemas.wording import day_only, joined
from tasks.alerts.rules.model.episode import Episode, Step
from tasks.alerts.rules.model.rule import SourceContext
from tasks.alerts.rules.reading.report_days import DAY, Grain
from tasks.alerts.rules.reading.rule_input import Timeline
from tasks.alerts.rules.stalls.unchanged import Run, unchanged_runs


def silent_tables(timeline: Timeline, spells: Mapping[Grain, pl.DataFrame]) -> Iterator[Episode]:
    """Yield one episode for each spell without a newer day in a table, or in one column of it.

    `spells`: as `report_days.silent_spells` returns them.
    """
    found = [
        row for grain in ((), ("column",)) if grain in spells for row in spells[grain].to_dicts()
    ]
    for spell in sorted(found, key=lambda row: (row["opened"], row.get("column", ""))):
        column, opened = spell.get("column"), int(spell["opened"])
        newest: date = spell[DAY]
        what = noun(column) if column else "figures"
        sentence = (
            f"{timeline.shown_by} showed no {what} newer than {day_only(newest)} for any "
            f"country in {timeline.dataset} on {timeline.day(opened)}, "
            f"{(timeline.as_of[opened].date() - newest).days:,} days later."
        )
        step = Step(
            seq=opened,
            since=spell["seq"],
            severity="low" if column else "medium",
            before=None,
            after=None,
            sentence=sentence,
            confidence="confirmed",
            evidence={"newest": newest.isoformat(), "allowed_days": spell["allowed"]},
        )
        steps = [step]
        if spell["until"] is not None:
            until = spell["until"]
            text = f"The version of {timeline.day(until)} has newer ones."
            steps.append(step.then("resolved", until, text))
        yield Episode(timeline=timeline, key={}, column=column, steps=steps, about="silence")


def unchanged_tables(source: SourceContext, thresholds: Thresholds) -> Iterator[Episode]:
    """Yield one episode for the tables of a source that stop changing in the same version."""
    together: dict[tuple[str, str], list[tuple[Timeline, Run]]] = {}
    for dataset in source.datasets:
        timeline = dataset.timeline
        if DAY in timeline.key:
            continue
        changed = dataset.rule_input.cells["seq"].unique().sort().to_list()
        for run in unchanged_runs(timeline.as_of, changed, thresholds):
            mark = timeline.id[run.since], timeline.id[run.opened]
            together.setdefault(mark, []).append((timeline, run))
    for runs in together.values():
        yield _unchanged(runs)


def _unchanged(runs: Sequence[tuple[Timeline, Run]]) -> Episode:
    timeline, run = runs[0]
    names = [_table(one) for one, _ in runs]
    count, days = run.opened - run.since, (timeline.as_of[run.opened] - timeline.as_of[run.since])
    longest = max(one.longest for _, one in runs)
    opened = Step(
        seq=run.opened,
        since=run.since,
        severity="medium",
        before=None,
        after=None,
        sentence=(
            f"{timeline.shown_by} showed the same {joined(names)} on "
            f"{day_only(timeline.as_of[run.opened])} as on {day_only(timeline.as_of[run.since])}: "
            f"nothing in {count:,} more versions has changed, for {days.days:,} days. The longest "
            f"time without a change before was {longest:,} days."
        ),
        confidence="confirmed",
        evidence={"tables": names, "unchanged_since": timeline.as_of[run.since].isoformat()},
    )
    return Episode(
        timeline=timeline,
        key={},
        column=None,
        steps=[opened, *_changes(runs, opened)],
        about="unchanged",
    )


def _changes(runs: Sequence[tuple[Timeline, Run]], opened: Step) -> Iterator[Step]:
    """Yield a step for each version that changes one of the tables; the last one resolves."""
    seqs = {one: seq for seq, one in enumerate(runs[0][0].id)}
    ends = [(timeline.id[run.until], _table(timeline)) for timeline, run in runs if run.until]
    waiting = len(runs)
    for until in sorted({end for end, _ in ends if end in seqs}, key=seqs.__getitem__):
        names = [name for end, name in ends if end == until]
        waiting -= len(names)
        text = f"Changed again in the version of {runs[0][0].day(seqs[until])}: {joined(names)}."
        yield opened.then("updated" if waiting else "resolved", seqs[until], text)


def _table(timeline: Timeline) -> str:
    return timeline.dataset.partition(".")[2].replace("_", " ")
