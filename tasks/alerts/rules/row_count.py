"""R17, by the size of the table: the number of rows jumps from one vintage to the next.

Promises: a loss is high, a gain is low; the next vintage reverts a jump when the number is back
within 2 %, else confirms it. Vintages that cover a part of the table are not judged.
"""

from typing import Final

from schemas.wording import figure, percent
from tasks.alerts.rules.episode import Episode, Step, relative_change, verdict
from tasks.alerts.rules.promises import BACK_WITHIN
from tasks.alerts.rules.rule_context import SourceContext
from tasks.alerts.rules.timeline import Timeline

ROWS_CHANGE: Final = 0.35
LEAST_ROWS: Final = 20


def row_jumps(source: SourceContext) -> list[Episode]:
    """Return one episode for each vintage whose rows are 35 % fewer or more than before."""
    return [
        _episode(dataset.timeline, seq)
        for dataset in source.datasets
        for seq in range(1, dataset.timeline.last + 1)
        if _is_jump(dataset.timeline, seq)
    ]


def _is_jump(timeline: Timeline, seq: int) -> bool:
    before, after = timeline.rows[seq - 1], timeline.rows[seq]
    change = abs(relative_change(before, after) or 0)
    return before >= LEAST_ROWS and not timeline.is_part[seq] and change >= ROWS_CHANGE


def _episode(timeline: Timeline, seq: int) -> Episode:
    before, after = timeline.rows[seq - 1], timeline.rows[seq]
    opened = Step(
        kind="opened",
        seq=seq,
        since=seq - 1,
        severity="high" if after < before else "low",
        before=before,
        after=after,
        sentence=(
            f"{timeline.shown_by} showed {figure(after)} rows in {timeline.dataset} on "
            f"{timeline.day(seq)}; {figure(before)} in the version before "
            f"({percent(after / before - 1)})."
        ),
        evidence={"family": "rows"},
    )
    steps = [opened]
    if seq < timeline.last:
        now = timeline.rows[seq + 1]
        text = f"the version of {timeline.day(seq + 1)} has {figure(now)}."
        undone = abs(now - before) <= BACK_WITHIN * before
        steps.append(verdict(opened, undone=undone, after=now, text=text))
    values = list(enumerate(timeline.rows))
    return Episode(timeline=timeline, key={}, column=None, steps=steps, values=values, about="rows")
