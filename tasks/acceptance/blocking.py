"""
Contract: what of a snapshot is not what its source has agreed to, so that nothing is published.

Promises: a table within its budget of bad rows passes; one beyond it blocks the whole snapshot,
since a part of what a publisher says at one time would pass for all of it. A waiver may lift the
budget for a while.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from schemas.errors import BudgetExceeded
from schemas.records import Outcome, TableCounts
from schemas.source import Source
from schemas.waivers import BUDGET, Waiver, waiver_for
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.quarantine.lifecycle import BlockedRows


@dataclass(frozen=True, slots=True)
class BlockedSnapshot:
    """A snapshot of which nothing may be published, and the sentence that says why."""

    parsed: ParsedSnapshot
    fault: str


def blocking_fault(source: Source, item: ParsedSnapshot) -> str:
    """Return why nothing of a snapshot may be published, as a sentence; empty where it may."""
    if item.contract_fault:
        return item.contract_fault
    for table, reading in item.tables.items():
        if reading.is_over_budget:
            example = reading.quarantined["reason"][0]
            most, share = source.budget.rows, source.budget.share
            dataset = f"{source.name}.{table}"
            return str(BudgetExceeded(dataset, reading.bad, reading.rows, most, share, example))
    return ""


def separate_blocked(
    source: Source, items: Iterable[ParsedSnapshot]
) -> tuple[list[ParsedSnapshot], list[BlockedSnapshot]]:
    """Return the snapshots that may be published, and those of which nothing may, with why."""
    sound: list[ParsedSnapshot] = []
    refused: list[BlockedSnapshot] = []
    for item in items:
        if fault := blocking_fault(source, item):
            refused.append(BlockedSnapshot(item, fault))
        else:
            sound.append(item)
    return sound, refused


def with_waived_budgets(source: Source, waivers: Iterable[Waiver], on: date) -> Source:
    """
    Return a source as it is judged on a day: no budget for tables where it is waived.

    By its name: a pattern that silences all alerts publishes nothing.
    """
    listed = [waiver for waiver in waivers if waiver.rule == BUDGET]
    lifted = {
        table
        for table in source.tables
        if waiver_for(listed, rule=BUDGET, dataset=f"{source.name}.{table}", key={}, on=on)
    }
    return replace(source, unlimited=frozenset(lifted)) if lifted else source


def blocked_outcome(refused: BlockedSnapshot) -> Outcome:
    """Return what became of a snapshot of which nothing may be published."""
    snapshot = refused.parsed.fetched.snapshot
    return Outcome(
        source=snapshot.source,
        id=snapshot.id,
        as_of=snapshot.retrieved_at,
        verdict="blocked",
        tables={
            table: TableCounts(rows=0, inserted=0, updated=0, deleted=0, quarantined=reading.bad)
            for table, reading in refused.parsed.tables.items()
        },
        notes=(refused.fault,),
    )


def blocked_rows(refused: BlockedSnapshot) -> BlockedRows:
    """Return what of a snapshot that is blocked was bad, for the quarantine."""
    snapshot = refused.parsed.fetched.snapshot
    return BlockedRows(
        id=snapshot.id,
        as_of=snapshot.retrieved_at,
        sha256=snapshot.manifest_sha256,
        bad={table: reading.quarantined for table, reading in refused.parsed.tables.items()},
    )
