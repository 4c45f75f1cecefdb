"""Companions: what is mild in one version of a table comes with the weightiest alert about it.

A companion stays an alert of its own, with the fingerprint of the other one as its group: both are
one message, and one line of a list. Promises: only what was known when it opened decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from schemas.alerts import Severity
from tasks.alerts.rules.combining.one_matter import FALLS, PRECEDENCE, RISES
from tasks.alerts.rules.combining.restatement import place_of
from tasks.alerts.rules.model.episode import Episode
from tasks.alerts.rules.model.rule import Rule, SourceContext
from tasks.alerts.rules.model.rule_finding import finding_of
from tasks.alerts.rules.model.severity import rank
from tasks.alerts.rules.source_wide.source_event import R17
from tasks.alerts.rules.source_wide.thin_days import THIN_DAY

Found = tuple[Rule, Episode]
"""An episode and the rule that found it."""
Pairs = Sequence[tuple[Found, Found]]
"""Companions, each with what it comes with."""
MILD: Final = frozenset({"info", "low"})
"""Severities of which nobody hears at once."""
LOSSES: Final = FALLS | {"R13"}
ALONE: Final = frozenset({"R4"})
"""Rules whose alerts may get severe later: they are inside no other."""


def with_companions(source: SourceContext, found: Sequence[Found]) -> Iterator[Found]:
    """Yield the findings; those that are mild and come with another have its fingerprint as group.

    A rise comes with the worst fall of the same figure. All else that is mild comes with the alert
    about many countries, of which a version of a source has at most one; without, with the
    weightiest of what is mild in that version of the table. Each is at least as severe as what
    comes with it.
    """
    groups = {place_of(one): (rule, one) for rule, one in found if _is_group(rule, one)}
    by_version: dict[tuple[str, str], list[Found]] = {}
    for rule, one in found:
        if rule.id in PRECEDENCE and one.group is None:
            version = one.timeline.dataset, one.timeline.id[one.steps[0].seq]
            by_version.setdefault(version, []).append((rule, one))
    pairs = [
        pair
        for same in by_version.values()
        for pair in _companions(same, groups.get(place_of(same[0][1])))
    ]
    names = {id(head): finding_of(rule, head, source.settings) for _, (rule, head) in pairs}
    heads = {id(one): names[id(head)].fingerprint for (_, one), (_, head) in pairs}
    least: dict[int, Severity] = {}
    for (_, one), (_, head) in pairs:
        least[id(head)] = max(least.get(id(head), "info"), one.steps[0].severity, key=rank)
    for rule, one in found:
        raised, group = _at_least(one, least), heads.get(id(one), one.group)
        yield rule, raised if group == one.group else replace(raised, group=group)


def _companions(same: Sequence[Found], group: Found | None) -> Pairs:
    """Return what comes with another one, of the findings that open in one version of a table."""
    mild = [pair for pair in same if pair[1].steps[0].severity in MILD]
    moving = [pair for pair in mild if pair[0].id not in ALONE]
    falls = sorted((one for one in same if one[0].id in LOSSES and one not in mild), key=_weight)
    beside = [(pair, fall) for pair in moving for fall in falls if _is_gain(pair, fall)]
    heads = {id(one): (pair, fall) for pair, fall in reversed(beside) for _, one in [pair]}
    rest = sorted((pair for pair in mild if id(pair[1]) not in heads), key=_weight)
    head, *others = [group, *rest] if group else rest or [None]
    return [*heads.values(), *((pair, head) for pair in others if head and pair in moving)]


def _is_gain(pair: Found, fall: Found) -> bool:
    """Return whether a figure rises for one country that falls for another."""
    rule, one = pair
    return rule.id in RISES and _change(one) > 0 and one.column == fall[1].column


def _is_group(rule: Rule, one: Episode) -> bool:
    return rule is R17 and one.about not in {"held", THIN_DAY}


def _weight(pair: Found) -> tuple[object, ...]:
    rule, one = pair
    severity, change = one.steps[0].severity, _change(one)
    return -rank(severity), change >= 0, -abs(change), rule.id, str(one.key), one.column or ""


def _change(one: Episode) -> float:
    opened = one.steps[0]
    return (opened.after or 0) - (opened.before or 0)


def _at_least(one: Episode, least: Mapping[int, Severity]) -> Episode:
    """Return an alert that is at least as severe as what comes with it."""
    if (worst := least.get(id(one), "info")) == "info":
        return one
    steps = [replace(step, severity=max(step.severity, worst, key=rank)) for step in one.steps]
    return replace(one, steps=steps)
