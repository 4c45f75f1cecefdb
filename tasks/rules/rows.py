"""
R17, by the size of the table: the number of rows jumped from one vintage to the next.

Promises: tables of fewer than twenty rows are not judged, nor is what a part adds to its table (a
week to the weeks before); a loss is high, a gain is low; the next vintage reverts a jump when the
number is back within 2 %, else confirms it. Of those that are held back `tasks.rules.held` tells.
"""

from dataclasses import replace

from schemas.alerts import Finding
from tasks.rules.defaults import BACK_WITHIN, ROWS_CHANGE, ROWS_LEAST
from tasks.rules.evidence import with_life
from tasks.rules.scene import Scene, Step, relative
from tasks.rules.words import day, figure, percent


def row_findings(scene: Scene) -> list[Finding]:
    """Return one finding for each vintage whose rows are 35 % fewer or more than before."""
    return [
        _finding(scene, seq)
        for seq in range(1, scene.last + 1)
        if scene.rows[seq - 1] >= ROWS_LEAST
        and not scene.is_part[seq]
        and _is_jump(scene.rows[seq - 1], scene.rows[seq])
    ]


def _is_jump(before: int, after: int) -> bool:
    return abs(relative(before, after) or 0) >= ROWS_CHANGE


def _finding(scene: Scene, seq: int) -> Finding:
    before, after = scene.rows[seq - 1], scene.rows[seq]
    shown = (
        f"{scene.shown_by} showed {figure(after)} rows in {scene.dataset} on "
        f"{day(scene.as_ofs[seq])}; {figure(before)} in the version before "
        f"({percent(after / before - 1)})."
    )
    opened = Step(
        kind="opened",
        seq=seq,
        since=seq - 1,
        severity="high" if after < before else "low",
        before=before,
        after=after,
        sentence=shown,
        evidence={"family": "rows"},
    )
    steps = [opened, _verdict(scene, opened)] if seq < scene.last else [opened]
    blank = Finding(rule="R17", dataset=scene.dataset, key={}, column=None, events=(), about="rows")
    return with_life(scene, blank, steps, series=list(enumerate(scene.rows)))


def _verdict(scene: Scene, opened: Step) -> Step:
    """Return what the next vintage says about a jump."""
    seq = opened.seq + 1
    before, now = scene.rows[opened.seq - 1], scene.rows[seq]
    back = abs(now - before) <= BACK_WITHIN * before
    word = "Undone" if back else "Confirmed"
    said = f"{word}: the version of {day(scene.as_ofs[seq])} has {figure(now)}."
    return replace(
        opened,
        kind="reverted" if back else "confirmed",
        seq=seq,
        after=now,
        sentence=f"{opened.sentence} {said}",
        confidence="unconfirmed" if back else "confirmed",
    )
