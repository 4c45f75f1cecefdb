"""
R17, by what the gates said: a vintage looks like a fault of the source, and is held back.

Promises: vintages that are held one after the other are one alert, which the first sound one ends,
however many tables they have: it is told of the table that lost most. It names what the rules see
in them; that is no alert of its own until the vintage is released or a sound one bears it out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from schemas.alerts import Finding
from schemas.wording import day, figure
from tasks.alerts.rules.evidence import with_life
from tasks.alerts.rules.held_losses import Loss, Row, falls, falls_sentence, levels, loss
from tasks.alerts.rules.rule_input import RuleInput
from tasks.alerts.rules.timeline import Step, Timeline, timeline_of

HELD: Final = (
    " It is held back: the newest tables, and the alerts on these figures, wait for a release by "
    "hand or for the next sound version."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """Vintages of a table that are held one after the other, from `first` to before `end`."""

    rule_input: RuleInput
    timeline: Timeline
    first: int
    end: int
    before: pl.DataFrame
    loss: Loss


def held_findings(rule_inputs: Sequence[RuleInput], *, shown_by: str) -> list[Finding]:
    """
    Return one finding for each run of held vintages of a source.

    `rule_inputs`: of all its tables.
    """
    worst: dict[str, _Run] = {}
    for rule_input in rule_inputs:
        timeline = timeline_of(rule_input, shown_by)
        for run in _runs(rule_input, timeline):
            known = worst.setdefault(timeline.ids[run.first], run)
            if run.loss.share > known.loss.share:
                worst[timeline.ids[run.first]] = run
    return [_finding(run) for run in worst.values()]


def _runs(rule_input: RuleInput, timeline: Timeline) -> Iterator[_Run]:
    for first in range(1, timeline.last + 1):
        if not timeline.held[first] or timeline.held[first - 1]:
            continue
        sound = (at for at in range(first, timeline.last + 1) if not timeline.held[at])
        before = levels(rule_input, first - 1)
        yield _Run(
            rule_input=rule_input,
            timeline=timeline,
            first=first,
            end=next(sound, timeline.last + 1),
            before=before,
            loss=loss(rule_input, first, before),
        )


def _finding(run: _Run) -> Finding:
    timeline, first = run.timeline, run.first
    seen = falls(run.rule_input, first, run.before)
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
            f"{day(timeline.as_ofs[first])}, {figure(before)} in the version before; so much of "
            f"what was known is gone or cut off that it looks like a fault of the source."
            f"{run.loss.sentence()}{falls_sentence(seen)}{HELD}"
        ),
        evidence={"family": "held", "lost": run.loss.document(), "falls": seen},
    )
    steps = [opened, *_later(run, opened, seen)]
    if run.end <= timeline.last:
        steps.append(_ended(run, steps[-1]))
    blank = Finding(
        rule="R17", dataset=timeline.dataset, key={}, column=None, events=(), about="held"
    )
    return with_life(timeline, blank, steps, series=list(enumerate(timeline.rows)))


def _later(run: _Run, opened: Step, seen: Sequence[Row]) -> Iterator[Step]:
    """Yield a step for each further held vintage in which a promise fell that had not before."""
    timeline, told = run.timeline, set(map(_what, seen))
    for seq in range(run.first + 1, run.end):
        fresh = [fall for fall in falls(run.rule_input, seq, run.before) if _what(fall) not in told]
        if fresh:
            told.update(map(_what, fresh))
            on = day(timeline.as_ofs[seq])
            yield replace(
                opened,
                kind="updated",
                seq=seq,
                after=timeline.rows[seq],
                sentence=f"{opened.sentence} Held as well, on {on}:{falls_sentence(fresh)}",
                evidence={**opened.evidence, "falls": fresh},
            )


def _what(fall: Row) -> tuple[str, ...]:
    """Return which figure fell, and whether it is cut or at 0: so it is told once in a run."""
    return fall["rule"], fall["column"], *fall["key"].values()


def _ended(run: _Run, last: Step) -> Step:
    on, rows = day(run.timeline.as_ofs[run.end]), run.timeline.rows[run.end]
    return replace(
        last,
        kind="resolved",
        seq=run.end,
        after=rows,
        sentence=f"{last.sentence} The version of {on} is sound, with {figure(rows)} rows.",
        confidence="confirmed",
    )
