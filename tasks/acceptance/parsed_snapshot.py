"""A parsed snapshot: whether it is blocked, and the draft of its vintage.

Promises: a table within its budget of quarantined rows passes; one beyond it blocks the whole
snapshot, since a part would be mistaken for all of it. A waiver may lift the budget for a while.
What a snapshot covers follows from its own rows, quarantined ones included, and from its scope.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from schemas.contract_errors import BudgetExceeded
from schemas.product_list import PUBLISHED
from schemas.records import Fetched, Outcome, Snapshot, TableCounts
from schemas.source import Source
from schemas.tables import descriptions_of, key_of
from schemas.versions import TABLE_VERSIONS
from schemas.waivers import BUDGET, Waiver, in_force, waiver_for
from tasks.parsing.validate import ParsedTable
from tasks.quarantine.lifecycle import BlockedRows
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


@dataclass(frozen=True, slots=True)
class BlockedSnapshot:
    """A snapshot that may not be published; `fault`: the sentence that says why."""

    parsed: ParsedSnapshot
    fault: str


def blocking_fault(source: Source, parsed: ParsedSnapshot) -> str:
    """Return the sentence that says why a snapshot may not be published; empty where it may."""
    if parsed.contract_fault:
        return parsed.contract_fault
    budget = source.budget
    for name, table in parsed.tables.items():
        if table.is_over_budget:
            example, dataset = table.quarantined["reason"][0], f"{source.name}.{name}"
            return str(
                BudgetExceeded(dataset, table.bad, table.rows, budget.rows, budget.share, example)
            )
    return ""


def separate_blocked(
    source: Source, parsed_snapshots: Iterable[ParsedSnapshot]
) -> tuple[list[ParsedSnapshot], list[BlockedSnapshot]]:
    """Return the snapshots that may be published, and the blocked ones."""
    judged = [(parsed, blocking_fault(source, parsed)) for parsed in parsed_snapshots]
    publishable = [parsed for parsed, fault in judged if not fault]
    return publishable, [BlockedSnapshot(parsed, fault) for parsed, fault in judged if fault]


def with_waived_budgets(source: Source, waivers: Iterable[Waiver], on: date) -> Source:
    """Return a source without budgets for the tables whose budget is waived on a day.

    Only a waiver of the rule `budget` counts: a pattern that silences all alerts lifts none.
    """
    of_budgets = [waiver for waiver in in_force(waivers, on) if waiver.rule == BUDGET]
    lifted = {
        table
        for table in source.tables
        if waiver_for(of_budgets, rule=BUDGET, dataset=f"{source.name}.{table}", key={})
    }
    return replace(source, unlimited=frozenset(lifted)) if lifted else source


def blocked_outcome(blocked: BlockedSnapshot) -> Outcome:
    """Return the outcome of a blocked snapshot."""
    snapshot = blocked.parsed.snapshot
    return Outcome(
        source=snapshot.source,
        id=snapshot.id,
        as_of=snapshot.retrieved_at,
        verdict="blocked",
        tables={
            name: TableCounts(rows=0, inserted=0, updated=0, deleted=0, quarantined=table.bad)
            for name, table in blocked.parsed.tables.items()
        },
        notes=(blocked.fault,),
    )


def blocked_rows(blocked: BlockedSnapshot) -> BlockedRows:
    """Return the bad rows of a blocked snapshot, for the quarantine."""
    snapshot = blocked.parsed.snapshot
    return BlockedRows(
        id=snapshot.id,
        as_of=snapshot.retrieved_at,
        sha256=snapshot.manifest_sha256,
        bad={name: table.quarantined for name, table in blocked.parsed.tables.items()},
    )


def draft_of(source: Source, parsed: ParsedSnapshot) -> Draft:
    """Return the draft of a snapshot's vintage, not held."""
    tables: dict[str, TableDraft] = {}
    for name, table in parsed.tables.items():
        columns, descriptions = table.frame.columns, descriptions_of(name)
        tables[name] = TableDraft(
            frame=table.frame,
            key=key_of(name),
            quarantined=table.quarantined,
            covers=_covers(source, table, parsed.snapshot.scope),
            version=TABLE_VERSIONS[name],
            hides_below={key: low for key, low in source.hides_below.items() if key in columns},
            not_compared=tuple(sorted((source.not_compared(name) | {PUBLISHED}) & {*columns})),
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
