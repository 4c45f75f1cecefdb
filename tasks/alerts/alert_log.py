"""The alert log as it is read: every alert with its history, reduced from the recorded events.

A superseded alert is gone until it is recorded again; reading needs neither the vault nor a source.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from schemas.alerts import ACTIONS, SEVERITIES, ActionKind, Alert, AlertEvent, State, alert_event
from schemas.waivers import Waiver, waiver_for
from tasks.alerts.actions import actions_in_force, note_of
from tasks.vault.backends.below import Below
from tasks.vault.backends.store import Store
from tasks.vault.commit_log import Log
from tasks.vault.own_hash import Document

STATING: Final = ("opened", "updated", "escalated", "resolved")
"""Events that state figures; the others judge the opening and repeat its figures."""
ENDS: Final[Mapping[str, State]] = {"reverted": "reverted", "resolved": "resolved"}
STATES: Final[Mapping[ActionKind, State]] = {
    "explained": "explained",
    "silenced": "silenced",
    "acknowledged": "acked",
}
"""The states that people's decisions give to an open alert, the strongest first."""


@dataclass(slots=True)
class AlertHistory:
    """What is recorded of one fingerprint.

    `events`: of the rules, since it was last superseded; empty while it is. `actions`: of people,
    all of them: they outlive a supersession, and hold again for what is recorded again.
    """

    source: str
    events: list[AlertEvent] = field(default_factory=list[AlertEvent])
    actions: list[AlertEvent] = field(default_factory=list[AlertEvent])


def alert_log(store: Store) -> Log:
    """Return the alert log of a lake."""
    return Log(Below(store, "alerts"))


def events_in(entry: Document) -> Iterator[AlertEvent]:
    """Yield the events of one entry of the log; early entries have one origin for all of them."""
    for document in entry["events"]:
        yield alert_event({"origin": entry["origin"], **document})


def histories(entries: Sequence[Document]) -> dict[str, AlertHistory]:
    """Return the history of every fingerprint in the log."""
    found: dict[str, AlertHistory] = {}
    for entry in entries:
        add_to_histories(found, entry)
    return found


def add_to_histories(known: dict[str, AlertHistory], entry: Document) -> None:
    """Add the next entry of the log to the histories of those before."""
    for event in events_in(entry):
        history = known.setdefault(event.fingerprint, AlertHistory(entry["source"]))
        if event.event.kind in ACTIONS:
            history.actions.append(event)
        elif event.event.kind == "superseded":
            history.events.clear()
        else:
            history.events.append(event)


def each_once(store: Store, earlier: Sequence[Alert], later: Sequence[Alert]) -> list[Alert]:
    """Return the alerts that two evaluations changed, without those that are superseded by now.

    Of an alert in both, that of the later one. Raises Damaged.
    """
    listed = {one.fingerprint for one in later}
    left = [one for one in earlier if one.fingerprint not in listed]
    known = histories(alert_log(store).complete()) if left else {}
    return [*(one for one in left if known[one.fingerprint].events), *later]


def alerts_of(
    entries: Sequence[Document], in_force: Sequence[Waiver] = (), *, on: date
) -> list[Alert]:
    """Return the alerts as they stand on a day (UTC), newest first, at one time the worst first.

    `in_force`: the waivers that hold on that day.
    """
    return alerts_in(histories(entries), in_force, on=on)


def alerts_in(
    known: Mapping[str, AlertHistory], in_force: Sequence[Waiver] = (), *, on: date
) -> list[Alert]:
    """Return the alerts of histories, as `alerts_of`."""
    alerts = [alert_of(one, in_force, on=on) for one in known.values() if one.events]
    alerts.sort(key=lambda alert: (alert.dataset, alert.rule, str(alert.key)))
    alerts.sort(key=lambda alert: (alert.as_of, SEVERITIES.index(alert.severity)), reverse=True)
    return alerts


def alert_of(history: AlertHistory, in_force: Sequence[Waiver] = (), *, on: date) -> Alert:
    """Return the alert of a history: figures as last stated, the rest as last judged."""
    first, newest = history.events[0], history.events[-1]
    stated = [event.event for event in history.events if event.event.kind in STATING][-1]
    state, note = _state(history, in_force, on)
    return Alert(
        fingerprint=newest.fingerprint,
        rule=newest.rule,
        severity=stated.severity,
        confidence=newest.event.confidence,
        state=state,
        origin=first.origin,
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
        opened_as_of=first.event.as_of,
        note=note,
    )


def _state(history: AlertHistory, in_force: Sequence[Waiver], on: date) -> tuple[State, str]:
    """Return the state of an alert, and the note on the decision of a person behind it.

    Of several the first holds: the rules have ended it, it is explained, silenced, acknowledged.
    """
    newest = history.events[-1]
    acted = actions_in_force(history.events, history.actions, on=on)
    notes: dict[ActionKind, str] = {
        kind: note_of(kind, one.event.evidence) for kind, one in acted.items()
    }
    if newest.event.kind in ENDS:
        return ENDS[newest.event.kind], notes.get("explained", "")
    waiver = waiver_for(in_force, rule=newest.rule, dataset=newest.dataset, key=newest.key)
    if waiver:
        by = f"Silenced until {waiver.expires} by {waiver.owner}: {waiver.reason}"
        notes.setdefault("silenced", by)
    for kind, state in STATES.items():
        if kind in notes:
            return state, notes[kind]
    return "open", ""
