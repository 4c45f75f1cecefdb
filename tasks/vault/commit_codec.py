"""The JSON of commits and pages.

A list of vintages is written with its schemas, so that a page can be read without the commit that
names it. What a vintage printed is written only where it does not follow from the rest; in a commit
of an earlier version, which never has it, it reads as None. Retractions are written where there are
some.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

from tasks.vault.canonical_frames import Schema
from tasks.vault.manifest import Commit, Page, Retraction, TableInfo, TableVintage, Vintage

INSTANTS: Final = frozenset({"written_at", "as_of", "ingested_at", "first", "last", "at"})
LISTS: Final = frozenset({"key", "pins", "scope"})
Record = TypeVar("Record", Commit, Page, Retraction, TableInfo, Vintage)


def to_document(commit: Commit, *, source: str, writer: str) -> dict[str, Any]:
    """Return a commit as JSON values."""
    values = _values(commit)
    retractions = values.pop("retractions")
    return {
        **values,
        "source": source,
        "writer": writer,
        "tables": {name: _values(info) for name, info in commit.tables.items()},
        "pages": [_values(page) for page in commit.pages],
        "tail": vintages_document(commit.tail),
        **({"retractions": _retractions_document(retractions)} if retractions else {}),
    }


def from_document(document: Mapping[str, Any]) -> Commit:
    """Return the commit that a JSON document describes."""
    tables, tail = document["tables"], vintages_from(document["tail"])
    retractions = document.get("retractions")
    return _record(
        Commit,
        {"retractions": None, **document},
        tables={name: _record(TableInfo, {"version": 1, **info}) for name, info in tables.items()},
        pages=tuple(_record(Page, page) for page in document["pages"]),
        tail=tail,
        retractions=_retractions_from(retractions) if retractions else (),
    )


def vintages_document(vintages: Sequence[Vintage]) -> dict[str, Any]:
    """Return a list of vintages as JSON values, with their schemas."""
    schemas: dict[str, list[Schema]] = {}
    listed = [
        {
            **_values(vintage),
            "tables": {
                name: _table_document(table, schemas.setdefault(name, []))
                for name, table in vintage.tables.items()
            },
        }
        for vintage in vintages
    ]
    return {"schemas": schemas, "vintages": listed}


def vintages_from(document: Mapping[str, Any]) -> tuple[Vintage, ...]:
    """Return the vintages that `vintages_document` wrote."""
    schemas: dict[str, list[Schema]] = {
        name: [tuple((column, kind) for column, kind in schema) for schema in known]
        for name, known in document["schemas"].items()
    }
    return tuple(
        _record(
            Vintage,
            listed,
            tables={
                name: _table(table, schemas[name][int(table["schema"])])
                for name, table in listed["tables"].items()
            },
        )
        for listed in document["vintages"]
    )


def _retractions_document(retractions: Sequence[Retraction]) -> dict[str, Any]:
    vintages = [one.vintage for one in retractions if one.vintage is not None]
    listed = [{**_values(one), "vintage": one.vintage is not None} for one in retractions]
    return {"listed": listed, **vintages_document(vintages)}


def _retractions_from(document: Mapping[str, Any]) -> tuple[Retraction, ...]:
    vintages = iter(vintages_from(document))
    return tuple(
        _record(Retraction, listed, vintage=next(vintages) if listed["vintage"] else None)
        for listed in document["listed"]
    )


def _values(record: Commit | Page | Retraction | TableInfo | Vintage) -> dict[str, Any]:
    """Return the fields of a record; instants as ISO 8601 text, records in it as they are."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return values | {name: values[name].isoformat() for name in values if name in INSTANTS}


def _record(kind: type[Record], listed: Mapping[str, Any], **nested: Any) -> Record:
    """Return the record that `_values` wrote; `nested`: the records in it."""
    plain, instants, lists = _names(kind)
    values = {name: listed[name] for name in plain} | nested
    for name in instants:
        values[name] = datetime.fromisoformat(listed[name])
    for name in lists:
        values[name] = tuple(listed[name])
    return kind(**values)


@cache
def _names(kind: type[Record]) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Return the names of a record's plain fields, of its instants and of its lists."""
    names = [field.name for field in fields(kind)]
    plain = [name for name in names if name not in INSTANTS | LISTS]
    instants, lists = ([name for name in names if name in some] for some in (INSTANTS, LISTS))
    return plain, instants, lists


def _table_document(table: TableVintage, schemas: list[Schema]) -> dict[str, Any]:
    if table.schema not in schemas:
        schemas.append(table.schema)
    more: dict[str, Any] = {}
    if table.covers is not None or table.quarantine is not None:
        more["seen"] = [table.seen, table.hidden]
    if table.hides_below:
        more["hides_below"] = dict(table.hides_below)
    if table.not_compared:
        more["not_compared"] = [table.not_compared, table.printed]
    return {
        "schema": schemas.index(table.schema),
        "state": table.state,
        "segment": table.segment,
        "rows": table.rows,
        "changes": [table.inserted, table.updated, table.deleted],
        "covers": None if table.covers is None else dict(table.covers),
        "quarantine": [table.quarantine, table.quarantined] if table.quarantine else None,
        **more,
    }


def _table(listed: Mapping[str, Any], schema: Schema) -> TableVintage:
    inserted, updated, deleted = listed["changes"]
    quarantine, quarantined = listed["quarantine"] or (None, 0)
    is_sliced = listed["covers"] is not None
    follows = None if is_sliced else listed["rows"], None if is_sliced or quarantine else 0
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
