"""Parse: the bytes of one snapshot become canonical rows, checked against the source's contract.

Promises: the source's schema in a snapshot is recorded whether or not the snapshot can be parsed.
"""

from collections.abc import Mapping
from types import MappingProxyType

from polars.exceptions import PolarsError

from schemas.contract_errors import ContractBroken
from schemas.errors import Permanent, WrongUse
from schemas.records import Fetched
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.formats.body_format import body_format
from tasks.parsing.parse_snapshot import parse_tables, snapshot_notes
from tasks.parsing.published_tables import published_tables
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
    schema_log: SchemaLogFile | None = None,
    beside: Mapping[str, SourceSchema] = NONE,
) -> ParsedSnapshot:
    """Return a snapshot parsed, transformed and validated, with the source's schema in it.

    With a lake (`store`, or its schema log where that is open already) the schema is compared with
    that of the last good snapshot before it, in the lake or in `beside` (schemas by id of snapshots
    that are parsed and not committed yet). Where the snapshot cannot be parsed, or breaks the
    contract with its source, that is recorded in the lake; in the latter case the result is
    blocked. Without a lake it is parsed by itself, as in a rebuild.

    Raises:
        BadBody: The bytes are not what the source's parser expects.
        KnownErrorOver: A declared known error of the publisher is over.
    """
    snapshot, contract_notes = fetched.snapshot, list[str]()
    formats = {name: body_format(body) for name, body in fetched.contents.items()}
    schema = snapshot_schema(source, formats, {})
    if schema_log is None and store is not None:
        schema_log = SchemaLogFile(store, source)
    try:
        published = published_tables(source, fetched.contents)
        schema = snapshot_schema(source, formats, published)
        if schema_log is not None:
            contract_notes = check_contract(
                schema_log, snapshot.id, parsed=published, schema=schema, uncommitted=beside
            )
        tables = parse_tables(source, published, retrieved_at=snapshot.retrieved_at)
    except (Permanent, WrongUse, PolarsError) as error:
        if schema_log is not None:
            record_refused_schema(schema_log, snapshot, schema=schema, error=error)
        if isinstance(error, ContractBroken):
            return ParsedSnapshot(fetched=fetched, tables={}, contract_fault=str(error))
        raise
    notes = (*snapshot_notes(source, published, tables), *contract_notes)
    return ParsedSnapshot(fetched=fetched, tables=tables, schema=schema, notes=notes)
