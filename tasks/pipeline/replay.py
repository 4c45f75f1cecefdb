"""Replay: snapshots with rows in quarantine, or blocked, parsed again from their archived bytes.

Promises: each vintage has its own time and id as before; one that holds the same figures stays as
it is; the previous commit stays readable by its number; rows that can be read now are released.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from schemas.errors import UnknownName, WrongUse
from schemas.records import Outcome, Snapshot
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import (
    ParsedSnapshot,
    blocked_outcome,
    blocked_rows,
    separate_blocked,
)
from tasks.pipeline.rebuild import parse_archived
from tasks.pipeline.renewed_keys import renew_keys
from tasks.quarantine.lifecycle import BLOCKED, RELEASED, WAITING
from tasks.quarantine.record_quarantine import quarantine_of
from tasks.raw.archive import archived_snapshots
from tasks.runs.run_context import RunContext
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import drop_retracted
from tasks.steps.after_publishing import with_findings
from tasks.steps.publish import derive, drafts_for, with_notes
from tasks.summaries.operation_summaries import ReplaySummary
from tasks.vault.backends.store import Store
from tasks.vault.rewrite import restate_vintages
from tasks.vault.vault_reader import VaultReader


def replay_quarantine(run: RunContext, ids: Sequence[str] = ()) -> ReplaySummary:
    """Parse again what waits in quarantine, publish it, evaluate alerts. `ids`: as of `replay`."""
    renew_keys(run)
    store, source = run.store, run.source
    summary = run.run_step("replay-snapshots", lambda: replay(store, source, ids=ids, at=run.at))
    run.vault.refresh()  # to what was committed since its keys were looked at
    return with_findings(run, summary)


def replay(store: Store, source: Source, *, ids: Sequence[str] = (), at: datetime) -> ReplaySummary:
    """Parse again what has rows in quarantine, with today's parser and rules; commit the result.

    A snapshot that looks like a fault of the source is held as in an ingest, except one that was
    not held before.

    Args:
        store: The lake.
        source: The source.
        ids: Only these snapshots; empty: all that have rows in quarantine or are blocked.
        at: When this lake learns it, UTC.

    Returns:
        The outcomes, without what the rules find. `released` and `waiting` count faults: two in a
        row of a table count twice.

    Raises:
        WrongUse: Nothing is in quarantine.
        UnknownName: One of `ids` has no row in quarantine.
        Damaged: Archived bytes are missing or different.
    """
    vault = VaultReader(store, source.name)
    wanted = _wanted(store, source, vault, ids)
    if not wanted and quarantine_of(store).filter(source=source.name, state=BLOCKED).is_empty():
        raise WrongUse(f"{source.name} has no row in quarantine; there is nothing to read again.")
    before = _counts(store, source)
    parsed, failed = parse_archived(store, source, wanted, check_schema=True)
    sound, refused = separate_blocked(source, parsed)
    outcomes = _restated(store, source, vault, sound, at=at)
    derive(store, vault, at=at, blocked=[blocked_rows(one) for one in refused], is_late=True)
    after = _counts(store, source)
    return ReplaySummary(
        source=source.name,
        outcomes=(*outcomes, *map(blocked_outcome, refused)),
        failed=failed,
        released=after.get(RELEASED, 0) - before.get(RELEASED, 0),
        waiting=after.get(WAITING, 0) + after.get(BLOCKED, 0),
    )


def _restated(
    store: Store,
    source: Source,
    vault: VaultReader,
    parsed: Sequence[ParsedSnapshot],
    *,
    at: datetime,
) -> list[Outcome]:
    if not parsed:
        return []
    prepare, accepted = drafts_for(store, source, vault, parsed)
    outcomes = restate_vintages(vault, prepare, at=at)
    schema_log = SchemaLogFile(store, source)
    noted = with_notes(schema_log, parsed, outcomes, accepted=accepted)
    drop_retracted(schema_log, VaultReader(store, source.name))
    return noted


def _wanted(store: Store, source: Source, vault: VaultReader, ids: Sequence[str]) -> list[Snapshot]:
    """Return the snapshots that have rows in quarantine or are blocked, oldest first.

    A snapshot whose instant has another vintage by now is left out, as is one that is retracted.
    """
    shapes = SchemaLogFile(store, source).log
    listed = quarantine_of(store).filter(source=vault.source, state=BLOCKED)
    refused = shapes.refused.keys() - shapes.read.keys()
    doubtful = (
        refused
        | set(listed["snapshot_id"])
        | {
            vintage.id
            for vintage in vault.vintages()
            if any(entry.quarantine for entry in vintage.tables.values())
        }
    )
    there = {vintage.as_of: vintage.id for vintage in vault.vintages()}
    doubtful -= vault.retracted.keys()
    archived = {
        one.id: one
        for one in archived_snapshots(store, vault.source)
        if one.id in doubtful and there.get(one.retrieved_at, one.id) == one.id
    }
    for name in ids:
        if name not in archived:
            raise UnknownName(
                "snapshot with rows in quarantine", name, sorted(archived, reverse=True)
            )
    return [one for one in archived.values() if not ids or one.id in ids]


def _counts(store: Store, source: Source) -> Mapping[str, int]:
    """Return the number of faults of a source by state."""
    rows = quarantine_of(store).filter(source=source.name)
    return dict(rows.group_by("state").len().iter_rows())
