"""The alert log as Parquet tables for BI tools.

Promises: one row per alert, and one per event; keys as JSON text with the country beside it; times
in UTC, microseconds. Parquet metadata: `gen` [number of log entries], `silenced` [hash over the
silenced alerts], and version and descriptions of the columns as in every published file.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from schemas.alerts import Alert
from schemas.versions import FILE_VERSIONS
from schemas.waivers import Waiver
from tasks.alerts.alert_log import alerts_of, events_in
from tasks.vault.commit_log import Document
from tasks.vault.parquet_metadata import PREFIX

INSTANT: Final = pl.Datetime("us", "UTC")
TEXT: Final = pl.String()
FIGURES: Final[dict[str, pl.DataType]] = dict.fromkeys(
    ("before", "after", "change", "rel_change"), pl.Float64()
)
IDENTITY: Final[dict[str, pl.DataType]] = dict.fromkeys(
    ("fingerprint", "rule", "severity", "confidence"), TEXT
)
SUBJECT: Final[dict[str, pl.DataType]] = {
    **dict.fromkeys(("dataset", "iso3", "key", "column"), TEXT),
    **FIGURES,
    "as_of": INSTANT,
    "previous_as_of": INSTANT,
    "group": TEXT,
    "sentence": TEXT,
}
ALERTS: Final[dict[str, pl.DataType]] = {**IDENTITY, "state": TEXT, "origin": TEXT, **SUBJECT}
EVENTS: Final[dict[str, pl.DataType]] = {
    "entry": pl.Int64(),
    "recorded_at": INSTANT,
    "source": TEXT,
    "origin": TEXT,
    "kind": TEXT,
    "id": TEXT,
    **IDENTITY,
    **SUBJECT,
    "evidence": TEXT,
}

DESCRIPTIONS: Final = {
    "fingerprint": "identity of the alert, the same for its whole life",
    "rule": "rule that found it, see docs/rules.md",
    "severity": "info, low, medium, high or critical",
    "confidence": "unconfirmed or confirmed (by the vintage after)",
    "state": "open, acked, silenced (by a waiver), resolved, reverted or explained",
    "origin": "live, or replay where history was read later",
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
    "group": "fingerprint of the alert on the whole source that it belongs to, if any",
    "sentence": "what people are told",
    "entry": "number of the entry of the alert log, from 1",
    "recorded_at": "instant (UTC) at which this lake told it",
    "source": "the source",
    "kind": "opened, updated, escalated, confirmed, reverted, resolved or superseded",
    "id": "the vintage",
    "evidence": "what proves it, as JSON",
}


def alerts_table(entries: Sequence[Document], in_force: Sequence[Waiver] = ()) -> bytes:
    """Return one row per current alert, newest first; the waivers in force silence alerts."""
    alerts = alerts_of(entries, in_force)
    metadata = {"gen": str(len(entries)), "silenced": silenced_hash(alerts)}
    return _parquet("alerts", [_row(alert.document()) for alert in alerts], ALERTS, metadata)


def alert_events_table(entries: Sequence[Document]) -> bytes:
    """Return one row per event, in the order in which they were recorded."""
    rows = [
        {
            **_row(event.document()),
            "entry": number,
            "recorded_at": entry["at"],
            "source": entry["source"],
            "origin": entry["origin"],
            "evidence": json.dumps(dict(event.event.evidence), ensure_ascii=False),
        }
        for number, entry in enumerate(entries, start=1)
        for event in events_in(entry)
    ]
    return _parquet("alert_events", rows, EVENTS, {"gen": str(len(entries))})


def generation(body: bytes) -> int:
    """Return how many log entries a published table contains; -1 when it is no such table."""
    return int(_metadata(body).get("gen", "-1"))


def published_hash(body: bytes) -> str | None:
    """Return the hash over the silenced alerts of a published table; None without one."""
    return _metadata(body).get("silenced")


def silenced_hash(alerts: Sequence[Alert]) -> str:
    """Return the hash over those of the alerts that are silenced; '' if none is."""
    silenced = sorted(alert.fingerprint for alert in alerts if alert.state == "silenced")
    return hashlib.sha256("".join(silenced).encode()).hexdigest() if silenced else ""


def _metadata(body: bytes) -> dict[str, str]:
    try:
        return pl.read_parquet_metadata(io.BytesIO(body))
    except pl.exceptions.PolarsError:
        return {}


def _row(document: dict[str, Any]) -> dict[str, Any]:
    key = document["key"]
    return {**document, "iso3": key.get("iso3"), "key": json.dumps(key, ensure_ascii=False)}


def _parquet(
    name: str, rows: list[dict[str, Any]], schema: dict[str, pl.DataType], metadata: dict[str, str]
) -> bytes:
    columns = {
        name: pl.Series(name, [_cell(row[name], dtype) for row in rows], dtype=dtype)
        for name, dtype in schema.items()
    }
    metadata = {
        **metadata,
        PREFIX + "layout": str(FILE_VERSIONS[name]),
        PREFIX + "columns": json.dumps({column: DESCRIPTIONS[column] for column in schema}),
    }
    out = io.BytesIO()
    pl.DataFrame(columns).write_parquet(out, compression="zstd", metadata=metadata)
    return out.getvalue()


def _cell(value: Any, dtype: pl.DataType) -> Any:
    if value is None or dtype == TEXT:
        return value
    if dtype == INSTANT:
        return datetime.fromisoformat(value)
    return int(value) if dtype.is_integer() else float(value)
