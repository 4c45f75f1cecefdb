"""
The source-wide finding itself: its figures, its sentence, and the next vintage's verdict.

Promises: the worst three and every critical one are named; severity is that of the children's
total, and never above high.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any, Final

from schemas.alerts import Event, Finding, Severity
from schemas.wording import day
from tasks.alerts.rules.evidence import HISTORY, Series, with_life
from tasks.alerts.rules.group_wording import WORST, group_sentence, is_of_rows, named
from tasks.alerts.rules.severity import at_most, rank, severity_of_fall
from tasks.alerts.rules.timeline import Step, Timeline

FALLS: Final = ("fall", "fall_within")


def group_finding(
    timeline: Timeline, children: Sequence[Finding], *, family: str, compared: int
) -> Finding:
    """
    Return the one finding for all `children`, which opened in one column of one vintage.

    `compared`: how many countries (or rows) had a figure there.
    """
    column = children[0].column or ""
    seq = timeline.ids.index(children[0].events[0].id)
    chosen = _representatives(children)
    is_fall = family in FALLS
    told = sorted((_record(child) for child in chosen), key=_badness)
    before, after = (sum(record[side] or 0 for record in told) for side in ("before", "after"))
    opened = Step(
        kind="opened",
        seq=seq,
        since=seq - 1 if seq else None,
        severity=_severity(family, children, column=column, total=(before, after)),
        before=None if is_of_rows(family) else before,
        after=None if is_of_rows(family) else after,
        sentence=group_sentence(timeline, told, family=family, seq=seq, compared=compared),
        confidence="unconfirmed" if is_fall else "confirmed",
        evidence=_evidence(told, children, family=family, compared=compared),
    )
    steps = [opened]
    if is_fall and seq < timeline.last:
        steps.append(_verdict(timeline, opened, chosen))
    blank = Finding(
        rule="R17", dataset=timeline.dataset, key={}, column=column, events=(), about=family
    )
    series: Series = [] if is_of_rows(family) else _series(timeline, chosen, steps)
    return with_life(timeline, blank, steps, series=series)


def _series(timeline: Timeline, chosen: Sequence[Finding], steps: Sequence[Step]) -> Series:
    """Return the sums of the countries' figures, as their openings and the verdict say."""
    place = {on.isoformat(): seq for seq, on in enumerate(timeline.as_ofs)}
    lines = [
        {place.get(on, -1): value for on, value in child.events[0].evidence["history"]}
        for child in chosen
    ]
    seqs = sorted({seq for line in lines for seq in line})[-HISTORY:]
    sums: list[tuple[int | None, float | None]] = []
    for seq in seqs:
        known = [max((at for at in line if at <= seq), default=None) for line in lines]
        figures = [line[at] for line, at in zip(lines, known, strict=True) if at is not None]
        told = [value for value in figures if value is not None]
        sums.append((None if seq < 0 else seq, sum(told) if told else None))
    return [*sums, *((step.seq, step.after) for step in steps[1:] if step.after != sums[-1][1])]


def _representatives(children: Sequence[Finding]) -> list[Finding]:
    """Return one finding per country: its own total's change before a row's or a drawdown's."""
    chosen: dict[str, Finding] = {}
    for child in sorted(children, key=_nearness):
        name = str(child.key["iso3"])
        name = str(dict(child.key)) if child.rule == "R11" else name
        chosen.setdefault(name, child)
    return list(chosen.values())


def _nearness(child: Finding) -> tuple[bool, bool, str]:
    return child.rule == "R4", len(child.key) > 1, str(child.key)


def _record(child: Finding) -> dict[str, Any]:
    first = child.events[0]
    before = first.evidence["previous"] if child.rule == "R4" else first.before
    after = first.after
    gone = -1.0 if before and after is None else None
    change = (after - before) / before if before and after is not None else gone
    return {
        "key": {name: str(value) for name, value in child.key.items()},
        "before": before,
        "after": after,
        "rel_change": change,
        "column": child.column,
        "critical": first.severity == "critical",
        **{name: first.evidence[name] for name in ("beside", "join") if name in first.evidence},
    }


def _badness(record: dict[str, Any]) -> tuple[float, float, str]:
    """Sort falls by their relative size, what is new, risen or too large by its size."""
    other = record["beside"]["value"] if "beside" in record else record["before"]
    change = (record["after"] or 0) - (other or 0)
    relative = record["rel_change"]
    return (0.0 if relative is None or change > 0 else relative), -abs(change), str(record["key"])


def _severity(
    family: str, children: Sequence[Finding], *, column: str, total: tuple[float, float]
) -> Severity:
    worst: Severity = max((child.events[0].severity for child in children), key=rank)
    if family == "fall" and total[0] > 0:
        return at_most(severity_of_fall(*total, column=column) or "low", "high")
    return at_most(worst, "high")


def _evidence(
    told: Sequence[dict[str, Any]], children: Sequence[Finding], *, family: str, compared: int
) -> dict[str, Any]:
    changes = [record["rel_change"] for record in told if record["rel_change"] is not None]
    return {
        "family": family,
        "rules": sorted({child.rule for child in children}),
        "count": len(told),
        "compared": compared,
        "median": median(changes) if changes else None,
        "min": min(changes, default=None),
        "max": max(changes, default=None),
        "worst": [named(record) for record in told[:WORST]],
        "critical": [named(record) for record in told if record["critical"]],
        "children": list(told),
    }


def _verdict(timeline: Timeline, opened: Step, chosen: Sequence[Finding]) -> Step:
    """Return whether the next vintage bears out at least half of the falls."""
    seq = opened.seq + 1
    now = [_at(child, timeline.ids[seq]) for child in chosen]
    back = sum(later.kind in {"reverted", "resolved"} for later in now)
    undone = back * 2 > len(chosen)
    shown = f"{len(chosen) - back} of {len(chosen)} falls stand"
    word = "Undone" if undone else "Confirmed"
    return Step(
        kind="reverted" if undone else "confirmed",
        seq=seq,
        since=opened.since,
        severity=opened.severity,
        before=opened.before,
        after=sum(later.after or 0 for later in now),
        sentence=(
            f"{opened.sentence} {word}: {shown} in the version of {day(timeline.as_ofs[seq])}."
        ),
        confidence="unconfirmed" if undone else "confirmed",
        evidence=opened.evidence,
    )


def _at(child: Finding, following: str) -> Event:
    """Return what a child says in that vintage; where it says nothing, its opening holds."""
    return next((event for event in child.events if event.id == following), child.events[0])
