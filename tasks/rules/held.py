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
from tasks.rules.evidence import with_life
from tasks.rules.lost import Loss, Row, falls, falls_sentence, levels, loss
from tasks.rules.panel import Panel
from tasks.rules.scene import Scene, Step, scene_of
from tasks.rules.words import day, figure

HELD: Final = (
    " It is held back: the newest tables, and the alerts on these figures, wait for a release by "
    "hand or for the next sound version."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    """Vintages of a table that are held one after the other, from `first` to before `end`."""

    panel: Panel
    scene: Scene
    first: int
    end: int
    before: pl.DataFrame
    loss: Loss


def held_findings(panels: Sequence[Panel], *, shown_by: str) -> list[Finding]:
    """Return one finding for each run of held vintages of a source; `panels`: of all its tables."""
    worst: dict[str, _Run] = {}
    for panel in panels:
        scene = scene_of(panel, shown_by)
        for run in _runs(panel, scene):
            known = worst.setdefault(scene.ids[run.first], run)
            if run.loss.share > known.loss.share:
                worst[scene.ids[run.first]] = run
    return [_finding(run) for run in worst.values()]


def _runs(panel: Panel, scene: Scene) -> Iterator[_Run]:
    for first in range(1, scene.last + 1):
        if not scene.held[first] or scene.held[first - 1]:
            continue
        sound = (at for at in range(first, scene.last + 1) if not scene.held[at])
        before = levels(panel, first - 1)
        yield _Run(
            panel=panel,
            scene=scene,
            first=first,
            end=next(sound, scene.last + 1),
            before=before,
            loss=loss(panel, first, before),
        )


def _finding(run: _Run) -> Finding:
    scene, first = run.scene, run.first
    seen = falls(run.panel, first, run.before)
    before, after = scene.rows[first - 1], scene.rows[first]
    opened = Step(
        kind="opened",
        seq=first,
        since=first - 1,
        severity="high",
        before=before,
        after=after,
        sentence=(
            f"{scene.shown_by} showed {figure(after)} rows in {scene.dataset} on "
            f"{day(scene.as_ofs[first])}, {figure(before)} in the version before; so much of what "
            f"was known is gone or cut off that it looks like a fault of the source."
            f"{run.loss.sentence()}{falls_sentence(seen)}{HELD}"
        ),
        evidence={"family": "held", "lost": run.loss.document(), "falls": seen},
    )
    steps = [opened, *_later(run, opened, seen)]
    if run.end <= scene.last:
        steps.append(_ended(run, steps[-1]))
    blank = Finding(rule="R17", dataset=scene.dataset, key={}, column=None, events=(), about="held")
    return with_life(scene, blank, steps, series=list(enumerate(scene.rows)))


def _later(run: _Run, opened: Step, seen: Sequence[Row]) -> Iterator[Step]:
    """Yield a step for each further held vintage in which a promise fell that had not before."""
    scene, told = run.scene, set(map(_what, seen))
    for seq in range(run.first + 1, run.end):
        fresh = [fall for fall in falls(run.panel, seq, run.before) if _what(fall) not in told]
        if fresh:
            told.update(map(_what, fresh))
            on = day(scene.as_ofs[seq])
            yield replace(
                opened,
                kind="updated",
                seq=seq,
                after=scene.rows[seq],
                sentence=f"{opened.sentence} Held as well, on {on}:{falls_sentence(fresh)}",
                evidence={**opened.evidence, "falls": fresh},
            )


def _what(fall: Row) -> tuple[str, ...]:
    """Return which figure fell, and whether it is cut or at 0: so it is told once in a run."""
    return fall["rule"], fall["column"], *fall["key"].values()


def _ended(run: _Run, last: Step) -> Step:
    on, rows = day(run.scene.as_ofs[run.end]), run.scene.rows[run.end]
    return replace(
        last,
        kind="resolved",
        seq=run.end,
        after=rows,
        sentence=f"{last.sentence} The version of {on} is sound, with {figure(rows)} rows.",
        confidence="confirmed",
    )
