"""R17: the one episode that findings of many countries or rows in one version become."""

from collections.abc import Sequence
from typing import Final

from schemas.alerts import Severity
from tasks.alerts.rules.episode import (
    HISTORY,
    Episode,
    Family,
    Step,
    Values,
    relative_change,
    verdict,
    whole,
)
from tasks.alerts.rules.families import FALL
from tasks.alerts.rules.rule import Rule
from tasks.alerts.rules.rule_input import Timeline
from tasks.alerts.rules.severity import at_most, in_doses, rank, severity_of_fall
from tasks.alerts.rules.source_event import Record, group_evidence, group_sentence

SIDES: Final = ("before", "after")


def counted_as(family: Family, child: Episode) -> str:
    """Return what a finding counts as in its group: its row, or its country."""
    return str(dict(child.key)) if family.counts == "row" else str(child.key["iso3"])


def group_episode(
    timeline: Timeline,
    mark: tuple[Family, str | None, int],
    children: Sequence[tuple[Rule, Episode]],
    compared: int,
) -> Episode:
    """Return the episode of a group.

    `mark`: family, column and seq of all children. `compared`: how many countries, or rows, had a
    figure.
    """
    family, column, seq = mark
    by_row = family.counts == "row"
    chosen = _representatives(family, [child for _, child in children])
    records = sorted((_record(child, family) for child in chosen), key=_badness)
    before, after = (sum(record[side] or 0 for record in records) for side in ("before", "after"))
    severity: Severity = max((child.steps[0].severity for _, child in children), key=rank)
    doses, left = (sum(_in_doses(record, side) for record in records) for side in SIDES)
    if family is FALL and doses > 0:
        severity = severity_of_fall(doses, left, column="doses") or "low"
    opened = Step(
        seq=seq,
        since=timeline.before(seq),
        severity=at_most(severity, "high"),
        before=None if by_row else before,
        after=None if by_row else after,
        sentence=group_sentence(timeline, records, family=family, seq=seq, compared=compared),
        confidence="unconfirmed" if family.is_fall else "confirmed",
        evidence=group_evidence(
            records, family=family, rules={rule.id for rule, _ in children}, compared=compared
        ),
    )
    steps = [opened]
    if family.is_fall and seq < timeline.last:
        steps.append(_verdict(opened, chosen, timeline.day(seq + 1)))
    return Episode(
        timeline=timeline,
        key={},
        column=column,
        steps=steps,
        values=() if by_row else _sums(chosen, steps),
        about=family.name,
    )


def _representatives(family: Family, children: Sequence[Episode]) -> list[Episode]:
    """Return one finding per country or row: a total before a row, a change before a drawdown."""
    chosen: dict[str, Episode] = {}
    for child in sorted(children, key=_preference):
        chosen.setdefault(counted_as(family, child), child)
    return list(chosen.values())


def _preference(child: Episode) -> tuple[bool, bool, str]:
    return "previous" in child.steps[0].evidence, len(child.key) > 1, str(dict(child.key))


def _record(child: Episode, family: Family) -> Record:
    opened = child.steps[0]
    before = whole(opened.evidence.get("previous", opened.before))
    after = whole(opened.after)
    is_gone = before and after is None
    change = -1.0 if is_gone else relative_change(before, after)
    return {
        "key": {name: str(value) for name, value in child.key.items()},
        "before": before,
        "after": after,
        "rel_change": change,
        "column": child.column,
        "critical": opened.severity == "critical" and family.keeps_critical_apart,
        **{name: opened.evidence[name] for name in ("beside", "join") if name in opened.evidence},
    }


def _in_doses(record: Record, side: str) -> float:
    return in_doses(record[side] or 0, column=record["column"], iso3=record["key"]["iso3"])


def _badness(record: Record) -> tuple[float, float, str]:
    """Sort falls by their relative size; what is new, risen or too large by its size."""
    other = record["beside"]["value"] if "beside" in record else record["before"]
    change = (record["after"] or 0) - (other or 0)
    relative = record["rel_change"]
    return (0.0 if relative is None or change > 0 else relative), -abs(change), str(record["key"])


def _sums(children: Sequence[Episode], steps: Sequence[Step]) -> Values:
    """Return the sums of the countries' figures, as their openings and the verdict state them."""
    histories = [
        {-1 if seq is None else seq: value for seq, value in child.history(steps[0].seq)}
        for child in children
    ]
    sums: list[tuple[int | None, float | None]] = []
    for seq in sorted({seq for history in histories for seq in history})[-HISTORY:]:
        known = [
            history[max(at for at in history if at <= seq)]
            for history in histories
            if min(history, default=seq + 1) <= seq
        ]
        figures = [value for value in known if value is not None]
        sums.append((None if seq < 0 else seq, sum(figures) if figures else None))
    return [*sums, *((step.seq, step.after) for step in steps[1:] if step.after != sums[-1][1])]


def _verdict(opened: Step, children: Sequence[Episode], day: str) -> Step:
    """Return whether the next vintage confirms at least half of the falls."""
    now = [
        next((step for step in child.steps if step.seq == opened.seq + 1), child.steps[0])
        for child in children
    ]
    back = sum(step.kind in {"reverted", "resolved"} for step in now)
    stand = len(children) - back
    return verdict(
        opened,
        undone=back * 2 > len(children),
        after=sum(whole(step.after) or 0 for step in now),
        text=f"{stand} of {len(children)} falls stand in the version of {day}.",
    )
