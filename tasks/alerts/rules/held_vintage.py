"""R17, by the acceptance checks: a vintage looks like a fault of the source and is held back.

Promises: consecutive held vintages are one alert, whatever the number of tables, which the first
accepted one resolves; its dataset is the table that lost most. What the rules see in held vintages
is named in it; it becomes an alert of its own when the vintage is released or confirmed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from schemas.wording import figure
from tasks.alerts.rules.episode import Episode, Row, Step
from tasks.alerts.rules.held_losses import Loss, falls_in, falls_sentence, figures_at, loss_in
from tasks.alerts.rules.rule_context import SourceContext
from tasks.alerts.rules.rule_input import RuleInput, Timeline, timeline_of

HELD: Final = (
    " It is held back: the newest tables, and the alerts on these figures, wait for a release by "
    "hand or for the next sound version."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _HeldRun:
    """Consecutive held vintages of a table, from `first` to before `end`; `before`: its figures."""

    rule_input: RuleInput
    timeline: Timeline
    first: int
    end: int
    before: pl.DataFrame
    loss: Loss


def held_vintages(source: SourceContext) -> Iterable[Episode]:
    """Return one episode for each run of held vintages of a source."""
    worst: dict[str, _HeldRun] = {}
    for rule_input in source.rule_inputs:
        timeline = timeline_of(rule_input, source.shown_by)
        for run in _runs(rule_input, timeline):
            known = worst.setdefault(timeline.id[run.first], run)
            if run.loss.share > known.loss.share:
                worst[timeline.id[run.first]] = run
    return map(_episode, worst.values())


def _runs(rule_input: RuleInput, timeline: Timeline) -> Iterator[_HeldRun]:
    for first in range(1, timeline.last + 1):
        if not timeline.held[first] or timeline.held[first - 1]:
            continue
        accepted = (at for at in range(first, timeline.last + 1) if not timeline.held[at])
        before = figures_at(rule_input, first - 1)
        yield _HeldRun(
            rule_input=rule_input,
            timeline=timeline,
            first=first,
            end=next(accepted, timeline.last + 1),
            before=before,
            loss=loss_in(rule_input, first, before),
        )


def _episode(run: _HeldRun) -> Episode:
    timeline, first = run.timeline, run.first
    falls = falls_in(run.rule_input, first, run.before)
    before, after = timeline.rows[first - 1], timeline.rows[first]
    opened = Step(
        kind="opened",
        seq=first,
        since=first - 1,
        severity="high",
        before=before,
        after=after,
        sentence=(
            f"{timeline.shown_by} showed {figure(after)} rows in {timeline.dataset} on "
            f"{timeline.day(first)}, {figure(before)} in the version before; so much of "
            f"what was known is gone or cut off that it looks like a fault of the source."
            f"{run.loss.sentence()}{falls_sentence(falls)}{HELD}"
        ),
        evidence={"family": "held", "lost": run.loss.document(), "falls": falls},
    )
    steps = [opened, *_later(run, opened, falls)]
    if run.end <= timeline.last:
        steps.append(_resolved(run, steps[-1]))
    values = list(enumerate(timeline.rows))
    return Episode(timeline=timeline, key={}, column=None, steps=steps, values=values, about="held")


def _later(run: _HeldRun, opened: Step, falls: Sequence[Row]) -> Iterator[Step]:
    """Yield a step for each further held vintage in which another promise falls."""
    timeline, known = run.timeline, set(map(_identity, falls))
    for seq in range(run.first + 1, run.end):
        fresh = [
            fall
            for fall in falls_in(run.rule_input, seq, run.before)
            if _identity(fall) not in known
        ]
        if fresh:
            known.update(map(_identity, fresh))
            text = f"Held as well, on {timeline.day(seq)}:{falls_sentence(fresh)}"
            yield replace(
                opened,
                kind="updated",
                seq=seq,
                after=timeline.rows[seq],
                sentence=f"{opened.sentence} {text}",
                evidence={**opened.evidence, "falls": fresh},
            )


def _identity(fall: Row) -> tuple[str, ...]:
    """Return which figure fell, and whether it is cut or at 0."""
    return fall["rule"], fall["column"], *fall["key"].values()


def _resolved(run: _HeldRun, last: Step) -> Step:
    day, rows = run.timeline.day(run.end), run.timeline.rows[run.end]
    return replace(
        last,
        kind="resolved",
        seq=run.end,
        after=rows,
        sentence=f"{last.sentence} The version of {day} is sound, with {figure(rows)} rows.",
        confidence="confirmed",
    )
