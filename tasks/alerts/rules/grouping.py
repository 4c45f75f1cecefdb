"""R17: what happens to many countries at once is one event of the source.

Enough findings of one family in one column of one vintage become one; of those only the critical
ones stay alerts of their own, with its fingerprint as their group.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

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
from tasks.alerts.rules.promises import FALL
from tasks.alerts.rules.rule import Rule, SourceContext, finding_of
from tasks.alerts.rules.rule_input import Timeline
from tasks.alerts.rules.severity import at_most, rank, severity_of_fall
from tasks.alerts.rules.source_event import (
    COUNTRIES,
    LEAST_COUNTRIES,
    R17,
    SHARE,
    Record,
    group_evidence,
    group_sentence,
)

Found = tuple[Rule, Episode]
"""An episode and the rule that found it."""
Mark = tuple[str, Family, str | None, int]
"""What findings of one group have in common: dataset, family, column, seq."""


def grouped(source: SourceContext, found: Sequence[Found]) -> Iterator[Found]:
    """Yield the groups of a source's findings, then the findings that stay beside them."""
    datasets = {dataset.timeline.dataset: dataset for dataset in source.datasets}
    by_mark: dict[Mark, list[Found]] = {}
    for rule, episode in found:
        if mark := _mark(rule, episode, episode.steps[0]):
            by_mark.setdefault(mark, []).append((rule, episode))
    groups: dict[Mark | None, str] = {}
    for mark, children in by_mark.items():
        name, family, column, seq = mark
        dataset, by_country = datasets[name], (column or "", seq)
        is_row = family.counts == "row"
        compared = dataset.timeline.rows[seq] if is_row else dataset.compared.get(by_country, 0)
        count = len({_counted(family, child) for _, child in children})
        if count >= COUNTRIES or count >= max(LEAST_COUNTRIES, SHARE * compared):
            group = _group(dataset.timeline, mark, children, compared)
            groups[mark] = finding_of(R17, group, source.settings).fingerprint
            yield R17, group
    for rule, episode in found:
        if remaining := _remaining(rule, episode, groups):
            yield rule, remaining


def _mark(rule: Rule, episode: Episode, step: Step) -> Mark | None:
    family = step.family or rule.family
    return (episode.timeline.dataset, family, episode.column, step.seq) if family else None


def _counted(family: Family, child: Episode) -> str:
    return str(dict(child.key)) if family.counts == "row" else str(child.key["iso3"])


def _remaining(rule: Rule, episode: Episode, groups: Mapping[Mark | None, str]) -> Episode | None:
    """Return what remains of an episode beside the groups.

    All of it if it is in no group; a critical one with its group; one that escalates or gets
    critical later, from that step on; else None.
    """
    first = episode.steps[0]
    group = groups.get(_mark(rule, episode, first))
    if group is None:
        return episode
    if first.severity == "critical":
        return replace(episode, group=group)
    for number, step in enumerate(episode.steps):
        group = groups.get(_mark(rule, episode, step))
        is_own = step.kind == "escalated" and group is None
        if is_own or (step.severity == "critical" and step.kind not in ("resolved", "reverted")):
            steps = [replace(step, kind="opened"), *episode.steps[number + 1 :]]
            return replace(episode, steps=steps, group=group, first_seq=first.seq)
    return None


def _group(timeline: Timeline, mark: Mark, children: Sequence[Found], compared: int) -> Episode:
    _, family, column, seq = mark
    by_row = family.counts == "row"
    chosen = _representatives(family, [child for _, child in children])
    records = sorted(map(_record, chosen), key=_badness)
    before, after = (sum(record[side] or 0 for record in records) for side in ("before", "after"))
    severity: Severity = max((child.steps[0].severity for _, child in children), key=rank)
    if family is FALL and before > 0:
        severity = severity_of_fall(before, after, column=column or "") or "low"
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
        chosen.setdefault(_counted(family, child), child)
    return list(chosen.values())


def _preference(child: Episode) -> tuple[bool, bool, str]:
    return "previous" in child.steps[0].evidence, len(child.key) > 1, str(dict(child.key))


def _record(child: Episode) -> Record:
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
        "critical": opened.severity == "critical",
        **{name: opened.evidence[name] for name in ("beside", "join") if name in opened.evidence},
    }


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
