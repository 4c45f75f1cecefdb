"""Which parsed snapshots are blocked: those that break the contract or the budget of their source.

Promises: a table within its budget of quarantined rows passes; one beyond it blocks the whole
snapshot, since a part would be mistaken for all of it. A waiver may lift the budget for a while.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from schemas.contract_errors import BudgetExceeded
from schemas.records import Outcome, TableCounts
from schemas.source import Source
from schemas.waivers import BUDGET, Waiver, waiver_for
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.quarantine.lifecycle import BlockedRows


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
    publishable: list[ParsedSnapshot] = []
    blocked: list[BlockedSnapshot] = []
    for parsed in parsed_snapshots:
        if fault := blocking_fault(source, parsed):
            blocked.append(BlockedSnapshot(parsed, fault))
        else:
            publishable.append(parsed)
    return publishable, blocked


def with_waived_budgets(source: Source, waivers: Iterable[Waiver], on: date) -> Source:
    """Return a source without budgets for the tables whose budget is waived on a day.

    Only a waiver of the rule `budget` counts: a pattern that silences all alerts lifts none.
    """
    of_budgets = [waiver for waiver in waivers if waiver.rule == BUDGET]
    lifted = {
        table
        for table in source.tables
        if waiver_for(of_budgets, rule=BUDGET, dataset=f"{source.name}.{table}", key={}, on=on)
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
