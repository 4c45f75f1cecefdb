"""Parsed objects: what a worker read of a snapshot, as one object of the lake.

    <source>/_vault/parsed/<sha256>.zip

It holds the sound and the quarantined rows of each table as Parquet, and the schema, the counts and
the notes as JSON. No commit names it: whoever reads it removes it, and one that is left behind is
garbage of the vault like any other.

Promises: an object has the name of its bytes, so damage is noticed; one of another parser version
is refused.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from schemas.errors import Damaged
from schemas.records import Fetched
from schemas.source import Source
from tasks.parsing.published_tables import published_tables
from tasks.parsing.validate import ParsedTable
from tasks.schema_drift.source_schema import schema_from_document
from tasks.steps.parse import ReadSnapshot
from tasks.vault.backends.store import Store

READING: Final = "reading.json"
ROWS: Final = "rows.parquet"
QUARANTINED: Final = "quarantined.parquet"


class PublishedTables(Mapping[str, pl.DataFrame]):
    """The tables of the source's parser, made of the bytes when one is asked for.

    A contract check needs them only where columns are gone and others are new.
    """

    def __init__(self, source: Source, fetched: Fetched, names: list[str]) -> None:
        self._source, self._fetched, self._names = source, fetched, names

    def __getitem__(self, table: str) -> pl.DataFrame:
        """Return a table. Raises KeyError."""
        if table not in self._names:
            raise KeyError(table)
        return published_tables(self._source, self._fetched.contents)[table]

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the tables."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of tables."""
        return len(self._names)


def parsed_key(source: str, sha256: str) -> str:
    """Return the object name of what a worker read.

    >>> parsed_key("find_tests", "1a2b")
    'find_tests/_vault/parsed/1a2b.zip'
    """
    return f"{source}/_vault/parsed/{sha256}.zip"


def write_parsed(store: Store, source: Source, read: ReadSnapshot) -> str:
    """Write what was read of a snapshot, which has no error, to the lake; return its sha256."""
    body = _packed(source, read)
    sha256 = hashlib.sha256(body).hexdigest()
    store.put_if_absent(parsed_key(source.name, sha256), body)
    return sha256


def take_parsed(store: Store, source: Source, fetched: Fetched, sha256: str) -> ReadSnapshot:
    """Return what a worker read of a snapshot, and remove the object.

    Raises Damaged: it is gone, has other bytes, or is of another version of the parser.
    """
    key = parsed_key(source.name, sha256)
    blob = store.get(key)
    if blob is None or hashlib.sha256(blob.body).hexdigest() != sha256:
        raise Damaged(f"{store.uri}/{key}", "no object or other bytes", "what a worker has read")
    read = _unpacked(source, fetched, blob.body)
    store.delete(key)
    if read.schema.parser_version != source.parser_version:
        seen = f"version {read.schema.parser_version} of the parser"
        raise Damaged(f"{store.uri}/{key}", seen, f"version {source.parser_version}")
    return read


def _packed(source: Source, read: ReadSnapshot) -> bytes:
    assert read.tables is not None
    assert read.published is not None
    document = {
        "schema": read.schema.document(),
        "published": [*read.published],
        "notes": [*read.notes],
        "tables": {name: _counts(source, table) for name, table in read.tables.items()},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo(READING), json.dumps(document))
        for name, table in read.tables.items():
            for part, frame in ((ROWS, table.frame), (QUARANTINED, table.quarantined)):
                file.writestr(zipfile.ZipInfo(f"{name}/{part}"), _parquet(frame))
    return buffer.getvalue()


def _unpacked(source: Source, fetched: Fetched, body: bytes) -> ReadSnapshot:
    with zipfile.ZipFile(io.BytesIO(body)) as file:
        document: dict[str, Any] = json.loads(file.read(READING))
        tables = {
            name: _table(source, counts, file.read(f"{name}/{ROWS}"), _bad_rows(file, name))
            for name, counts in document["tables"].items()
        }
    return ReadSnapshot(
        fetched=fetched,
        schema=schema_from_document(document["schema"]),
        published=PublishedTables(source, fetched, document["published"]),
        tables=tables,
        notes=document["notes"],
    )


def _bad_rows(file: zipfile.ZipFile, table: str) -> bytes:
    return file.read(f"{table}/{QUARANTINED}")


def _counts(source: Source, table: ParsedTable) -> dict[str, Any]:
    return {
        "rows": table.rows,
        "left_out": table.left_out,
        "bad": table.bad,
        "is_over_budget": table.is_over_budget,
        "left_out_by": [table.left_out_by.get(one, 0) for one in source.leave_out],
        "no_countries": dict(table.no_countries),
    }


def _table(source: Source, counts: dict[str, Any], rows: bytes, bad: bytes) -> ParsedTable:
    left_out = dict(zip(source.leave_out, counts.pop("left_out_by"), strict=True))
    return ParsedTable(
        frame=pl.read_parquet(io.BytesIO(rows)),
        quarantined=pl.read_parquet(io.BytesIO(bad)),
        left_out_by=left_out,
        **counts,
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="lz4", statistics=False)
    return buffer.getvalue()
