"""Entries of the alert log, read from the published table of their events as far as that goes.

Promises: what an ingest asks of the store does not grow with the log. The entries have everything
that alerts are made of; whether the table equals the log is seen by `verify --deep`.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from typing import Any, Final

import polars as pl

from schemas.alerts import EVENT_FIELDS, AlertEvent
from schemas.versions import FILE_VERSIONS
from tasks.alerts.stored_evidence import StoredEvidence
from tasks.vault.backends.store import Blob
from tasks.vault.commit_log import Log
from tasks.vault.own_hash import Document
from tasks.vault.parquet_metadata import is_intact, read_metadata

EVENTS: Final = "alerts/alert_events.parquet"
"""The published table of events."""
ROW_FIELDS: Final = (
    *(one.name for one in fields(AlertEvent) if one.name != "event"),
    *EVENT_FIELDS,
)


def known_entries(log: Log, table: Blob | None) -> list[Document]:
    """Return the entries of the alert log; `table`: the published table of events, if there is one.

    A gap in the log is found when something is appended.
    """
    known = _entries_in(table.body) if table else ()
    return [*known, *(entry for _, entry in log.entries(len(known)))]


def _entries_in(body: bytes) -> Sequence[Document]:
    """Return the entries of the log that a published table of events shows, without their hashes.

    Empty for a table of another version, or a damaged one.
    """
    metadata = read_metadata(body) if is_intact(body) else {}
    if metadata.get("layout") != str(FILE_VERSIONS["alert_events"]):
        return []
    entries: list[dict[str, Any]] = []
    for row in pl.read_parquet(io.BytesIO(body)).iter_rows(named=True):
        if row["entry"] > len(entries):
            named = {name: row[name] for name in ("source", "origin")}
            entries.append({**named, "at": row["recorded_at"].isoformat(), "events": []})
        entries[-1]["events"].append(_event(row))
    for number, introduced in json.loads(metadata.get("introduced", "{}")).items():
        entries[int(number) - 1]["introduced"] = introduced
    return entries if len(entries) == int(metadata["gen"]) else []


def _event(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event as the log has it, from a row of the table of events."""
    event = {name: row[name] for name in ROW_FIELDS}
    for name in ("as_of", "previous_as_of"):
        event[name] = event[name].isoformat() if event[name] else None
    for name in ("before", "after", "change"):
        figure: float | None = event[name]
        event[name] = int(figure) if figure is not None and figure.is_integer() else figure
    return {**event, "key": _key(row["key"]), "evidence": StoredEvidence(row["evidence"])}


@cache
def _key(text: str) -> Mapping[str, str]:
    return json.loads(text)
