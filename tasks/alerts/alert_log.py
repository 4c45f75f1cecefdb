"""
The alert log as it is read: the life of every alert, folded from the events told of it.

Promises: only complete entries are read, in their order; an alert that was superseded is gone from
the fold until it is told again; a waiver silences an alert in the fold, and changes nothing in the
log; reading needs neither the vault nor a source.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from schemas.alerts import SEVERITIES, Alert, AlertEvent, Origin, State, alert_event
from schemas.waivers import Waiver
from tasks.vault.backends.store import Below, Store
from tasks.vault.commit_log import Document, Log

STATING: Final = ("opened", "updated", "escalated", "resolved")
"""Events that say how things stand; the others judge the opening, and repeat what it said."""
ENDS: Final[Mapping[str, State]] = {"reverted": "reverted", "resolved": "resolved"}


@dataclass(slots=True)
class Life:
    """The events told of one fingerprint since it was last superseded."""

    source: str
    origin: Origin
    events: list[AlertEvent] = field(default_factory=list[AlertEvent])


def alert_log(store: Store) -> Log:
    """Return the alert log of a lake."""
    return Log(Below(store, "alerts"))


def events_in(entry: Document) -> Iterator[AlertEvent]:
    """Yield the events of one entry of the log."""
    documents: Sequence[Mapping[str, Any]] = entry["events"]
    return (alert_event(document) for document in documents)


def lives(entries: Sequence[Document]) -> dict[str, Life]:
    """Return the current life of every fingerprint in the log; empty while it is superseded."""
    found: dict[str, Life] = {}
    for entry in entries:
        for told in events_in(entry):
            life = found.get(told.fingerprint)
            if life is None or not life.events:
                life = found[told.fingerprint] = Life(entry["source"], entry["origin"])
            if told.event.kind == "superseded":
                life.events.clear()
            else:
                life.events.append(told)
    return found


def alerts_of(entries: Sequence[Document], in_force: Sequence[Waiver] = ()) -> list[Alert]:
    """
    Return the alerts that hold, newest first, of one time the worst first.

    An alert that is open, and that one of the waivers `in_force` is about, is silenced.
    """
    folded = [
        _silenced(_fold(print_, life), in_force)
        for print_, life in lives(entries).items()
        if life.events
    ]
    by_name = sorted(folded, key=lambda alert: (alert.dataset, alert.rule, str(alert.key)))
    return sorted(by_name, key=_prominence, reverse=True)


def silencing_waiver(alert: Alert, in_force: Sequence[Waiver]) -> Waiver | None:
    """Return the waiver in force that silences an alert; None where it is not silenced."""
    if alert.state != "silenced":
        return None
    return next((waiver for waiver in in_force if _is_about(waiver, alert)), None)


def _silenced(alert: Alert, in_force: Sequence[Waiver]) -> Alert:
    """Return the alert as the waivers leave it: what has ended needs no silence."""
    if alert.state == "open" and any(_is_about(waiver, alert) for waiver in in_force):
        return replace(alert, state="silenced")
    return alert


def _is_about(waiver: Waiver, alert: Alert) -> bool:
    return waiver.matches(rule=alert.rule, dataset=alert.dataset, key=alert.key)


def _prominence(alert: Alert) -> tuple[object, ...]:
    return alert.as_of, SEVERITIES.index(alert.severity)


def _fold(fingerprint: str, life: Life) -> Alert:
    """
    Return the alert of one life: figures and time as last stated, the rest as last judged.

    The newest sentence is that of the event that states, or repeats it and adds a judgement.
    """
    newest = life.events[-1]
    stated = [told.event for told in life.events if told.event.kind in STATING][-1]
    return Alert(
        fingerprint=fingerprint,
        rule=newest.rule,
        severity=stated.severity,
        confidence=newest.event.confidence,
        state=ENDS.get(newest.event.kind, "open"),
        origin=life.origin,
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
