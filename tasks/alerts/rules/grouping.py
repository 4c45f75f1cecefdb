"""
R17: what happened to many countries at once is one event of the source.

Promises: of the findings of one kind in one column of one vintage, at least eight countries (or 5 %
of those compared, and three) make one finding; of its children only the critical ones stay alerts
of their own, with its fingerprint as their group. Whatever it says is known at its vintage, and
its verdict at the next one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from schemas.alerts import Event, Finding
from tasks.alerts.rules.group_finding import group_finding
from tasks.alerts.rules.group_wording import is_of_rows
from tasks.alerts.rules.promises import STEADY_TOTAL
from tasks.alerts.rules.thresholds import STORM_KEYS, STORM_LEAST, STORM_SHARE
from tasks.alerts.rules.timeline import Timeline

FAMILY: Final = {"R1": "fall", "R2": "fall", "R4": "fall", "R0": "rise", "R11": "negative"}
"""R1, R2 and R4 are one kind: a fall. Other rules make no storms."""
WITHIN: Final = "_within"
"""Falls and rises of single products within steady totals are kinds of their own."""
Mark = tuple[str, str | None, str]
"""Family, column and the id of the vintage."""


def with_storms(
    timeline: Timeline, findings: Sequence[Finding], *, compared: Mapping[tuple[str, int], int]
) -> list[Finding]:
    """
    Return the findings as they are told: storms as one, their critical children beside them.

    `findings`: of the rules in FAMILY. `compared`: by column and seq, how many countries had a
    figure.
    """
    marked: dict[Mark, list[Finding]] = {}
    for finding in findings:
        marked.setdefault(_mark(finding, finding.events[0]), []).append(finding)
    storms = {
        mark: group_finding(
            timeline, children, family=mark[0], compared=_of(timeline, mark, compared)
        )
        for mark, children in marked.items()
        if _is_storm(mark[0], children, _of(timeline, mark, compared))
    }
    groups = {mark: storm.fingerprint for mark, storm in storms.items()}
    told = [kept for finding in findings if (kept := _kept(finding, groups))]
    return [*storms.values(), *told]


def _mark(finding: Finding, event: Event) -> Mark:
    family = (finding.about or FAMILY[finding.rule]) + (
        WITHIN if STEADY_TOTAL in event.evidence else ""
    )
    if finding.rule == "R4" and not event.evidence["previous"]:
        family = "return"
    return family, finding.column, event.id


def _of(timeline: Timeline, mark: Mark, compared: Mapping[tuple[str, int], int]) -> int:
    """Return how many keys were compared: countries, or rows where the rule judges rows."""
    family, column, opened = mark
    seq = timeline.ids.index(opened)
    return timeline.rows[seq] if is_of_rows(family) else compared.get((column or "", seq), 0)


def _is_storm(family: str, children: Sequence[Finding], compared: int) -> bool:
    """Return whether so many at once are one event of the source."""
    keys = {str(child.key) if is_of_rows(family) else child.key["iso3"] for child in children}
    many = len(keys) >= STORM_LEAST and len(keys) >= STORM_SHARE * compared
    return len(keys) >= STORM_KEYS or many


def _kept(finding: Finding, groups: Mapping[Mark, str]) -> Finding | None:
    """Return what is left of a finding beside the storms: all, its critical part, or nothing."""
    group = groups.get(_mark(finding, finding.events[0]))
    if group is None:
        return finding
    if finding.events[0].severity == "critical":
        return replace(finding, group=group)
    return _later_life(finding, groups) if finding.rule == "R4" else None


def _later_life(finding: Finding, groups: Mapping[Mark, str]) -> Finding | None:
    """Return a drawdown that opened in a storm from where it became a matter of its own."""
    for number, event in enumerate(finding.events):
        group = groups.get(_mark(finding, event))
        own = event.kind == "escalated" and group is None
        if own or (event.severity == "critical" and event.kind != "resolved"):
            life = (replace(event, kind="opened"), *finding.events[number + 1 :])
            return replace(finding, events=life, group=group)
    return None
