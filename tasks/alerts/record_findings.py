"""Append new events to the alert log, and publish the log as tables.

An event is recorded once, so running twice adds nothing; one call appends at most one entry; a
recorded event never changes: what a backfill has overtaken is superseded by a new event. A
published table is never replaced by an older one.
"""

import io
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl

from schemas.alerts import Alert, AlertEvent, Finding, Origin
from schemas.errors import LostRace
from schemas.waivers import Waiver
from tasks.alerts.alert_log import AlertHistory, add_to_histories, alert_log, alerts_in, histories
from tasks.alerts.alert_tables import (
    alert_events_table,
    alerts_table,
    generation,
    published_hash,
    silenced_hash,
)
from tasks.alerts.event_facts import continues
from tasks.alerts.found_events import alert_events, superseding
from tasks.alerts.known_entries import known_entries
from tasks.alerts.origins import INTRODUCED, Origins
from tasks.vault.backends.store import NOT_READ, Blob, Store
from tasks.vault.own_hash import Document, encode, parsed
from tasks.vault.parquet_metadata import is_intact

TRIES: Final = 50
ALERTS: Final = "alerts/alerts.parquet"
EVENTS: Final = "alerts/alert_events.parquet"


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


def open_alerts(store: Store) -> pl.DataFrame:
    """Return the rows of alerts.parquet that are open, newest first; none where it is damaged.

    An acknowledged alert is open.
    """
    blob = store.get(ALERTS)
    body = blob.body if blob and is_intact(blob.body) else alerts_table([], entries=0)
    return pl.read_parquet(io.BytesIO(body)).filter(pl.col("state").is_in(["open", "acked"]))


def publish_alerts(
    store: Store,
    in_force: Sequence[Waiver] = (),
    *,
    on: date,
    recorded: Recorded | None = None,
    from_scratch: bool = False,
) -> list[Alert]:
    """Write alerts/alert_events.parquet, then alerts/alerts.parquet, as the log stands.

    Returns the alerts as they stand on the day `on`, as `alerts_of`. `recorded`: what was just
    recorded; None: the log is read. A table that shows as many entries and the same silenced alerts
    is left, unless `from_scratch`; one that shows more is left in any case. Raises LostRace when
    other writers were faster, again and again.
    """
    recorded = recorded or Recorded((), alert_log(store).complete())
    entries, known = recorded.entries, recorded.histories
    alerts = alerts_in(histories(entries) if known is None else known, in_force, on=on)
    shown = store.get(ALERTS)
    there = (generation(shown.body), published_hash(shown.body)) if shown else None
    if not from_scratch and there == (len(entries), silenced_hash(alerts)):
        return alerts
    events = recorded.table.body if recorded.table and not from_scratch else b""
    tables = {
        EVENTS: alert_events_table(entries, events),
        ALERTS: alerts_table(alerts, entries=len(entries)),
    }
    for name, body in tables.items():

        def build(present: bytes | None, body: bytes = body) -> bytes | None:
            return None if generation(present or b"") > len(entries) else body

        seen = shown if name == ALERTS else recorded.table
        store.update(name, build, seen=seen, tries=TRIES)
    return alerts


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
