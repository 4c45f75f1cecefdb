"""Findings and alerts: what a rule found, and its events from vintage to vintage.

A finding is one episode, opened by one vintage and continued by later ones. The alert log records
its events; an alert is the current state of all events of one fingerprint.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

Severity = Literal["info", "low", "medium", "high", "critical"]
Confidence = Literal["unconfirmed", "confirmed"]
State = Literal["open", "acked", "silenced", "resolved", "reverted", "explained"]
Origin = Literal["live", "replay", "shadow"]
RuleEventKind = Literal[
    "opened", "updated", "escalated", "confirmed", "reverted", "resolved", "superseded"
]
ActionKind = Literal[
    "acknowledged", "unacknowledged", "silenced", "unsilenced", "explained", "unexplained"
]
EventKind = RuleEventKind | ActionKind
ACTIONS: tuple[ActionKind, ...] = get_args(ActionKind)
"""Kinds of events that people record; all others are recorded by rules."""
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
"""From the least to the worst."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One step of a finding, as known at vintage `id` (at `as_of`).

    `before`, `after`: the figure in the column's own unit, None when not published or absent;
    `before` is that of `previous_as_of`, the vintage before the episode opened (for a drawdown: of
    the peak). `rel_change`: (after - before) / before, None where before is None or 0 or after is
    None. `severity`: of an event that ends an episode, the last one before. `evidence`: JSON values
    (`tasks.alerts.rules.model.rule_finding`); of what a person did by, at, reason, until and url,
    and the other fields are those of the rule's last event.
    """

    kind: EventKind
    id: str
    as_of: datetime
    previous_as_of: datetime | None
    severity: Severity
    confidence: Confidence
    before: float | int | None
    after: float | int | None
    change: float | int | None
    rel_change: float | None
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict[str, Any])


EVENT_FIELDS: Final = tuple(one.name for one in fields(Event))


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One episode that a rule found, with all events up to the newest vintage judged.

    `key` may be coarser than the table's key: {"iso3": "PRK"} is the country's total; {} is the
    whole source. `group`: the fingerprint of the wider or weightier one that it comes with, if any.
    `about`: of a source-wide finding the family of its parts, or rows, held, thin day or drift; of
    figures that cannot be beside each other the validation rule that they break; of silence:
    silence, unchanged or frozen; of doses: stall, unused or expiry risk; of totals: people, days
    or months; of counters: increments, thousands, shared, jump or catch-up; else ''.
    """

    rule: str
    dataset: str
    key: Mapping[str, str | date]
    column: str | None
    events: tuple[Event, ...]
    group: str | None = None
    about: str = ""

    @property
    def fingerprint(self) -> str:
        """The identity of this episode: rule, dataset, key, column, about, and its first vintage.

        It covers neither text nor size, so a better sentence makes no new alert.
        """
        about = [self.about] if self.about else []
        parts = [self.rule, self.dataset, dict(self.key), self.column, self.events[0].id, *about]
        canonical = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertEvent:
    """One event and the alert it belongs to, as the alert log records it. Key values are text.

    `origin`: live, replay where history was read later, or shadow while a source or a rule is new.
    """

    fingerprint: str
    rule: str
    dataset: str
    key: Mapping[str, str]
    column: str | None
    group: str | None
    event: Event
    origin: Origin = "live"

    def document(self) -> dict[str, Any]:
        """Return the event as JSON values, times in ISO 8601."""
        shown = asdict(self)
        event = shown.pop("event")
        for name in ("as_of", "previous_as_of"):
            event[name] = event[name].isoformat() if event[name] else None
        return {**shown, **event, "evidence": dict(self.event.evidence)}


def alert_event(document: Mapping[str, Any]) -> AlertEvent:
    """Return the event that `AlertEvent.document` wrote."""
    values = dict(document)
    for name in ("as_of", "previous_as_of"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    own = {name: values.pop(name) for name in EVENT_FIELDS}
    return AlertEvent(**values, event=Event(**own))


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """The current state of all events of one fingerprint, as people see it.

    `opened_as_of`: the vintage that opened it. `note`: who acknowledged, silenced or explained it,
    until when, and why; '' where nothing of the kind is in force.
    """

    fingerprint: str
    rule: str
    severity: Severity
    confidence: Confidence
    state: State
    origin: Origin
    dataset: str
    key: Mapping[str, str]
    column: str | None
    before: float | int | None
    after: float | int | None
    change: float | int | None
    rel_change: float | None
    as_of: datetime
    previous_as_of: datetime | None
    group: str | None
    sentence: str
    opened_as_of: datetime
    note: str = ""

    def document(self) -> dict[str, Any]:
        """Return the alert as JSON values, in the order of the command line's contract."""
        shown = asdict(self)
        for name in ("as_of", "previous_as_of", "opened_as_of"):
            shown[name] = shown[name].isoformat() if shown[name] else None
        return shown


def parts_of(dataset: str, event: Event) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what an alert on many countries found: the dataset, and the part as evidence has it.

    `dataset`: of the alert. Those of groups that the alert also reports come last.
    """
    yield from ((dataset, part) for part in event.evidence.get("children", ()))
    yield from ((part["dataset"], part) for part in event.evidence.get("more_children", ()))


def standing_events(events: Sequence[Event]) -> list[Event]:
    """Return the events of rules, oldest first, since the alert was last superseded."""
    judged = [event for event in events if event.kind not in ACTIONS]
    ends = [number for number, event in enumerate(judged, 1) if event.kind == "superseded"]
    return judged[ends[-1] if ends else 0 :]
