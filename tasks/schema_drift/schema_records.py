"""Schema records: the schema of every snapshot, beside the record of its fetch.

Promises: one object a snapshot, `raw/<source>/wire/<id of the snapshot>.json`, written after its
commit and again when a newer parser reads it. A snapshot that could not be published has its record
in `raw/<source>/unread/`, with the reason and the schema changes. One with the very bytes of the
newest vintage has that one's schema and no record.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from schemas.contract_errors import ContractBroken
from schemas.records import Snapshot
from tasks.schema_drift.declared_columns import comparable
from tasks.schema_drift.schema_diff import change_sentences, schema_diff
from tasks.schema_drift.schema_log import (
    READ_FOLDER,
    REFUSED_FOLDER,
    RefusedSnapshot,
    SchemaLog,
    SchemaLogFile,
    parsed_record,
)
from tasks.schema_drift.source_schema import SourceSchema, schema_from_document
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import indented
from tasks.vault.vault_reader import VaultReader


def record_schemas(
    schema_log: SchemaLogFile, schemas: Mapping[str, SourceSchema]
) -> dict[str, list[str]]:
    """Record the schemas of snapshots; return by id the sentences about what changed.

    Each is compared with that of the newest older snapshot, in the log or in `schemas`. The caller
    sees to it that none stays in the log that another run retracts meanwhile, as `drop_retracted`
    does.
    """
    if not schemas:
        return {}
    for name, schema in schemas.items():
        document = schema.document() | {"fingerprint": schema.fingerprint}
        _put(schema_log, READ_FOLDER, name, document)
    new = {name: comparable(schema, schema_log.source) for name, schema in schemas.items()}
    schema_log.update(lambda log: replace(log, read={**log.read, **new}))
    read = schema_log.log.read
    earlier = {name: max((one for one in read if one < name), default=name) for name in schemas}
    return {
        name: change_sentences(schema_diff(read[earlier[name]], read[name])) for name in schemas
    }


def drop_retracted(schema_log: SchemaLogFile, vault: VaultReader) -> None:
    """Take the snapshots out of the log whose vintages are retracted in the vault's commit."""
    log = schema_log.log
    if dropped := vault.retracted.keys() & {*log.read, *log.refused}:
        drop_schemas(schema_log, dropped)


def drop_schemas(schema_log: SchemaLogFile, dropped: Collection[str]) -> None:
    """Take snapshots out of the schema log, so that no other is compared with them."""

    def change(log: SchemaLog) -> SchemaLog:
        read = {name: one for name, one in log.read.items() if name not in dropped}
        refused = {name: one for name, one in log.refused.items() if name not in dropped}
        return replace(log, read=read, refused=refused)

    schema_log.update(change)


def record_refused_schema(
    schema_log: SchemaLogFile, snapshot: Snapshot, *, schema: SourceSchema, error: Exception
) -> None:
    """Record the schema of a snapshot that is not published, the error, and what changed in it.

    `schema`: without tables where the parser failed; they count as unchanged.
    """
    source, earlier = schema_log.source, schema_log.log.before(snapshot.id)
    tables = schema.tables or (earlier[1].tables if earlier else {})
    now = comparable(replace(schema, tables=tables), source)
    refused = RefusedSnapshot(
        as_of=snapshot.retrieved_at,
        sha256=snapshot.manifest_sha256,
        url=snapshot.url,
        schema=comparable(schema, source),
        broken=type(error).__name__ if isinstance(error, ContractBroken) else "",
        seen=getattr(error, "seen", ""),
        fault=str(error),
    )
    changes = change_sentences(schema_diff(earlier[1], now)) if earlier else []
    others = {"fingerprint": schema.fingerprint, "changes": changes}
    _put(schema_log, REFUSED_FOLDER, snapshot.id, schema.document() | refused.document() | others)
    if refused.broken:
        schema_log.update(lambda log: replace(log, refused={**log.refused, snapshot.id: refused}))


def recorded_schema(store: Store, source: str, name: str) -> SourceSchema | None:
    """Return the schema of a snapshot that was read, None where it is unknown."""
    blob = store.get(f"raw/{source}/{READ_FOLDER}/{name}.json")
    return parsed_record(blob.body, schema_from_document) if blob else None


def _put(
    schema_log: SchemaLogFile, folder: str, snapshot_id: str, document: Mapping[str, Any]
) -> None:
    key = f"raw/{schema_log.source.name}/{folder}/{snapshot_id}.json"
    body = indented(document)
    if not schema_log.store.put_if_absent(key, body):
        schema_log.store.update(key, lambda _: body)
