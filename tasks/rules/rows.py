"""
R17, by the size of the table: the number of rows jumped from one vintage to the next.

Promises: tables of fewer than twenty rows are not judged, nor is what a part adds to its table (a
week to the weeks before); a loss is high, a gain is low; the next
vintage reverts a jump when the number is back within 2 %, else confirms it.
"""

from dataclasses import replace
from typing import Final

from schemas.alerts import Finding
from tasks.rules.defaults import BACK_WITHIN, ROWS_CHANGE, ROWS_LEAST
from tasks.rules.evidence import with_life
from tasks.rules.scene import Scene, Step, relative
from tasks.rules.words import day, figure, percent

HELD: Final = (
    " It is held back: the newest table waits for a release by hand or for the next sound version."
)


def row_findings(scene: Scene) -> list[Finding]:
    """
    Return one finding for each vintage whose rows are 35 % fewer or more than before.

    A vintage after one that was held back is compared with the last one that was not: that what was
    gone is back is no jump.
    """
    return [
        _finding(scene, seq)
        for seq in range(1, scene.last + 1)
        if scene.rows[seq - 1] >= ROWS_LEAST
        and not scene.is_part[seq]
        and _is_jump(scene.rows[seq - 1], scene.rows[seq])
        and _is_jump(scene.rows[_good_before(scene, seq)], scene.rows[seq])
    ]


def _is_jump(before: int, after: int) -> bool:
    return abs(relative(before, after) or 0) >= ROWS_CHANGE


def _good_before(scene: Scene, seq: int) -> int:
    """Return the last vintage before this one that was not held back, else the one before."""
    good = (at for at in range(seq - 1, -1, -1) if not scene.held[at])
    return next(good, seq - 1)


def _finding(scene: Scene, seq: int) -> Finding:
    before, after = scene.rows[seq - 1], scene.rows[seq]
    shown = (
        f"{scene.shown_by} showed {figure(after)} rows in {scene.dataset} on "
        f"{day(scene.as_ofs[seq])}; {figure(before)} in the version before "
        f"({percent(after / before - 1)})."
        f"{HELD if scene.held[seq] else ''}"
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
