"""The alert log as Parquet tables for BI tools.

One row per alert, and one per event; keys as JSON text with the country beside it; times in UTC,
microseconds. Parquet metadata: `gen` [number of log entries], `silenced` [hash over the silenced
alerts], `introduced` [by entry: the rules that were new for its source], and version and
descriptions of the columns as in every published file.
"""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

import polars as pl

from schemas.alerts import Alert, AlertEvent, Event
from schemas.versions import FILE_VERSIONS
from tasks.alerts.alert_log import events_in
from tasks.alerts.stored_evidence import evidence_text
from tasks.vault.own_hash import Document
from tasks.vault.parquet_metadata import is_intact, read_metadata, to_parquet

TYPES: Final[Mapping[str, pl.DataType]] = {
    **dict.fromkeys(("before", "after", "change", "rel_change"), pl.Float64()),
    **dict.fromkeys(
        ("as_of", "previous_as_of", "opened_as_of", "recorded_at"), pl.Datetime("us", "UTC")
    ),
    "entry": pl.Int64(),
}
"""Types of the columns that are no text."""
DESCRIPTIONS: Final = {
    "fingerprint": "identity of the alert, the same for its whole life",
    "rule": "rule that found it, see docs/rules.md",
    "severity": "info, low, medium, high or critical",
    "confidence": "unconfirmed or confirmed (by the vintage after)",
    "state": "open, acked, silenced, resolved, reverted or explained, on the day of the last run",
    "origin": "live; replay where history was read later; shadow while a source or rule is new",
    "dataset": "`<source>.<table>`",
    "iso3": "country, ISO 3166-1 alpha-3; null where the alert is about no single one",
    "key": "key columns and their values as JSON; coarser than the table's key for a total",
    "column": "the figure; null where the alert is about all of them",
    "before": "the figure it is compared with [unit of the column]; null = not published",
    "after": "the figure now [unit of the column]; null = not published or absent",
    "change": "after - before [unit of the column]",
    "rel_change": "change / before [share]; null where before is null or 0",
    "as_of": "instant (UTC) of the vintage that says how things stand",
    "previous_as_of": "instant (UTC) of the vintage it is compared with",
    "group": "fingerprint of the wider or weightier alert that it comes with, if any",
    "sentence": "what people are told",
    "opened_as_of": "instant (UTC) of the vintage that opened it",
    "note": "who acknowledged, silenced or explained it, until when and why; empty without",
    "entry": "number of the entry of the alert log, from 1",
    "recorded_at": "instant (UTC) at which this lake told it",
    "source": "the source",
    "kind": "opened, updated, escalated, confirmed, reverted, resolved, superseded; by people: "
    "acknowledged, silenced, explained, and unacknowledged, unsilenced, unexplained",
    "id": "the vintage; of what people did the newest that they saw",
    "evidence": "what proves it, as JSON; of what people did by, at, reason, until, url",
}
ALERTS: Final = tuple(DESCRIPTIONS)[: list(DESCRIPTIONS).index("entry")]
EVENTS: Final = (
    *("entry", "recorded_at", "source", "origin", "kind", "id"),
    *(name for name in ALERTS if name not in {"state", "origin", "opened_as_of", "note"}),
    "evidence",
)


def alerts_table(alerts: Sequence[Alert], *, entries: int) -> bytes:
    """Return one row per alert, as `alerts_of` returns them of so many entries of the log."""
    metadata = {"gen": str(entries), "silenced": silenced_hash(alerts)}
    return _parquet("alerts", [_row(_shallow(alert)) for alert in alerts], ALERTS, metadata)


def alert_events_table(entries: Sequence[Document], there: bytes = b"") -> bytes:
    """Return one row per event, in the order in which they were recorded.

    `there`: a table that shows the first of the entries, to be continued.
    """
    introduced = {n: one["introduced"] for n, one in enumerate(entries, 1) if "introduced" in one}
    metadata = {"gen": str(len(entries)), "introduced": json.dumps(introduced)}
    known = _events_of(there)
    shown = 0 if known is None else min(generation(there), len(entries))
    rows = [
        {
            **_row({**_shallow(event), **_shallow(event.event)}),
            "entry": number,
            "recorded_at": datetime.fromisoformat(entry["at"]),
            "source": entry["source"],
            "evidence": evidence_text(event.event.evidence),
        }
        for number, entry in enumerate(entries[shown:], start=shown + 1)
        for event in events_in(entry)
    ]
    return _parquet("alert_events", rows, EVENTS, metadata, known=known)


def _events_of(there: bytes) -> pl.DataFrame | None:
    """Return the rows of a table of events; None where it is damaged or of another version."""
    is_current = _metadata(there).get("layout") == str(FILE_VERSIONS["alert_events"])
    return pl.read_parquet(io.BytesIO(there)) if is_current else None


def _shallow(record: Alert | AlertEvent | Event) -> dict[str, Any]:
    return {one.name: getattr(record, one.name) for one in fields(record)}


def generation(body: bytes) -> int:
    """Return how many log entries a published table contains; -1 when it is no such table."""
    return int(_metadata(body).get("gen", "-1"))


def is_same_table(there: bytes, right: bytes) -> bool:
    """Return whether a published table has the rows of the right one.

    The states differ where other waivers or silences were in force when it was published.
    """
    if _metadata(there).keys() != _metadata(right).keys():
        return False
    rows, expected = (pl.read_parquet(io.BytesIO(body)) for body in (there, right))
    if published_hash(there) != published_hash(right):
        rows, expected = (one.drop("state", "note") for one in (rows, expected))
    return rows.equals(expected)


def published_hash(body: bytes) -> str | None:
    """Return the hash over the silenced alerts of a published table; None without one."""
    return _metadata(body).get("silenced")


def silenced_hash(alerts: Sequence[Alert]) -> str:
    """Return the hash over those of the alerts that are silenced; '' if none is."""
    silenced = sorted(f"{one.fingerprint}{one.note}" for one in alerts if one.state == "silenced")
    return hashlib.sha256("".join(silenced).encode()).hexdigest() if silenced else ""


def _metadata(body: bytes) -> dict[str, str]:
    return read_metadata(body) if is_intact(body) else {}


def _row(values: dict[str, Any]) -> dict[str, Any]:
    key = values["key"]
    return {**values, "iso3": key.get("iso3"), "key": json.dumps(key, ensure_ascii=False)}


def _parquet(
    name: str,
    rows: list[dict[str, Any]],
    columns: Sequence[str],
    metadata: dict[str, str],
    *,
    known: pl.DataFrame | None = None,
) -> bytes:
    frame = pl.DataFrame(rows, schema={name: TYPES.get(name, pl.String()) for name in columns})
    frame = frame if known is None else pl.concat([known, frame])
    described = {
        "layout": str(FILE_VERSIONS[name]),
        "columns": json.dumps({column: DESCRIPTIONS[column] for column in columns}),
    }
    return to_parquet(frame, described, own_names=metadata)
