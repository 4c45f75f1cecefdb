"""A parsed snapshot, and the draft of its vintage.

Promises: what a snapshot covers follows from its own rows, quarantined ones included, and from the
scope in which it was requested.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.records import Fetched, Snapshot
from schemas.source import Source
from schemas.tables import descriptions_of, key_of
from schemas.versions import TABLE_VERSIONS
from tasks.parsing.validate import ParsedTable
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.table_history import SCOPE_COLUMN


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedSnapshot:
    """One fetched snapshot, parsed, transformed and validated.

    `tables`: rows and quarantined rows by canonical table. `schema`: the source's schema in this
    snapshot, None where it was not taken. `contract_fault`: the sentence that says how the snapshot
    breaks its source's contract, so that nothing of it is published; empty where it does not.
    `notes`: sentences about what does not add up in the snapshot.
    """

    fetched: Fetched
    tables: Mapping[str, ParsedTable]
    schema: SourceSchema | None = None
    contract_fault: str = ""
    notes: tuple[str, ...] = ()

    @property
    def snapshot(self) -> Snapshot:
        """The fetched snapshot, without its bytes."""
        return self.fetched.snapshot


def draft_of(source: Source, parsed: ParsedSnapshot) -> Draft:
    """Return the draft of a snapshot's vintage, not held."""
    tables: dict[str, TableDraft] = {}
    for name, table in parsed.tables.items():
        columns = table.frame.columns
        descriptions = descriptions_of(name)
        tables[name] = TableDraft(
            frame=table.frame,
            key=key_of(name),
            quarantined=table.quarantined,
            covers=_covers(source, table, parsed.snapshot.scope),
            version=TABLE_VERSIONS[name],
            hides_below={key: low for key, low in source.hides_below.items() if key in columns},
            not_compared=tuple(sorted(source.not_compared(name) & {*columns})),
            descriptions={key: text for key, text in descriptions.items() if key in columns},
        )
    return Draft(snapshot=parsed.snapshot, parser_version=source.parser_version, tables=tables)


def _covers(
    source: Source, table: ParsedTable, scope: Sequence[str]
) -> Mapping[str, Sequence[str]] | None:
    """Return what a snapshot covers: its scope and the slices that occur in it; None for all."""
    covers: dict[str, Sequence[str]] = {}
    if source.covers is not None:
        for column in (source.covers.column, *source.covers.beside):
            values = [
                frame[column].cast(pl.String).drop_nulls()
                for frame in (table.frame, table.quarantined)
            ]
            covers[column] = sorted(pl.concat(values).unique())
    if scope and SCOPE_COLUMN in table.frame.columns:
        covers[SCOPE_COLUMN] = sorted(scope)
    return covers or None
