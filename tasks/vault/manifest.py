"""
Commits: what the newest entry of a source's log says, as values and as JSON.

A commit is complete: it lists every vintage of the source with, per table, its schema, the hash of
its state and the name of its segment. So one document and the objects it names are a whole,
unchanging picture of the source.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.errors import UnknownName
from tasks.vault.segments import Covers
from tasks.vault.states import Schema

FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class TableVintage:
    """
    What one vintage did to one table. Counts are rows.

    `segment` is None when it changed nothing. `state` is the hash of what a reader gets.
    `quarantine` names the rows that stand in quarantine; `quarantined` counts them.
    """

    schema: Schema
    state: str
    segment: str | None
    rows: int
    inserted: int
    updated: int
    deleted: int
    covers: Covers | None = None
    quarantine: str | None = None
    quarantined: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in that vintage."""
        return tuple(name for name, _ in self.schema)

    @property
    def is_new(self) -> bool:
        """Whether it said anything else than the vintage before."""
        return self.segment is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Vintage:
    """One observation of a source: what one snapshot said, in all its tables."""

    id: str
    as_of: datetime
    ingested_at: datetime
    manifest_sha256: str
    url: str
    parser_version: int
    held: bool = False
    scope: tuple[str, ...] = ()
    tables: Mapping[str, TableVintage] = field(default_factory=dict[str, TableVintage])

    @property
    def is_new(self) -> bool:
        """Whether it changed any table."""
        return any(table.is_new for table in self.tables.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class TableInfo:
    """What holds for a table in all vintages: its key and what its columns mean."""

    key: tuple[str, ...]
    descriptions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """One entry of a source's log. Vintages are in the order of as_of."""

    number: int
    kind: str
    written_at: datetime
    parent_sha256: str | None
    tables: Mapping[str, TableInfo]
    vintages: Sequence[Vintage]
    txn: str = field(default_factory=lambda: uuid.uuid4().hex)


def to_document(commit: Commit, *, source: str, writer: str) -> dict[str, Any]:
    """Return a commit as JSON values; every schema is written once per table."""
    schemas: dict[str, list[Schema]] = {name: [] for name in commit.tables}
    vintages = [_vintage_document(vintage, schemas) for vintage in commit.vintages]
    return {
        "format": FORMAT,
        "source": source,
        "number": commit.number,
        "txn": commit.txn,
        "kind": commit.kind,
        "written_at": commit.written_at.isoformat(),
        "writer": writer,
        "parent_sha256": commit.parent_sha256,
        "tables": {
            name: {
                "key": list(info.key),
                "descriptions": dict(info.descriptions),
                "schemas": [[list(column) for column in schema] for schema in schemas[name]],
            }
            for name, info in commit.tables.items()
        },
        "vintages": vintages,
    }


def _vintage_document(vintage: Vintage, schemas: dict[str, list[Schema]]) -> dict[str, Any]:
    return {
        "id": vintage.id,
        "as_of": vintage.as_of.isoformat(),
        "ingested_at": vintage.ingested_at.isoformat(),
        "manifest_sha256": vintage.manifest_sha256,
        "url": vintage.url,
        "parser_version": vintage.parser_version,
        "held": vintage.held,
        "scope": list(vintage.scope),
        "tables": {
            name: _table_document(table, schemas[name]) for name, table in vintage.tables.items()
        },
    }


def _table_document(table: TableVintage, schemas: list[Schema]) -> dict[str, Any]:
    if table.schema not in schemas:
        schemas.append(table.schema)
    covers = table.covers
    return {
        "schema": schemas.index(table.schema),
        "state": table.state,
        "segment": table.segment,
        "rows": table.rows,
        "changes": [table.inserted, table.updated, table.deleted],
        "covers": None if covers is None else {name: list(kept) for name, kept in covers.items()},
        "quarantine": [table.quarantine, table.quarantined] if table.quarantine else None,
    }


def from_document(document: Mapping[str, Any]) -> Commit:
    """Return the commit that a JSON document describes."""
    tables: Mapping[str, Any] = document["tables"]
    schemas = {
        name: [_schema(listed) for listed in info["schemas"]] for name, info in tables.items()
    }
    return Commit(
        number=document["number"],
        txn=document["txn"],
        kind=document["kind"],
        written_at=datetime.fromisoformat(document["written_at"]),
        parent_sha256=document["parent_sha256"],
        tables={
            name: TableInfo(key=tuple(info["key"]), descriptions=info["descriptions"])
            for name, info in tables.items()
        },
        vintages=[_vintage(listed, schemas) for listed in document["vintages"]],
    )


def _schema(listed: Sequence[Sequence[str]]) -> Schema:
    return tuple((column, kind) for column, kind in listed)


def _vintage(listed: Mapping[str, Any], schemas: Mapping[str, list[Schema]]) -> Vintage:
    tables: Mapping[str, Any] = listed["tables"]
    return Vintage(
        id=listed["id"],
        as_of=datetime.fromisoformat(listed["as_of"]),
        ingested_at=datetime.fromisoformat(listed["ingested_at"]),
        manifest_sha256=listed["manifest_sha256"],
        url=listed["url"],
        parser_version=listed["parser_version"],
        held=listed["held"],
        scope=tuple(listed["scope"]),
        tables={
            name: _table(table, schemas[name][int(table["schema"])])
            for name, table in tables.items()
        },
    )


def _table(listed: Mapping[str, Any], schema: Schema) -> TableVintage:
    inserted, updated, deleted = listed["changes"]
    quarantine, quarantined = listed["quarantine"] or (None, 0)
    return TableVintage(
        schema=schema,
        state=listed["state"],
        segment=listed["segment"],
        rows=listed["rows"],
        inserted=inserted,
        updated=updated,
        deleted=deleted,
        covers=listed["covers"],
        quarantine=quarantine,
        quarantined=quarantined,
    )


def with_id(vintages: Sequence[Vintage], wanted: str) -> Vintage:
    """Return the vintage with an id. Raises UnknownName, which lists the newest five."""
    for vintage in vintages:
        if vintage.id == wanted:
            return vintage
    raise UnknownName("vintage", wanted, [vintage.id for vintage in vintages[-5:]])
