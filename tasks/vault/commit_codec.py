"""The JSON of commits and pages.

A list of vintages is written with its schemas, each once per table, so that a page can be read
without the commit that names it. Format 1; a reader refuses a format it does not know. What a
vintage printed is written only where it does not follow from the rest; a commit of an earlier
version, which never has it, then reads as None.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from schemas.errors import Damaged
from tasks.vault.canonical_frames import Schema
from tasks.vault.manifest import Commit, Page, TableInfo, TableVintage, Vintage
from tasks.vault.segments import Covers

FORMAT = 1


def to_document(commit: Commit, *, source: str, writer: str) -> dict[str, Any]:
    """Return a commit as JSON values."""
    return {
        "format": FORMAT,
        "source": source,
        "number": commit.number,
        "txn": commit.txn,
        "kind": commit.kind,
        "written_at": commit.written_at.isoformat(),
        "writer": writer,
        "parent_sha256": commit.parent_sha256,
        "generation": commit.generation,
        "pins": list(commit.pins),
        "reshaped": commit.reshaped,
        "has_quarantine": commit.has_quarantine,
        "archive": commit.archive,
        "tables": {
            name: {
                "key": list(info.key),
                "descriptions": dict(info.descriptions),
                "version": info.version,
            }
            for name, info in commit.tables.items()
        },
        "pages": [
            {
                "sha256": page.sha256,
                "first": page.first.isoformat(),
                "last": page.last.isoformat(),
                "count": page.count,
            }
            for page in commit.pages
        ],
        "tail": vintages_document(commit.tail),
    }


def from_document(document: Mapping[str, Any], *, where: str = "a commit") -> Commit:
    """Return the commit that a JSON document describes. Raises Damaged for another format."""
    if document.get("format") != FORMAT:
        seen = f"format {document.get('format')}"
        raise Damaged(where, seen, f"format {FORMAT}, or a newer version of this software")
    return Commit(
        number=document["number"],
        txn=document["txn"],
        kind=document["kind"],
        written_at=datetime.fromisoformat(document["written_at"]),
        parent_sha256=document["parent_sha256"],
        generation=document["generation"],
        pins=tuple(document["pins"]),
        reshaped=document["reshaped"],
        has_quarantine=document["has_quarantine"],
        archive=document["archive"],
        tables={
            name: TableInfo(
                key=tuple(info["key"]),
                descriptions=info["descriptions"],
                version=info.get("version", 1),
            )
            for name, info in document["tables"].items()
        },
        pages=tuple(
            Page(
                sha256=page["sha256"],
                first=datetime.fromisoformat(page["first"]),
                last=datetime.fromisoformat(page["last"]),
                count=page["count"],
            )
            for page in document["pages"]
        ),
        tail=vintages_from(document["tail"]),
    )


def vintages_document(vintages: Sequence[Vintage]) -> dict[str, Any]:
    """Return a list of vintages as JSON values, with their schemas."""
    schemas: dict[str, list[Schema]] = {}
    listed = [_vintage_document(vintage, schemas) for vintage in vintages]
    return {
        "schemas": {
            name: [[list(column) for column in schema] for schema in known]
            for name, known in schemas.items()
        },
        "vintages": listed,
    }


def vintages_from(document: Mapping[str, Any]) -> tuple[Vintage, ...]:
    """Return the vintages that `vintages_document` wrote."""
    schemas = {
        name: [_schema(listed) for listed in known] for name, known in document["schemas"].items()
    }
    return tuple(_vintage(listed, schemas) for listed in document["vintages"])


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
            name: _table_document(table, schemas.setdefault(name, []))
            for name, table in vintage.tables.items()
        },
    }


def _table_document(table: TableVintage, schemas: list[Schema]) -> dict[str, Any]:
    if table.schema not in schemas:
        schemas.append(table.schema)
    covers = table.covers
    more: dict[str, Any] = {}
    if not _is_all(covers, table.quarantine):
        more["seen"] = [table.seen, table.hidden]
    if table.hides_below:
        more["hides_below"] = dict(table.hides_below)
    if table.not_compared:
        more["not_compared"] = [list(table.not_compared), table.printed]
    return {
        "schema": schemas.index(table.schema),
        "state": table.state,
        "segment": table.segment,
        "rows": table.rows,
        "changes": [table.inserted, table.updated, table.deleted],
        "covers": None if covers is None else {name: list(kept) for name, kept in covers.items()},
        "quarantine": [table.quarantine, table.quarantined] if table.quarantine else None,
        **more,
    }


def _is_all(covers: Covers | None, quarantine: str | None) -> bool:
    """Return whether a vintage was read whole: its state is then exactly what it printed."""
    return covers is None and quarantine is None


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
    follows = (
        listed["rows"] if listed["covers"] is None else None,
        0 if _is_all(listed["covers"], quarantine) else None,
    )
    seen, hidden = listed.get("seen", follows)
    not_compared, printed = listed.get("not_compared", ((), None))
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
        seen=seen,
        hidden=hidden,
        hides_below=listed.get("hides_below", {}),
        not_compared=tuple(not_compared),
        printed=printed,
    )
