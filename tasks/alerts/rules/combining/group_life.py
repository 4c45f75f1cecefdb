"""What becomes of a group of falls: the next vintage confirms or reverts it, a later one ends."""

from collections.abc import Iterator, Sequence

from tasks.alerts.rules.model.episode import ENDINGS, Episode, Step, verdict, whole
from tasks.alerts.rules.reading.rule_input import Timeline


def life_of_group(
    timeline: Timeline, opened: Step, children: Sequence[Episode], now: float | None
) -> Iterator[Step]:
    """Yield what the next vintage makes of a group, and the end of one that it confirms.

    `opened`: not in the newest vintage. `children`: its findings, whose steps have their ends.
    `now`: the sum of the figures in the next vintage. At least half of the findings confirm it; it
    ends with the last of them.
    """
    seq = opened.seq + 1
    ends = [
        next((step.seq for step in child.steps if step.kind in ENDINGS), None) for child in children
    ]
    count, back = len(children), sum(end == seq for end in ends)
    what = "falls" if opened.evidence["family"] == "fall" else "changes"
    what = what if count == opened.evidence["count"] else f"larger {what}"
    is_undone, day = back * 2 > count, timeline.day(seq)
    text = (
        f"{back:,} of {count:,} {what}, by the version of {day}."
        if is_undone
        else f"{count - back:,} of {count:,} {what} stand in the version of {day}."
    )
    yield (judged := verdict(opened, undone=is_undone, after=whole(now), text=text))
    last = [end for end in ends if end is not None]
    if not is_undone and len(last) == count:
        at = max(last)
        yield judged.then("resolved", at, f"Back: all, by the version of {timeline.day(at)}.")
