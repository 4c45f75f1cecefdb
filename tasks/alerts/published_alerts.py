"""The alert log as it is published: tables for readers, and for runs that need not read the log.

Promises: a published table is never replaced by an older one.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from schemas.alerts import Alert
from schemas.errors import Damaged
from schemas.waivers import Waiver
from tasks.alerts.alert_log import alert_log, alerts_in, histories
from tasks.alerts.alert_tables import (
    alert_events_table,
    alerts_table,
    generation,
    published_hash,
    silenced_hash,
)
from tasks.alerts.known_entries import EVENTS
from tasks.alerts.record_findings import TRIES, Recorded
from tasks.vault.backends.store import Blob, Store
from tasks.vault.parquet_metadata import is_intact

ALERTS: Final = "alerts/alerts.parquet"


class DamagedTable(Damaged):
    """The published table of alerts is not what its own hash states."""

    def __str__(self) -> str:
        return (
            f"{self.where}: seen {self.seen}; expected {self.expected}. Nothing is lost: the alert "
            f"log has all of it. To write the table from the log: vaxwatch repair"
        )


def open_alerts(store: Store) -> pl.DataFrame:
    """Return the rows of alerts.parquet that are open, newest first; none where there is none.

    An acknowledged alert is open. Raises DamagedTable.
    """
    blob = store.get(ALERTS)
    if fault := _fault(store, blob):
        raise fault
    body = blob.body if blob else alerts_table([], entries=0)
    return pl.read_parquet(io.BytesIO(body)).filter(pl.col("state").is_in(["open", "acked"]))


def table_fault(store: Store) -> DamagedTable | None:
    """Return what is wrong with alerts.parquet, which programs and pages read; None: nothing."""
    return _fault(store, store.get(ALERTS))


def _fault(store: Store, blob: Blob | None) -> DamagedTable | None:
    if blob is None or is_intact(blob.body):
        return None
    return DamagedTable(f"{store.uri}/{ALERTS}", "a damaged table", "the open alerts")


def published_entries(store: Store) -> int | None:
    """Return how many entries the log has, where the published table of alerts needs no change.

    None where it lacks an entry, is damaged or not there, or has silenced alerts, whose state
    depends on the day. Of the log one entry is asked for: the next.
    """
    blob = store.get(ALERTS)
    shown = generation(blob.body) if blob else -1
    if blob is None or shown < 0 or published_hash(blob.body):
        return None
    return None if any(alert_log(store).entries(shown)) else shown


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
