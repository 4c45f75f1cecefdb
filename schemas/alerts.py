"""
Findings and alerts: what a rule noticed, and its life from vintage to vintage.

A finding is one episode: it is opened by one vintage and lives through later ones. An event is one
step of that life. The alert log keeps events; an alert is the fold over a fingerprint's events.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal

Severity = Literal["info", "low", "medium", "high", "critical"]
Confidence = Literal["unconfirmed", "confirmed"]
State = Literal["open", "acked", "silenced", "resolved", "reverted", "explained"]
Origin = Literal["live", "replay"]
EventKind = Literal[
    "opened", "updated", "escalated", "confirmed", "reverted", "resolved", "superseded"
]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
"""From the least to the worst."""


def fingerprint(
    rule: str,
    dataset: str,
    key: Mapping[str, object],
    column: str | None,
    opened: str,
    *,
    about: str = "",
) -> str:
    """
    Return the identity of an episode: rule, dataset, key, column and the vintage that opened it.

    Neither the text nor the size is in it, so that a better sentence does not make a new alert.
    `about` tells source-wide findings of one column and vintage apart.

    >>> fingerprint("R1", "a.allocations", {"iso3": "PRK"}, "doses_allocated", "v1")[:8]
    'f5350fc9'
    """
    parts = [rule, dataset, dict(key), column, opened, *([about] if about else [])]
    canonical = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """
    One step in the life of a finding, with everything as known at vintage `id` (at `as_of`).

    `after`: the figure in this vintage, in the column's own unit; None when not published or
    absent. `before`: the figure that it is compared with, as known at `previous_as_of`: that of the
    vintage before the episode opened (for a drawdown: of the peak). `rel_change`: (after - before)
    / before, None where before is None or 0 or after is None. `severity`: of an event that ends an
    episode, as it last was. `evidence`: rule and thresholds, both vintages with hash, address and
    raw record, the figure's last values, and whatever the rule can prove; JSON values only.
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """
    One episode that a rule found, with its whole life up to the newest vintage judged.

    `key` may be coarser than the table's key: {"iso3": "PRK"} is the country's total; {} is the
    whole source. `group`: the fingerprint of the source-wide finding it belongs to, if any.
    `about`: what a source-wide finding is made of: fall, rise, fall_within, rise_within, return,
    negative, rows or held; of figures that cannot be beside each other, the rule they break; else
    ''.
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
        """The identity of this episode."""
        opened = self.events[0].id
        return fingerprint(self.rule, self.dataset, self.key, self.column, opened, about=self.about)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertEvent:
    """One event and the alert it belongs to, as the alert log keeps it. Key values are text."""

    fingerprint: str
    rule: str
    dataset: str
    key: Mapping[str, str]
    column: str | None
    group: str | None
    event: Event

    def document(self) -> dict[str, Any]:
        """Return the event as JSON values, times in ISO 8601."""
        shown = asdict(self)
        event = shown.pop("event")
        for name in ("as_of", "previous_as_of"):
            event[name] = event[name].isoformat() if event[name] else None
        return {**shown, **event}


def alert_event(document: Mapping[str, Any]) -> AlertEvent:
    """Return the event that `AlertEvent.document` wrote."""
    values = dict(document)
    for name in ("as_of", "previous_as_of"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    told = {item.name: values.pop(item.name) for item in fields(Event)}
    return AlertEvent(**values, event=Event(**told))


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """What people are told: the fold over all events of one fingerprint."""

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

    def document(self) -> dict[str, Any]:
        """Return the alert as JSON values, in the order of the command line's contract."""
        shown = asdict(self)
        shown["as_of"] = self.as_of.isoformat()
        shown["previous_as_of"] = self.previous_as_of.isoformat() if self.previous_as_of else None
        return shown
