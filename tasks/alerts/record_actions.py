"""Append what people do about alerts to the alert log, beside the events of the rules.

Promises: compare-and-swap, so that two people at once and a run beside them lose nothing; what is
in force already is not recorded again.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from schemas.alerts import AlertEvent
from schemas.errors import LostRace, UnknownName, WrongUse
from tasks.alerts.actions import UNDOES, Action, acted_on, actions_in_force, is_repeated
from tasks.alerts.alert_log import ENDS, AlertHistory, alert_log, histories
from tasks.alerts.known_entries import EVENTS, known_entries
from tasks.alerts.record_findings import TRIES, Recorded
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import Document, encode, parsed

FOR_OPEN_ALONE: Final = frozenset({"acknowledged", "silenced"})


def record_action(
    store: Store, action: Action, fingerprints: Sequence[str], *, at: datetime
) -> Recorded:
    """Append an action on the alerts of these fingerprints, one entry per source.

    Raises UnknownName where one of them is not there, WrongUse for one that has ended and is to be
    acknowledged or silenced; nothing is recorded then. Raises LostRace, Damaged.
    """
    log, done = alert_log(store), list[AlertEvent]()
    for _ in range(TRIES):
        table = store.get(EVENTS)
        entries = known_entries(log, table)
        new = _new_events(histories(entries), action, fingerprints, at)
        if not new:
            return Recorded(done, entries, table)
        source, events = next(iter(new.items()))
        entry: Document = {
            "source": source,
            "commit": 0,
            "at": at.isoformat(),
            "origin": "live",
            "events": [event.document() for event in events],
            "outbox": [],
            "txn": uuid.uuid4().hex,
        }
        if log.append_to(entries, entry):
            done += events
            if len(new) == 1:
                return Recorded(done, [*entries, parsed("", encode(entry))], table)
    raise LostRace(f"{store.uri}/alerts", TRIES)


def _new_events(
    known: Mapping[str, AlertHistory], action: Action, fingerprints: Sequence[str], at: datetime
) -> dict[str, list[AlertEvent]]:
    """Return the events that the log does not have yet, by source."""
    new: dict[str, list[AlertEvent]] = {}
    for fingerprint in dict.fromkeys(fingerprints):
        history = known.get(fingerprint)
        if history is None or not history.events:
            raise UnknownName("alert", fingerprint, [name for name in known if known[name].events])
        newest = history.events[-1].event
        if newest.kind in ENDS and action.kind in FOR_OPEN_ALONE:
            raise WrongUse(
                f"Alert {fingerprint[:12]} is {ENDS[newest.kind]} since the version of "
                f"{newest.as_of:%Y-%m-%d}; expected an open one. Nothing was recorded. Leave it "
                f"out, or record a cause by `vaxwatch alerts explain`."
            )
        event = acted_on(history.events, action, at=at)
        in_force = actions_in_force(history.events, history.actions, on=at.date())
        if not is_repeated(event, in_force.get(UNDOES.get(action.kind, action.kind))):
            new.setdefault(history.source, []).append(event)
    return new
