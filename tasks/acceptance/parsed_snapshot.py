"""
Drafting: a snapshot as its gates get it, and as it is to be committed.

Promises: what a snapshot speaks for is told by its own rows, those in quarantine included, and by
the scope in which it was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from schemas.records import Fetched
from schemas.source import Source
from schemas.tables import descriptions_of, key_of
from schemas.versions import TABLE_VERSIONS
from tasks.parsing.validate import ParsedTable
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.table_history import SCOPE_COLUMN
from tasks.vault.vault import Draft, TableDraft


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedSnapshot:
    """
    One fetched snapshot, parsed, transformed and validated.

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


def draft_of(source: Source, item: ParsedSnapshot) -> Draft:
    """Return what is to be committed of a snapshot, not held."""
    snapshot = item.fetched.snapshot
    return Draft(
        snapshot=snapshot,
        parser_version=source.parser_version,
        tables={
            table: TableDraft(
                frame=reading.frame,
                key=key_of(table),
                quarantined=reading.quarantined,
                covers=_covers(source, reading, snapshot.scope),
                version=TABLE_VERSIONS[table],
                hides_below={
                    name: least
                    for name, least in source.hides_below.items()
                    if name in reading.frame.columns
                },
                not_compared=tuple(sorted(source.not_compared(table) & {*reading.frame.columns})),
                descriptions={
                    name: text
                    for name, text in descriptions_of(table).items()
                    if name in reading.frame.columns
                },
            )
            for table, reading in item.tables.items()
        },
    )


def _covers(
    source: Source, reading: ParsedTable, scope: Sequence[str]
) -> Mapping[str, Sequence[str]] | None:
    """Return what a snapshot speaks for: its scope, and the slices that occur in it."""
    covers: dict[str, Sequence[str]] = {}
    if source.covers is not None:
        for column in (source.covers.column, *source.covers.beside):
            named = pl.concat(
                [frame.get_column(column).cast(pl.String) for frame in _frames(reading)]
            ).drop_nulls()
            covers[column] = sorted(named.unique())
    if scope and SCOPE_COLUMN in reading.frame.columns:
        covers[SCOPE_COLUMN] = sorted(scope)
    return covers or None


def _frames(reading: ParsedTable) -> tuple[pl.DataFrame, pl.DataFrame]:
    return reading.frame, reading.quarantined
