"""
What every rule needs to tell its story: which vintage was when, and who showed the figures.

Promises: an event that a rule writes names the vintage it was seen in and the one it is compared
with, and holds JSON values only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from schemas.alerts import Confidence, Event, EventKind, Severity
from schemas.wording import day
from tasks.alerts.rules.rule_input import RuleInput


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """
    One dataset's vintages, by seq, and the words for its source.

    `shown_by` begins a sentence: "UNICEF's dashboard".
    """

    dataset: str
    key: tuple[str, ...]
    shown_by: str
    ids: Sequence[str]
    as_ofs: Sequence[datetime]
    rows: Sequence[int]
    is_part: Sequence[bool]
    held: Sequence[bool]
    sha256s: Sequence[str]
    urls: Sequence[str]

    @property
    def source(self) -> str:
        """The name of the source."""
        return self.dataset.partition(".")[0]

    @property
    def last(self) -> int:
        """The seq of the newest vintage, -1 without any."""
        return len(self.ids) - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    One step of an episode, before it becomes an event: seq instead of vintages.

    `since`: the seq of the vintage that `before` is from; None when there was none.
    """

    kind: EventKind
    seq: int
    since: int | None
    severity: Severity
    before: float | None
    after: float | None
    sentence: str
    column: str | None = None
    confidence: Confidence = "unconfirmed"
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])


def timeline_of(rule_input: RuleInput, shown_by: str) -> Timeline:
    """Return the scene of a panel."""
    vintages = rule_input.vintages.sort("seq")
    return Timeline(
        dataset=rule_input.dataset,
        key=rule_input.key,
        shown_by=shown_by,
        ids=vintages["id"].to_list(),
        as_ofs=vintages["as_of"].to_list(),
        rows=vintages["rows"].to_list(),
        is_part=vintages["is_part"].to_list(),
        held=vintages["held"].to_list(),
        sha256s=vintages["sha256"].to_list(),
        urls=vintages["source_url"].to_list(),
    )


def plain(value: float | None) -> float | int | None:
    """
    Return a whole figure as an integer.

    >>> plain(1540800.0), plain(0.5), plain(None)
    (1540800, 0.5, None)
    """
    return int(value) if value is not None and float(value).is_integer() else value


def relative(before: float | None, after: float | None) -> float | None:
    """
    Return (after - before) / before; None where either is None or before is 0.

    >>> relative(200, 150), relative(0, 5), relative(5, None)
    (-0.25, None, None)
    """
    return (after - before) / before if before and after is not None else None


def event(timeline: Timeline, step: Step) -> Event:
    """Return the step as an event of the scene's vintages."""
    before, after = plain(step.before), plain(step.after)
    return Event(
        kind=step.kind,
        id=timeline.ids[step.seq],
        as_of=timeline.as_ofs[step.seq],
        previous_as_of=None if step.since is None else timeline.as_ofs[step.since],
        severity=step.severity,
        confidence=step.confidence,
        before=before,
        after=after,
        change=None if before is None or after is None else plain(after - before),
        rel_change=relative(before, after),
        sentence=step.sentence,
        evidence=step.evidence,
    )


def lasting(timeline: Timeline, steps: Sequence[Step]) -> list[Step]:
    """
    Return the life of an episode that the vintage after its opening confirms by not ending it.

    The first step opened it. A later step that does not end it carries the confirmation; where the
    next vintage changed nothing, an event of its own does.
    """
    opened, *later = steps
    following = opened.seq + 1
    told = [opened]
    if following <= timeline.last and not (later and later[0].seq == following):
        said = f"{opened.sentence} Confirmed by the version of {day(timeline.as_ofs[following])}."
        told.append(replace(opened, kind="confirmed", seq=following, sentence=said))
    told += later
    undone = len(told) > 1 and told[1].kind == "resolved"
    trusted: Confidence = "unconfirmed" if undone else "confirmed"
    return [step if step is opened else replace(step, confidence=trusted) for step in told]
