"""
R17, by the size of the table: the number of rows jumped from one vintage to the next.

Promises: tables of fewer than twenty rows are not judged, nor is what a part adds to its table (a
week to the weeks before); a loss is high, a gain is low; the next vintage reverts a jump when the
number is back within 2 %, else confirms it. Of those that are held back
`tasks.alerts.rules.held_vintage` tells.
"""

from dataclasses import replace

from schemas.alerts import Finding
from schemas.wording import day, figure, percent
from tasks.alerts.rules.evidence import with_life
from tasks.alerts.rules.thresholds import BACK_WITHIN, ROWS_CHANGE, ROWS_LEAST
from tasks.alerts.rules.timeline import Step, Timeline, relative


def row_findings(timeline: Timeline) -> list[Finding]:
    """Return one finding for each vintage whose rows are 35 % fewer or more than before."""
    return [
        _finding(timeline, seq)
        for seq in range(1, timeline.last + 1)
        if timeline.rows[seq - 1] >= ROWS_LEAST
        and not timeline.is_part[seq]
        and _is_jump(timeline.rows[seq - 1], timeline.rows[seq])
    ]


def _is_jump(before: int, after: int) -> bool:
    return abs(relative(before, after) or 0) >= ROWS_CHANGE


def _finding(timeline: Timeline, seq: int) -> Finding:
    before, after = timeline.rows[seq - 1], timeline.rows[seq]
    shown = (
        f"{timeline.shown_by} showed {figure(after)} rows in {timeline.dataset} on "
        f"{day(timeline.as_ofs[seq])}; {figure(before)} in the version before "
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
    steps = [opened, _verdict(timeline, opened)] if seq < timeline.last else [opened]
    blank = Finding(
        rule="R17", dataset=timeline.dataset, key={}, column=None, events=(), about="rows"
    )
    return with_life(timeline, blank, steps, series=list(enumerate(timeline.rows)))


def _verdict(timeline: Timeline, opened: Step) -> Step:
    """Return what the next vintage says about a jump."""
    seq = opened.seq + 1
    before, now = timeline.rows[opened.seq - 1], timeline.rows[seq]
    back = abs(now - before) <= BACK_WITHIN * before
    word = "Undone" if back else "Confirmed"
    said = f"{word}: the version of {day(timeline.as_ofs[seq])} has {figure(now)}."
    return replace(
        opened,
        kind="reverted" if back else "confirmed",
        seq=seq,
        after=now,
        sentence=f"{opened.sentence} {said}",
        confidence="unconfirmed" if back else "confirmed",
    )
