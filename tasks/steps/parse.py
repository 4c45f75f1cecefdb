"""Parse: the bytes of one snapshot become canonical rows, checked against the source's contract.

Promises: the source's schema in a snapshot is recorded whether or not the snapshot can be parsed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl
from polars.exceptions import PolarsError

from schemas.contract_errors import ContractBroken
from schemas.errors import Permanent, WrongUse
from schemas.records import Fetched
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.formats.body_format import body_format
from tasks.parsing.declaration import require_whole_declaration
from tasks.parsing.parse_snapshot import parse_tables, snapshot_notes
from tasks.parsing.published_tables import published_tables
from tasks.parsing.validate import ParsedTable
from tasks.schema_drift.contract import snapshot_schema
from tasks.schema_drift.contract_check import check_contract
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import record_refused_schema
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backends.store import Store

NONE: Mapping[str, SourceSchema] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadSnapshot:
    """What a snapshot's bytes say by themselves; nothing is compared or recorded yet.

    `schema`: without tables where they could not be made out. `published`: the tables of the
    source's parser; None where it failed. `tables`: their sound and quarantined rows; None where
    `error` says why there are none. `notes`: sentences about what does not add up in it.
    """

    fetched: Fetched
    schema: SourceSchema
    published: Mapping[str, pl.DataFrame] | None = None
    tables: Mapping[str, ParsedTable] | None = None
    notes: Sequence[str] = ()
    error: Permanent | WrongUse | PolarsError | None = None


def read_snapshot(source: Source, fetched: Fetched) -> ReadSnapshot:
    """Return what a snapshot's bytes say, or why they cannot be read. Pure: any thread may.

    Raises WrongUse: the declaration of the source fits no table of ours.
    """
    require_whole_declaration(source)
    formats = {name: body_format(body) for name, body in fetched.contents.items()}
    schema, published = snapshot_schema(source, formats, {}), None
    try:
        found = published_tables(source, fetched.contents)
        schema, published = snapshot_schema(source, formats, found), found
        tables = parse_tables(source, found, retrieved_at=fetched.snapshot.retrieved_at)
        notes = snapshot_notes(source, found, tables)
    except (Permanent, WrongUse, PolarsError) as error:
        return ReadSnapshot(fetched=fetched, schema=schema, published=published, error=error)
    return ReadSnapshot(
        fetched=fetched, schema=schema, published=published, tables=tables, notes=notes
    )


def parse_fetched(
    source: Source,
    fetched: Fetched,
    *,
    store: Store | None = None,
    schema_log: SchemaLogFile | None = None,
) -> ParsedSnapshot:
    """Return a snapshot parsed, transformed and validated, with the source's schema in it.

    With a lake (`store`, or its schema log where that is open already) it is `checked`. Without a
    lake it is parsed by itself, as in a rebuild.

    Raises:
        BadBody: The bytes are not what the source's parser expects.
        KnownErrorOver: A declared known error of the publisher is over.
    """
    if schema_log is None and store is not None:
        schema_log = SchemaLogFile(store, source)
    return checked(read_snapshot(source, fetched), schema_log)


def checked(
    read: ReadSnapshot,
    schema_log: SchemaLogFile | None,
    *,
    beside: Mapping[str, SourceSchema] = NONE,
) -> ParsedSnapshot:
    """Return a parsed snapshot once its schema is checked against the contract with its source.

    The schema is compared with that of the last good snapshot before it, in the lake or in `beside`
    (comparable schemas by id of snapshots that are parsed and not committed yet). Where the
    snapshot cannot be parsed, or breaks the contract, that is recorded in the lake; in the latter
    case the result is blocked. Raises what `parse_fetched` does.
    """
    snapshot, contract_notes = read.fetched.snapshot, list[str]()
    try:
        if schema_log is not None and read.published is not None:
            contract_notes = check_contract(
                schema_log,
                snapshot.id,
                parsed=read.published,
                schema=read.schema,
                uncommitted=beside,
            )
        if read.error is not None:
            raise read.error
    except (Permanent, WrongUse, PolarsError) as error:
        if schema_log is not None:
            record_refused_schema(schema_log, snapshot, schema=read.schema, error=error)
        if isinstance(error, ContractBroken):
            return ParsedSnapshot(fetched=read.fetched, tables={}, contract_fault=str(error))
        raise
    assert read.tables is not None
    notes = (*read.notes, *contract_notes)
    return ParsedSnapshot(fetched=read.fetched, tables=read.tables, schema=read.schema, notes=notes)
