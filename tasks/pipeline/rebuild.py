"""Rebuild: every vintage of a source from its archived bytes, with today's parser.

Promises: all vintages or none; nothing is fetched; a released vintage stays released. The previous
generation stays readable by the number of its commit.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from polars.exceptions import PolarsError

from schemas.errors import Damaged, Permanent, WrongUse
from schemas.records import Fetched, Snapshot
from schemas.source import Source
from tasks.acceptance.earlier_vintages import NO_EARLIER_VINTAGES
from tasks.acceptance.holding import Acceptance, accept
from tasks.acceptance.parsed_snapshot import ParsedSnapshot, blocking_fault
from tasks.raw.archive import archived_snapshots
from tasks.raw.body_reader import BodyReader
from tasks.runs.run_context import RunContext
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import drop_retracted, record_schemas
from tasks.steps.after_publishing import with_findings
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import publish
from tasks.summaries.operation_summaries import RebuildSummary
from tasks.summaries.run_summary import FailedSnapshot
from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.store import Store
from tasks.vault.rewrite import rebuild_vault
from tasks.vault.vault_reader import VaultReader


def rebuild_source(run: RunContext) -> RebuildSummary:
    """Parse every vintage of a source again, publish them as a new generation, evaluate alerts."""
    store, source, at = run.store, run.source, run.at
    summary = run.run_step("rebuild-vintages", lambda: rebuild(store, source, at=at))
    run.run_step("publish-snapshots", lambda: publish(store, source, [], at=at))
    return with_findings(run, summary)


def rebuild(store: Store, source: Source, *, at: datetime) -> RebuildSummary:
    """Parse every vintage of a source again and commit them together as a new generation.

    A snapshot that looks like a fault of the source is held as in an ingest, except one that was
    not held before, or was released: its notes give the reasons. What another writer commits
    meanwhile is parsed, too.

    Args:
        store: The lake.
        source: The source.
        at: When this lake learns the new generation, UTC.

    Returns:
        One outcome per vintage, without what the rules find. If today's parser cannot read some,
        those are in `failed`, and nothing was committed.

    Raises:
        WrongUse: The source has no vintage yet.
        Damaged: The bytes of a vintage are missing or different.
    """
    vault = VaultReader(store, source.name)
    if vault.head is None or not vault.exists():
        raise WrongUse(f"{source.name} has no vintage in {store.uri}; ingest or backfill it first.")
    before = vault.head.number
    parsed: dict[str, ParsedSnapshot] = {}
    failed: list[FailedSnapshot] = []
    judged: dict[str, Acceptance] = {}

    def prepare() -> list[Draft]:
        nonlocal before, failed, judged
        assert vault.head is not None
        before, vintages = vault.head.number, vault.vintages()
        fresh = [one for one in _archived(store, vault) if one.id not in parsed]
        found, failed = parse_archived(store, source, fresh)
        parsed.update({one.snapshot.id: one for one in found})
        current = [parsed[vintage.id] for vintage in vintages if vintage.id in parsed]
        failed += [
            failure(one.snapshot, fault)
            for one in current
            if (fault := blocking_fault(source, one))
        ]
        if failed:
            return []
        accepted = {vintage.id for vintage in vintages if not vintage.held}
        judged = accept(source, current, replace(NO_EARLIER_VINTAGES, accepted=accepted))
        return [one.draft for one in judged.values()]

    outcomes = rebuild_vault(vault, prepare, at=at)
    if failed:
        return RebuildSummary(source=source.name, before=before, number=before, failed=failed)
    schemas = {name: one.schema for name, one in parsed.items() if name in judged and one.schema}
    schema_log = SchemaLogFile(store, source)
    record_schemas(schema_log, schemas)
    drop_retracted(schema_log, VaultReader(store, source.name))
    return RebuildSummary(
        source=source.name,
        before=before,
        number=vault.head.number,
        outcomes=[replace(one, notes=judged[one.id].reasons) for one in outcomes],
    )


def _archived(store: Store, vault: VaultReader) -> list[Snapshot]:
    """Return the archived snapshot of every vintage, oldest first. Raises Damaged."""
    archived = {snapshot.id: snapshot for snapshot in archived_snapshots(store, vault.source)}
    for vintage in vault.vintages():
        if vintage.id not in archived:
            where = f"{store.uri}/raw/{vault.source}/fetches/{vintage.id}.json"
            raise Damaged(where, "no object", "the evidence of a vintage's fetch")
    return [archived[vintage.id] for vintage in vault.vintages()]


def parse_archived(
    store: Store, source: Source, snapshots: Sequence[Snapshot], *, check_schema: bool = False
) -> tuple[list[ParsedSnapshot], list[FailedSnapshot]]:
    """Return archived snapshots as today's parser reads them, without bytes; and the failures.

    `check_schema`: whether each is compared with the schema of the last good one before it, as in
    an ingest.
    """
    found: list[ParsedSnapshot] = []
    failed: list[FailedSnapshot] = []
    bodies = BodyReader(store)
    for snapshot in snapshots:
        contents = {body.name: bodies.read(body.sha256) for body in snapshot.bodies}
        fetched = Fetched(snapshot=snapshot, contents=contents, evidence={})
        try:
            parsed = parse_fetched(source, fetched, store=store if check_schema else None)
            found.append(replace(parsed, fetched=replace(fetched, contents={})))
        except (Permanent, WrongUse, PolarsError) as error:
            failed.append(failure(snapshot, str(error)))
    return found, failed


def failure(snapshot: Snapshot, error: str) -> FailedSnapshot:
    """Return an archived snapshot that cannot be published, and why."""
    return FailedSnapshot(name=snapshot.id, as_of=snapshot.retrieved_at, error=error)
