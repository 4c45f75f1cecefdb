"""The alert log as it is read: every alert with its history, reduced from the recorded events.

A superseded alert is gone until it is recorded again; reading needs neither the vault nor a source.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.alerts import SEVERITIES, Alert, AlertEvent, Origin, State, alert_event
from schemas.waivers import Waiver, waiver_for
from tasks.vault.backends.store import Below, Store
from tasks.vault.commit_log import Log
from tasks.vault.own_hash import Document

STATING: Final = ("opened", "updated", "escalated", "resolved")
"""Events that state figures; the others judge the opening and repeat its figures."""
ENDS: Final[Mapping[str, State]] = {"reverted": "reverted", "resolved": "resolved"}


@dataclass(slots=True)
class AlertHistory:
    """The events of one fingerprint since it was last superseded; empty while it is."""

    source: str
    origin: Origin
    events: list[AlertEvent] = field(default_factory=list[AlertEvent])


def alert_log(store: Store) -> Log:
    """Return the alert log of a lake."""
    return Log(Below(store, "alerts"))


def events_in(entry: Document) -> Iterator[AlertEvent]:
    """Yield the events of one entry of the log."""
    return map(alert_event, entry["events"])


def histories(entries: Sequence[Document]) -> dict[str, AlertHistory]:
    """Return the history of every fingerprint in the log."""
    found: dict[str, AlertHistory] = {}
    for entry in entries:
        for event in events_in(entry):
            history = found.get(event.fingerprint)
            if history is None or not history.events:
                history = AlertHistory(entry["source"], entry["origin"])
                found[event.fingerprint] = history
            if event.event.kind == "superseded":
                history.events.clear()
            else:
                history.events.append(event)
    return found


def alerts_of(entries: Sequence[Document], in_force: Sequence[Waiver] = ()) -> list[Alert]:
    """Return the current alerts, newest first, at one time the worst first.

    An open alert that one of the waivers `in_force` matches is silenced.
    """
    known = histories(entries).values()
    alerts = [_alert(history, in_force) for history in known if history.events]
    alerts.sort(key=lambda alert: (alert.dataset, alert.rule, str(alert.key)))
    alerts.sort(key=lambda alert: (alert.as_of, SEVERITIES.index(alert.severity)), reverse=True)
    return alerts


def _alert(history: AlertHistory, in_force: Sequence[Waiver]) -> Alert:
    """Return the alert of a history: figures as last stated, the rest as last judged."""
    newest = history.events[-1]
    state: State = ENDS.get(newest.event.kind, "open")
    if waiver_for(in_force, rule=newest.rule, dataset=newest.dataset, key=newest.key):
        state = "silenced" if state == "open" else state
    stated = [event.event for event in history.events if event.event.kind in STATING][-1]
    return Alert(
        fingerprint=newest.fingerprint,
        rule=newest.rule,
        severity=stated.severity,
        confidence=newest.event.confidence,
        state=state,
        origin=history.origin,
        dataset=newest.dataset,
        key=newest.key,
        column=newest.column,
        before=stated.before,
        after=stated.after,
        change=stated.change,
        rel_change=stated.rel_change,
        as_of=stated.as_of,
        previous_as_of=stated.previous_as_of,
        group=newest.group,
        sentence=newest.event.sentence,
    )
