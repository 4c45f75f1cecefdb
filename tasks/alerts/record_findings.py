"""Append new events to the alert log.

An event is recorded once, so running twice adds nothing; one call appends at most one entry; a
recorded event never changes: what a backfill has overtaken is superseded by a new event.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.alerts import AlertEvent, Finding, Origin
from schemas.errors import LostRace
from tasks.alerts.alert_log import AlertHistory, add_to_histories, alert_log, histories
from tasks.alerts.event_facts import continues
from tasks.alerts.found_events import alert_events, superseding
from tasks.alerts.known_entries import EVENTS, known_entries
from tasks.alerts.origins import INTRODUCED, Origins
from tasks.vault.backends.store import NOT_READ, Blob, Store
from tasks.vault.own_hash import Document, encode, parsed

TRIES: Final = 50


@dataclass(frozen=True, slots=True)
class Judged:
    """What findings are about: the number of the source's commit (0: none), and a question.

    `is_current`: whether the source still is as it was when the rules read it. `is_all`: whether
    the findings are all there are; else an alert without one stands as it is recorded. `origins`:
    of the events; None: all have that of the run.
    """

    commit: int
    is_current: Callable[[], bool]
    is_all: bool = True
    origins: Origins | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """The appended events, all entries of the log, and the table of events as it was read.

    `histories`: those of the entries; None: not made.
    """

    new: Sequence[AlertEvent]
    entries: Sequence[Document]
    table: Blob | None = NOT_READ
    histories: Mapping[str, AlertHistory] | None = None


def record_findings(
    store: Store,
    findings: Sequence[Finding],
    *,
    source: str,
    origin: Origin,
    at: datetime,
    judged: Judged,
) -> Recorded | None:
    """Append the events that the log does not have yet, as one entry.

    `findings`: everything that the rules find in all vintages of `source`, as of the commit
    `judged`; alerts of other sources are left alone. First come events that supersede alerts which
    the rules no longer find, or find with another history, then new events, oldest first.

    Returns:
    None, and appends nothing, where something new would be recorded and `judged` is out of date.
    Raises LostRace; Damaged where it would fill a gap in the log.
    """
    log, origins = alert_log(store), judged.origins
    for _ in range(TRIES):
        table = store.get(EVENTS)
        entries = known_entries(log, table)
        known = histories(entries)
        own = {name: one for name, one in known.items() if one.source == source}
        if not judged.is_all:
            names = {finding.fingerprint for finding in findings}
            own = {name: one for name, one in own.items() if name in names}
        new = _new_events(own, findings, origin=origin, origins=origins)
        if not new:
            return Recorded((), entries, table, known)
        if not judged.is_current():
            return None
        introduced = origins.introduced(entries, source) if origins else {}
        if origins:
            new = origins.with_origins(new, entries, source)
        entry: Document = {
            "source": source,
            "commit": judged.commit,
            "at": at.isoformat(),
            "origin": origin,
            "events": [event.document() for event in new],
            "outbox": [],
            **({INTRODUCED: introduced} if introduced else {}),
            "txn": uuid.uuid4().hex,
        }
        if log.append_to(entries, entry):
            appended = parsed("", encode(entry))
            add_to_histories(known, appended)
            return Recorded(new, [*entries, appended], table, known)
    raise LostRace(f"{store.uri}/alerts", TRIES)


def unrecorded_events(
    store: Store, findings: Sequence[Finding], *, source: str
) -> list[AlertEvent]:
    """Return the events that `record_findings` would append. Raises Damaged."""
    known = histories(alert_log(store).complete())
    own = {name: one for name, one in known.items() if one.source == source}
    return _new_events(own, findings, origin="live")


def _new_events(
    recorded: Mapping[str, AlertHistory],
    findings: Sequence[Finding],
    *,
    origin: Origin,
    origins: Origins | None = None,
) -> list[AlertEvent]:
    found = {finding.fingerprint: alert_events(finding, origin) for finding in findings}
    own = {name: history.events for name, history in recorded.items() if history.events}
    overtaken = [name for name, events in own.items() if not continues(events, found.get(name))]
    superseded = [superseding(own.pop(name)[-1], origins) for name in overtaken]
    new = [event for name, events in found.items() for event in events[len(own.get(name, [])) :]]
    return [*superseded, *sorted(new, key=lambda event: event.event.as_of)]
