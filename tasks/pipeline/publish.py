"""
Publish: readings become one commit in the source's vault, then the files that people open.

Promises: the commit comes first and is atomic, what is derived from it comes after and can be made
again; a vintage that is there already changes nothing; of a snapshot that is not what its source's
contract says nothing is published, and its bad rows are listed in quarantine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from schemas.errors import ContractBroken
from schemas.records import Outcome, Snapshot
from schemas.source import Source
from tasks.acceptance.blocking import blocked_outcome, blocked_rows, separate_blocked
from tasks.acceptance.earlier_vintages import earlier_vintages
from tasks.acceptance.holding import Acceptance, accept
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.catalog.views import publish_catalog
from tasks.parsing.flags import publish_flags
from tasks.quarantine.lifecycle import BlockedRows
from tasks.quarantine.record_quarantine import record_quarantine
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import record_refused_schema, record_schemas
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault


def commit(
    store: Store,
    source: Source,
    items: Sequence[ParsedSnapshot],
    *,
    at: datetime,
    kind: str = "ingest",
    supersede: bool = False,
) -> list[Outcome]:
    """
    Commit snapshots of one source to its vault, all of them or none.

    Args:
        store: The lake.
        source: Whose snapshots they are.
        items: The snapshots, in any order.
        at: The instant at which this lake learns them.
        kind: ingest or backfill, for the log.
        supersede: Whether other bytes of an instant that is taken replace those that are known.

    Returns:
        One outcome a snapshot, in the order of time; one that was held or blocked says why in its
        notes. Of a blocked one nothing is committed but its rows in quarantine.

    Raises:
        SameTimeOtherBytes: An instant is taken by other bytes, and these are not to be superseded;
            nothing was committed.
        LostRace: Other writers were faster, again and again.
    """
    vault, outcomes, blocked = _commit(store, source, items, at=at, kind=kind, supersede=supersede)
    if blocked:
        record_quarantine(store, vault, at=at, blocked=blocked)
    return outcomes


def _commit(
    store: Store,
    source: Source,
    items: Sequence[ParsedSnapshot],
    *,
    at: datetime,
    kind: str,
    supersede: bool,
) -> tuple[Vault, list[Outcome], list[BlockedRows]]:
    """Return the vault after the commit, what became of the snapshots, and what is blocked."""
    vault = Vault(store, source.name)
    sound, refused = separate_blocked(source, items)
    for one in refused:
        if one.parsed.schema is not None:
            snapshot = one.parsed.fetched.snapshot
            error = ContractBroken(one.fault)
            schema_log = SchemaLogFile(store, source)
            record_refused_schema(schema_log, snapshot, schema=one.parsed.schema, error=error)
    outcomes = [blocked_outcome(one) for one in refused]
    blocked = [blocked_rows(one) for one in refused]
    if not sound:
        return vault, outcomes, blocked
    judged = accept(source, sound, earlier_vintages(store, source, vault, sound))
    drafted = [one.draft for one in judged.values()]
    told = vault.commit(drafted, at=at, kind=kind, supersede=supersede)
    outcomes += with_notes(store, source, sound, told, judged=judged)
    return vault, sorted(outcomes, key=lambda one: one.as_of), blocked


def with_notes(
    store: Store,
    source: Source,
    items: Sequence[ParsedSnapshot],
    outcomes: Sequence[Outcome],
    *,
    judged: Mapping[str, Acceptance],
) -> list[Outcome]:
    """Return outcomes with what is to be said of them; the shapes of the snapshots are recorded."""
    wires = {item.fetched.snapshot.id: item.schema for item in items if item.schema}
    reshaped = record_schemas(SchemaLogFile(store, source), wires)
    remarks = {item.fetched.snapshot.id: _remarks(item) for item in items}
    return [
        replace(
            outcome,
            notes=(
                *(judged[outcome.id].reasons if outcome.verdict == "held" else ()),
                *remarks[outcome.id],
                *(judged[outcome.id].notes if outcome.verdict != "known" else ()),
                *(reshaped.get(outcome.id, ()) if outcome.verdict != "known" else ()),
            ),
        )
        for outcome in outcomes
    ]


def _remarks(item: ParsedSnapshot) -> tuple[str, ...]:
    """Return what its readings remark about a snapshot."""
    return tuple(note for reading in item.tables.values() for note in reading.notes)


def observe(store: Store, source: Source, snapshot: Snapshot, *, at: datetime) -> list[Outcome]:
    """
    Commit that a source still says what its newest vintage says, without reading the bytes again.

    Returns no outcome, and commits nothing, where that may be otherwise; see `Vault.observe`. A
    source with known errors is always read: somebody has to look whether they still stand. So is
    one whose newest snapshot was refused: that it is as before is news.
    """
    vault = Vault(store, source.name)
    if source.known_errors or SchemaLogFile(store, source).log.unresolved_refusal() is not None:
        return []
    seen = vault.observe(snapshot, parser_version=source.parser_version, at=at)
    if seen is None:
        return []
    derive(store, vault, at=at)
    return [seen]


def publish(
    store: Store,
    source: Source,
    items: Sequence[ParsedSnapshot],
    *,
    at: datetime,
    supersede: bool = False,
) -> list[Outcome]:
    """
    Commit snapshots, then derive everything that people open.

    Without items only what is derived is made again, where it differs: so ends a backfill. As
    `commit` otherwise.
    """
    vault, outcomes, blocked = _commit(
        store, source, items, at=at, kind="ingest", supersede=supersede
    )
    derive(store, vault, at=at, blocked=blocked, is_late=not items)
    return outcomes


def derive(
    store: Store,
    vault: Vault,
    *,
    at: datetime,
    blocked: Sequence[BlockedRows] = (),
    is_late: bool = False,
) -> None:
    """
    Bring what people open up to a source's newest commit: tables, flags, views, quarantine.

    `blocked`, `is_late`: as of `record_quarantine`.
    """
    vault.publish()
    publish_flags(store, vault)
    publish_catalog(store, vault)
    record_quarantine(store, vault, at=at, blocked=blocked, is_late=is_late)
