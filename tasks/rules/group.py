"""
The source-wide finding itself: its figures, its sentence, and the next vintage's verdict.

Promises: the worst three and every critical one are named; severity is that of the children's
total, and never above high.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any

from schemas.alerts import Event, Finding, Severity
from tasks.rules.scene import Scene, Step, event
from tasks.rules.severity import at_most, rank, severity_of_fall
from tasks.rules.words import ARROW, country, day, figure, part_name, percent

WORST = 3
SAID = {
    "fall": "lower {what} for {count} of {compared} countries on {on} than in the version before",
    "rise": "new or higher {what} for {count} of {compared} countries on {on}",
    "negative": "{what} below zero in {count} of {compared} rows on {on}",
}


def group_finding(
    scene: Scene, children: Sequence[Finding], *, family: str, compared: int
) -> Finding:
    """
    Return the one finding for all `children`, which opened in one column of one vintage.

    `compared`: how many countries (or rows) had a figure there.
    """
    column = children[0].column or ""
    seq = scene.ids.index(children[0].events[0].id)
    chosen = _representatives(children)
    told = sorted((_record(child) for child in chosen), key=_badness)
    before, after = (sum(record[side] or 0 for record in told) for side in ("before", "after"))
    opened = Step(
        kind="opened",
        seq=seq,
        since=seq - 1 if seq else None,
        severity=_severity(family, children, column=column, total=(before, after)),
        before=None if family == "negative" else before,
        after=None if family == "negative" else after,
        sentence=_sentence(scene, told, family=family, seq=seq, compared=compared),
        confidence="unconfirmed" if family == "fall" else "confirmed",
        evidence=_evidence(told, children, family=family, compared=compared),
    )
    steps = [opened]
    if family == "fall" and seq < scene.last:
        steps.append(_verdict(scene, opened, chosen))
    return Finding(
        rule="R17",
        dataset=scene.dataset,
        key={},
        column=column,
        events=tuple(event(scene, step) for step in steps),
        about=family,
    )


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
    }


def _badness(record: dict[str, Any]) -> tuple[float, float, str]:
    """Sort falls by their relative size, what is new or risen by its size."""
    change = (record["after"] or 0) - (record["before"] or 0)
    relative = record["rel_change"]
    return (0.0 if relative is None or change > 0 else relative), -abs(change), str(record["key"])


def _severity(
    family: str, children: Sequence[Finding], *, column: str, total: tuple[float, float]
) -> Severity:
    if family == "fall" and total[0] > 0:
        return at_most(severity_of_fall(*total, column=column) or "low", "high")
    return at_most(max((child.events[0].severity for child in children), key=rank), "high")


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
        "worst": [_named(record) for record in told[:WORST]],
        "critical": [_named(record) for record in told if record["critical"]],
        "children": list(told),
    }


def _named(record: dict[str, Any]) -> str:
    name = " ".join(filter(None, (country(record["key"]["iso3"]), part_name(record["key"]))))
    before, after = (figure(record[side], record["column"]) for side in ("before", "after"))
    return f"{name} {before} {ARROW} {after}"


def _sentence(
    scene: Scene, told: Sequence[dict[str, Any]], *, family: str, seq: int, compared: int
) -> str:
    what = told[0]["column"].replace("_", " ")
    on = day(scene.as_ofs[seq])
    shown = SAID[family].format(what=what, count=len(told), compared=compared, on=on)
    apart = [record for record in told if record["critical"]]
    rest = [
        record["rel_change"]
        for record in told
        if record["rel_change"] is not None and not record["critical"]
    ]
    text = f"{scene.shown_by} showed {shown}"
    if rest and family != "negative":
        aside = ", without those told apart" if apart else ""
        span = f"{percent(min(rest))} to {percent(max(rest))}"
        text += f": {percent(median(rest))} in the median ({span}{aside})"
    largest = [record for record in told if not record["critical"]][:WORST]
    text += f". Largest: {', '.join(map(_named, largest))}." if largest else "."
    if apart:
        text += f" Critical, told apart: {', '.join(_named(record) for record in apart)}."
    return text


def _verdict(scene: Scene, opened: Step, chosen: Sequence[Finding]) -> Step:
    """Return whether the next vintage bears out at least half of the falls."""
    seq = opened.seq + 1
    now = [_at(child, scene.ids[seq]) for child in chosen]
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
        sentence=f"{opened.sentence} {word}: {shown} in the version of {day(scene.as_ofs[seq])}.",
        confidence="unconfirmed" if undone else "confirmed",
        evidence=opened.evidence,
    )


def _at(child: Finding, following: str) -> Event:
    """Return what a child says in that vintage; where it says nothing, its opening holds."""
    return next((event for event in child.events if event.id == following), child.events[0])
