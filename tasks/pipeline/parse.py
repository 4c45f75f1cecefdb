"""
Items: what becomes of the bytes of one snapshot before they are committed.

Promises: the shape in which a snapshot came is looked at whether or not it can be read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import polars as pl
from polars.exceptions import PolarsError

from schemas.errors import ContractBroken, Permanent, WrongUse
from schemas.records import Fetched
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.parsing.parse_snapshot import parse_tables
from tasks.parsing.validate import ParsedTable
from tasks.schema_drift.contract import snapshot_schema
from tasks.schema_drift.contract_check import check_contract
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import record_refused_schema
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backends.store import Store

NONE: Mapping[str, SourceSchema] = MappingProxyType({})


def parse_fetched(
    source: Source,
    fetched: Fetched,
    *,
    store: Store | None = None,
    beside: Mapping[str, SourceSchema] = NONE,
) -> ParsedSnapshot:
    """
    Return a snapshot with what it says in each table, and the shape in which it came.

    With a lake, its shape is held to that of the last good snapshot before it: one there, or one of
    `beside`, which are read but not committed yet (shapes by id). Where it cannot be read, or is
    not what the contract with its source says, that is written down there. In the latter case the
    item is blocked. Without a lake a snapshot is read for itself, as in a rebuild.

    Raises BadBody or KnownErrorOver as `tasks.parsing.parse_snapshot.readings`.
    """
    parsed: Mapping[str, pl.DataFrame] = {}
    snapshot, notes = fetched.snapshot, list[str]()
    schema_log = SchemaLogFile(store, source) if store is not None else None
    try:
        parsed = source.parse(fetched.contents)
        schema = snapshot_schema(source, fetched.contents, parsed)
        if schema_log is not None:
            notes = check_contract(
                schema_log, fetched, parsed=parsed, schema=schema, uncommitted=beside
            )
        said = parse_tables(source, parsed, retrieved_at=snapshot.retrieved_at)
    except (Permanent, WrongUse, PolarsError) as error:
        if schema_log is not None:
            schema = snapshot_schema(source, fetched.contents, parsed)
            record_refused_schema(schema_log, snapshot, schema=schema, error=error)
        if isinstance(error, ContractBroken):
            return ParsedSnapshot(fetched=fetched, tables={}, contract_fault=str(error))
        raise
    return ParsedSnapshot(fetched=fetched, tables=_with_notes(said, notes), schema=schema)


def _with_notes(said: Mapping[str, ParsedTable], notes: Sequence[str]) -> Mapping[str, ParsedTable]:
    """Return readings of which the first has more notes."""
    if not notes:
        return said
    first = next(iter(said))
    return {**said, first: replace(said[first], notes=(*said[first].notes, *notes))}
