"""
Wire records: the schema format of every snapshot, beside the evidence of its fetch.

Promises: one object a snapshot that was looked at, written once it is committed, and again when a
newer parser reads it; where it could not be read, that is recorded by itself, with the reason and
with what changed. What cannot be read is passed over, since it can be made again. A snapshot of the
very bytes of the newest vintage is not looked at, and needs no record: its shape is that one's.

    raw/<source>/wire/<id of the snapshot>.json
    raw/<source>/unread/<id of the snapshot>.json
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.errors import ContractBroken
from schemas.records import Snapshot
from schemas.source import Source
from tasks.schema_drift.declared_columns import settled
from tasks.schema_drift.refusals import refusal
from tasks.schema_drift.schema_diff import change_sentences, schema_diff
from tasks.schema_drift.schema_log import SchemaLog, schema_log_of, update_schema_log
from tasks.schema_drift.source_schema import SourceSchema, schema_from_document
from tasks.vault.backends.store import Store


def record_schemas(
    store: Store, source: Source, schemas: Mapping[str, SourceSchema]
) -> dict[str, list[str]]:
    """
    Write down the shapes of snapshots by id; return by id what changed against the one before.

    The one before is the newest older snapshot whose shape is known, in the lake or in `schemas`.
    """
    if not schemas:
        return {}
    for name, schema in schemas.items():
        key = f"raw/{source.name}/wire/{name}.json"
        _put(store, key, schema.document() | {"fingerprint": schema.fingerprint})
    known: dict[str, SourceSchema] = {}

    def noted(shapes: SchemaLog) -> SchemaLog:
        known.clear()
        known.update(shapes.read)
        known.update({name: settled(schema, source) for name, schema in schemas.items()})
        return replace(shapes, read=dict(known))

    update_schema_log(store, source, noted)
    return {name: _changed(known, name) for name in schemas}


def record_refused_schema(
    store: Store, source: Source, snapshot: Snapshot, *, schema: SourceSchema, error: Exception
) -> None:
    """
    Write down the shape of a snapshot that could not be read, why not, and what changed in it.

    `schema`: without tables where the parser did not get so far.
    """
    shapes = schema_log_of(store, source)
    earlier = shapes.before(snapshot.id)
    tables = schema.tables or (earlier[1].tables if earlier else {})
    now = settled(replace(schema, tables=tables), source)
    changed = change_sentences(schema_diff(earlier[1], now)) if earlier else []
    document = schema.document() | {
        "fingerprint": schema.fingerprint,
        "as_of": snapshot.retrieved_at.isoformat(),
        "sha256": snapshot.manifest_sha256,
        "url": snapshot.url,
        "fault": str(error),
        "broken": type(error).__name__ if isinstance(error, ContractBroken) else "",
        "seen": getattr(error, "seen", ""),
        "changes": changed,
    }
    _put(store, f"raw/{source.name}/unread/{snapshot.id}.json", document)
    refused = refusal(document)
    if refused is not None:
        one = replace(refused, schema=settled(schema, source))
        update_schema_log(
            store, source, lambda known: replace(known, refused={**known.refused, snapshot.id: one})
        )


def record_blocked_schema(
    store: Store, source: Source, snapshot: Snapshot, *, schema: SourceSchema, fault: str
) -> None:
    """Write down the shape of a snapshot that could be read, and why it is blocked."""
    record_refused_schema(store, source, snapshot, schema=schema, error=ContractBroken(fault))


def recorded_schema(store: Store, source: str, name: str) -> SourceSchema | None:
    """Return the shape of a snapshot that was read, None where it is not known."""
    blob = store.get(f"raw/{source}/wire/{name}.json")
    try:
        return schema_from_document(json.loads(blob.body)) if blob else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _changed(known: Mapping[str, SourceSchema], name: str) -> list[str]:
    before = max((one for one in known if one < name), default=None)
    if before is None:
        return []
    return change_sentences(schema_diff(known[before], known[name]))


def _put(store: Store, key: str, document: Mapping[str, Any]) -> None:
    body = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False).encode()
    if store.put_if_absent(key, body):
        return
    there = store.get(key)
    if there is None or there.body != body:
        store.put_if_match(key, body, there.etag if there else None)
