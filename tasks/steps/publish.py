"""Publish: parsed snapshots become one commit of the source's vault, then files that people open.

Promises: the commit comes first and is atomic; everything derived from it comes after and can be
made again. A vintage that exists already, or is retracted, changes nothing. Nothing of a blocked
snapshot is published; its bad rows are listed in quarantine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from schemas.contract_errors import ContractBroken
from schemas.errors import LostRace
from schemas.records import Outcome
from schemas.source import Source
from tasks.acceptance.earlier_vintages import earlier_vintages
from tasks.acceptance.holding import Acceptance, accept
from tasks.acceptance.parsed_snapshot import (
    BlockedSnapshot,
    ParsedSnapshot,
    blocked_outcome,
    blocked_rows,
    separate_blocked,
)
from tasks.catalog.views import publish_catalog
from tasks.parsing.flags import publish_flags
from tasks.quarantine.lifecycle import BlockedRows
from tasks.quarantine.record_quarantine import record_quarantine
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import drop_retracted, record_refused_schema, record_schemas
from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.store import Store
from tasks.vault.commit import TRIES, Prepare, commit_prepared, outcome_of
from tasks.vault.derived_tables import publish_tables
from tasks.vault.vault_reader import VaultReader


def commit(  # noqa: PLR0913 (the last one is what a run has read already)
    store: Store,
    source: Source,
    parsed: Sequence[ParsedSnapshot],
    *,
    at: datetime,
    kind: str = "ingest",
    supersede: bool = False,
    vault: VaultReader | None = None,
) -> list[Outcome]:
    """Commit snapshots of one source to its vault, all of them or none.

    Args:
        store: The lake.
        source: The source of the snapshots.
        parsed: The snapshots, in any order.
        at: When this lake learns them, UTC.
        kind: ingest or backfill, for the commit log.
        supersede: Whether other bytes of an instant that is taken replace the known ones.
        vault: The source's, where one was read already; it moves on to the commit.

    Returns:
        One outcome per snapshot, by time; the notes of one that is held or blocked give the
        reasons. Of a blocked one nothing is committed but its rows in quarantine.

    Raises SameTimeOtherBytes: other bytes have an instant already, and `supersede` is off; nothing
    was committed. LostRace: other writers were faster, again and again.
    """
    schema_log = SchemaLogFile(store, source)
    vault = vault or VaultReader(store, source.name)
    outcomes, blocked = _commit(schema_log, vault, parsed, at=at, kind=kind, supersede=supersede)
    if not vault.is_newest():
        drop_retracted(schema_log, VaultReader(store, source.name))
    if blocked:
        record_quarantine(store, vault, at=at, blocked=[*map(blocked_rows, blocked)])
    _refuse(schema_log, blocked)
    return outcomes


def _refuse(schema_log: SchemaLogFile, blocked: Sequence[BlockedSnapshot]) -> None:
    """Record snapshots as refused, after their rows: what has no such record is taken up again."""
    for one in blocked:
        if (schema := one.parsed.schema) is not None:
            error = ContractBroken(one.fault)
            record_refused_schema(schema_log, one.parsed.snapshot, schema=schema, error=error)


def _commit(
    schema_log: SchemaLogFile,
    vault: VaultReader,
    parsed: Sequence[ParsedSnapshot],
    *,
    at: datetime,
    kind: str = "ingest",
    supersede: bool,
) -> tuple[list[Outcome], list[BlockedSnapshot]]:
    """Return the outcomes of the snapshots, and the blocked ones, which are not recorded yet."""
    store, source = schema_log.store, schema_log.source
    again = [one.snapshot for one in parsed if one.snapshot.id in vault.retracted]
    parsed = [one for one in parsed if one.snapshot.id not in vault.retracted]
    sound, blocked = separate_blocked(source, parsed)
    outcomes = [*map(blocked_outcome, blocked), *(outcome_of(vault, one) for one in again)]
    if not sound:
        return outcomes, blocked
    prepare, accepted = drafts_for(store, source, vault, sound)
    committed = commit_prepared(vault, prepare, at=at, kind=kind, supersede=supersede)
    outcomes += with_notes(schema_log, sound, committed, accepted=accepted)
    return sorted(outcomes, key=lambda one: one.as_of), blocked


def drafts_for(
    store: Store, source: Source, vault: VaultReader, parsed: Sequence[ParsedSnapshot]
) -> tuple[Prepare, Mapping[str, Acceptance]]:
    """Return a function that makes the drafts of snapshots, and its last results by snapshot id.

    Each call, one per try to commit, compares the snapshots with the newest commit's vintages.
    """
    accepted: dict[str, Acceptance] = {}

    def prepare() -> list[Draft]:
        accepted.update(accept(source, parsed, earlier_vintages(store, source, vault, parsed)))
        return [one.draft for one in accepted.values()]

    return prepare, accepted


def with_notes(
    schema_log: SchemaLogFile,
    parsed: Sequence[ParsedSnapshot],
    outcomes: Sequence[Outcome],
    *,
    accepted: Mapping[str, Acceptance],
) -> list[Outcome]:
    """Record the schemas of committed snapshots; return their outcomes with notes."""
    schemas = {one.fetched.snapshot.id: one.schema for one in parsed if one.schema}
    schema_notes = record_schemas(schema_log, schemas)
    snapshot_notes = {one.fetched.snapshot.id: one.notes for one in parsed}
    noted: list[Outcome] = []
    for outcome in outcomes:
        acceptance, is_known = accepted[outcome.id], outcome.verdict == "known"
        notes = [
            *outcome.notes,
            *(acceptance.reasons if outcome.verdict == "held" else ()),
            *snapshot_notes[outcome.id],
            *(() if is_known else acceptance.notes),
            *(() if is_known else schema_notes.get(outcome.id, ())),
        ]
        noted.append(replace(outcome, notes=tuple(notes)))
    return noted


def publish(  # noqa: PLR0913 (the last two are what a run has read already)
    store: Store,
    source: Source,
    parsed: Sequence[ParsedSnapshot],
    *,
    at: datetime,
    supersede: bool = False,
    schema_log: SchemaLogFile | None = None,
    vault: VaultReader | None = None,
) -> list[Outcome]:
    """Commit snapshots as `commit` does, then derive everything that people open.

    Without snapshots only the derived files are brought up to date, as at the end of a backfill.
    `schema_log`, `vault`: of the run, where it has read them already.
    """
    vault = vault or VaultReader(store, source.name)
    schema_log = schema_log or SchemaLogFile(store, source)
    outcomes, blocked = _commit(schema_log, vault, parsed, at=at, supersede=supersede)
    rows = [*map(blocked_rows, blocked)]
    derive(store, vault, at=at, blocked=rows, is_late=not parsed, schema_log=schema_log)
    _refuse(schema_log, blocked)
    return outcomes


def derive(
    store: Store,
    vault: VaultReader,
    *,
    at: datetime,
    blocked: Sequence[BlockedRows] = (),
    is_late: bool = False,
    schema_log: SchemaLogFile | None = None,
) -> None:
    """Bring tables, flags, views and quarantine up to a source's newest commit.

    A run that is overtaken derives what the newer commit gives, since it may have written over it.
    Raises LostRace.

    `blocked`: the rows of snapshots that are blocked now. `is_late`: whether rows of earlier
    commits may be missing in quarantine, too. `schema_log`: of a run that has written it.
    """
    for _ in range(TRIES):
        publish_tables(vault)
        publish_flags(vault)
        publish_catalog(store, vault)
        record_quarantine(store, vault, at=at, blocked=blocked, is_late=is_late)
        if vault.is_newest():
            return
        vault.refresh()
        if schema_log is not None:
            drop_retracted(schema_log, vault)
    raise LostRace(store.uri, TRIES)
