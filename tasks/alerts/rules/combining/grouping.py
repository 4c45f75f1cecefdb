"""R17: what happens to many countries at once is one event of the source.

Enough findings of one family in one column of one vintage become one; of those only the critical
ones stay alerts of their own. They, and findings of other families about the same figure in that
vintage, have its fingerprint as their group; so have keys that are gone from that table then. A
finding that is worse than the group stays apart from it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tasks.alerts.rules.combining.group_episode import counted_as, group_episode
from tasks.alerts.rules.combining.restatement import beside_restatement, place_of, restatement
from tasks.alerts.rules.model.episode import Episode, Family, Step
from tasks.alerts.rules.model.rule import Rule, SourceContext
from tasks.alerts.rules.model.rule_finding import finding_of
from tasks.alerts.rules.model.severity import rank
from tasks.alerts.rules.source_wide.source_event import R17

Found = tuple[Rule, Episode]
"""An episode and the rule that found it."""
DIGEST: Final = frozenset({"R10", "R19"})
"""Rules whose alerts about many countries give way to a group of the same version."""
ANY: Final = "*"
"""Any figure of a dataset."""
Mark = tuple[str, Family, str | None, int]
"""What findings of one group have in common: dataset, family, column, seq."""


def grouped(source: SourceContext, found: Sequence[Found]) -> Iterator[Found]:
    """Yield the groups of a source's findings, then the findings that stay beside them.

    The groups of one version, and a jump of its rows, are one.
    """
    by_mark: dict[Mark, list[Found]] = {}
    for rule, episode in found:
        if mark := _mark(rule, episode, episode.steps[0]):
            by_mark.setdefault(mark, []).append((rule, episode))
    marked = _groups(source, by_mark)
    merged = _merged({id(one): one for one in marked.values()}.values(), found)
    fingerprints = {
        place: finding_of(R17, group, source.settings).fingerprint
        for place, group in merged.items()
    }
    groups: dict[Mark | None, str] = {
        mark: fingerprints[place_of(group)] for mark, group in marked.items()
    }
    yield from ((R17, group) for group in merged.values())
    beside = {
        (name, *figure): merged[place_of(group)]
        for (name, _, column, seq), group in marked.items()
        for figure in ((ANY, seq), (column, seq))
    }
    vintages = {vintage for _, vintage in merged}
    for rule, episode in found:
        if episode.about == "drift":
            yield rule, beside_restatement(episode, vintages)
        elif _is_merged(rule, episode) and place_of(episode) in merged:
            continue
        elif remaining := _remaining(rule, episode, groups):
            group = beside.get(_figure(rule, remaining))
            if group and _is_part(remaining, group):
                remaining = replace(remaining, group=fingerprints[place_of(group)])
            yield rule, remaining


def _figure(rule: Rule, episode: Episode) -> tuple[str, str | None, int]:
    """Return the dataset, figure and seq that an episode begins with."""
    column = ANY if rule.id == "R13" else episode.column
    return episode.timeline.dataset, column, episode.steps[0].seq


def _is_part(episode: Episode, group: Episode) -> bool:
    """Return whether a finding about a country comes with a group: it is no worse, and moved so."""
    own, first = episode.steps[0], group.steps[0]
    is_lower, is_group_lower = ((one.after or 0) < (one.before or 0) for one in (own, first))
    is_alone = "iso3" in episode.key and episode.group is None
    is_milder = rank(own.severity) <= rank(first.severity)
    return is_alone and is_milder and is_lower == is_group_lower


def _groups(source: SourceContext, by_mark: Mapping[Mark, Sequence[Found]]) -> dict[Mark, Episode]:
    """Return the group of each mark that has one; several of a wider family share theirs."""
    found: dict[Mark, Episode] = {}
    wider: dict[Mark, list[Mark]] = {}
    for mark, children in by_mark.items():
        name, family, column, seq = mark
        if group := _group(source, mark, children):
            found[mark] = group
        elif family.wider:
            wider.setdefault((name, family.wider, column, seq), []).append(mark)
    for mark, marks in wider.items():
        children = [one for own in marks for one in by_mark[own]]
        if len(marks) > 1 and (group := _group(source, mark, children)):
            found |= dict.fromkeys(marks, group)
    return found


def _merged(groups: Iterable[Episode], found: Sequence[Found]) -> dict[tuple[str, str], Episode]:
    """Return one group for each version, with its jump of rows and what the digest has of it."""
    jumps = [one for rule, one in found if rule is R17 and _is_merged(rule, one)]
    by_place: dict[tuple[str, str], list[Episode]] = {}
    for group in [*groups, *jumps]:
        by_place.setdefault(place_of(group), []).append(group)
    beside: dict[tuple[str, str], list[Episode]] = {}
    for rule, one in found:
        if rule is not R17 and _is_merged(rule, one):
            beside.setdefault(place_of(one), []).append(one)
    return {place: restatement(some, beside.get(place, ())) for place, some in by_place.items()}


def _is_merged(rule: Rule, episode: Episode) -> bool:
    """Return whether an alert about many countries, or rows, gives way to a group."""
    is_jump = rule is R17 and episode.about == "rows"
    return is_jump or (rule.id in DIGEST and not episode.key)


def _group(source: SourceContext, mark: Mark, children: Sequence[Found]) -> Episode | None:
    """Return the group of findings with one mark; None for too few."""
    name, family, column, seq = mark
    dataset = next(one for one in source.datasets if one.timeline.dataset == name)
    limits = R17.thresholds(source.settings)
    is_row = family.counts == "row"
    compared = (
        dataset.timeline.rows[seq] if is_row else dataset.compared.get((column or "", seq), 0)
    )
    count = len({counted_as(family, child) for _, child in children})
    share = limits["share_of_countries"] if family.share is None else family.share
    least = max(limits["least_countries"], share * compared)
    if count < min(limits["countries"], least):
        return None
    changes = dataset.country_changes(column) if family.moved and column else None
    return group_episode(dataset.timeline, mark[1:], children, compared, changes)


def _mark(rule: Rule, episode: Episode, step: Step) -> Mark | None:
    family = step.family or rule.family
    return (episode.timeline.dataset, family, episode.column, step.seq) if family else None


def _remaining(rule: Rule, episode: Episode, groups: Mapping[Mark | None, str]) -> Episode | None:
    """Return what remains of an episode beside the groups.

    All of it if it is in no group; a critical one with its group; one that escalates or gets
    critical later, from that step on; else None.
    """
    first = episode.steps[0]
    group = groups.get(_mark(rule, episode, first))
    if group is None:
        return episode
    family = first.family or rule.family
    if family and not family.keeps_critical_apart:
        return None
    if first.severity == "critical":
        return replace(episode, group=group)
    for number, step in enumerate(episode.steps):
        group = groups.get(_mark(rule, episode, step))
        is_own = step.kind == "escalated" and group is None
        if is_own or (step.severity == "critical" and step.kind not in ("resolved", "reverted")):
            steps = [replace(step, kind="opened"), *episode.steps[number + 1 :]]
            return replace(episode, steps=steps, group=group, first_seq=first.seq)
    return None
