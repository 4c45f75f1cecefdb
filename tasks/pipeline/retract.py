"""Retract: a vintage that should never have been is taken away from readers and rules.

Promises: one commit, with the reason; nothing is deleted. The vintage stays in the commits, its
bytes in the raw archive, and only `--undo` brings it back, at its place and with its id.
"""

from collections.abc import Sequence
from dataclasses import replace

from schemas.errors import Damaged, WrongUse
from schemas.records import Outcome
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import blocking_fault, draft_of
from tasks.pipeline.after_publishing import with_findings
from tasks.pipeline.publish import publish
from tasks.pipeline.rebuild import failure, parse_archived
from tasks.pipeline.run_context import RunContext
from tasks.pipeline.run_summary import FailedSnapshot, RetractSummary
from tasks.raw.archive import archived_snapshot
from tasks.schema_drift.schema_log import SchemaLog, SchemaLogFile
from tasks.schema_drift.schema_records import record_schemas, recorded_schema
from tasks.vault.backends.store import Store
from tasks.vault.commit import outcome_of
from tasks.vault.manifest import Retraction, Vintage
from tasks.vault.retraction import (
    commit_retraction,
    retracted_vintage,
    standing_vintage,
    undo_retraction,
)
from tasks.vault.vault_reader import VaultReader


def retract_vintage(
    run: RunContext, wanted: str, *, reason: str, by: str | None = None, undo: bool = False
) -> RetractSummary:
    """Retract the vintage with an id, or with `undo` bring it back; publish, evaluate alerts.

    `by`: who decided; None where unknown. Raises WrongUse when the reason is empty or the source
    has no vintage, and as `retract` and `bring_back`.
    """
    store, source, at = run.store, run.source, run.at
    reason = " ".join(reason.split())
    if not reason:
        raise WrongUse("--reason is empty; expected a sentence that says why, for the record.")
    decided = Retraction(id=wanted, at=at, reason=reason, by=by, vintage=None)
    decide = bring_back if undo else retract
    summary = run.run_step("retract-vintage", lambda: decide(store, source, decided))
    run.run_step("publish-snapshots", lambda: publish(store, source, [], at=at))
    return with_findings(run, summary, "replay")


def retract(store: Store, source: Source, decided: Retraction) -> RetractSummary:
    """Commit that a vintage should never have been.

    Raises:
        WrongUse: The source has no vintage, or this one is retracted already.
        UnknownName: There is no vintage of that id.
    """
    vault, before = _committed_vault(store, source)
    vintage, schema_log = standing_vintage(vault, decided.id), SchemaLogFile(store, source)
    schema, follower = recorded_schema(store, source.name, decided.id), _follower(vault, vintage)
    if schema and follower and follower not in schema_log.log.read:
        record_schemas(schema_log, {follower: schema})
    _drop_schema(schema_log, decided.id)
    commit_retraction(vault, decided)
    return _summary(vault, decided, before=before, is_undone=False)


def bring_back(store: Store, source: Source, decided: Retraction) -> RetractSummary:
    """Commit a retracted vintage again, from its archived bytes, as today's parser reads them.

    Where they cannot be read the summary says so in `failed`, and nothing was committed.

    Raises:
        WrongUse: The source has no vintage, this one is not retracted, or another one has its
            instant by now.
        Damaged: The bytes are missing or different.
    """
    vault, before = _committed_vault(store, source)
    vintage = retracted_vintage(vault, decided.id)
    snapshot = archived_snapshot(store, source.name, decided.id)
    if snapshot is None:
        where = f"{store.uri}/raw/{source.name}/fetches/{decided.id}.json"
        raise Damaged(where, "no object", "the evidence of a vintage's fetch")
    found, failed = parse_archived(store, source, [snapshot])
    failed += [failure(snapshot, fault) for one in found if (fault := blocking_fault(source, one))]
    if failed:
        return _summary(vault, decided, before=before, is_undone=True, failed=failed)
    [parsed] = found
    schema_log = SchemaLogFile(store, source)
    record_schemas(schema_log, {decided.id: parsed.schema} if parsed.schema else {})
    _drop_schema(schema_log, _follower(vault, vintage))
    undo_retraction(vault, draft_of(source, parsed), decided)
    outcome = replace(outcome_of(vault, snapshot), notes=parsed.notes)
    return _summary(vault, decided, before=before, is_undone=True, outcomes=[outcome])


def _committed_vault(store: Store, source: Source) -> tuple[VaultReader, int]:
    """Return a vault and the number of its newest commit. Raises WrongUse where there is none."""
    vault = VaultReader(store, source.name)
    if vault.head is None:
        raise WrongUse(f"{source.name} has no vintage in {store.uri}; ingest or backfill it first.")
    return vault, vault.head.number


def _summary(
    vault: VaultReader,
    decided: Retraction,
    *,
    before: int,
    is_undone: bool,
    outcomes: Sequence[Outcome] = (),
    failed: Sequence[FailedSnapshot] = (),
) -> RetractSummary:
    assert vault.head is not None
    return RetractSummary(
        source=vault.source,
        id=decided.id,
        is_undone=is_undone,
        reason=decided.reason,
        by=decided.by,
        before=before,
        number=vault.head.number,
        outcomes=outcomes,
        failed=failed,
    )


def _follower(vault: VaultReader, vintage: Vintage) -> str | None:
    """Return the id of the next vintage, where it repeats the bytes of one; else None.

    It was published without being parsed, so the schema log has its schema under the first id.
    """
    later = next((one for one in vault.vintages() if one.as_of > vintage.as_of), None)
    return later.id if later and later.manifest_sha256 == vintage.manifest_sha256 else None


def _drop_schema(schema_log: SchemaLogFile, dropped: str | None) -> None:
    """Take a vintage out of the schema log, so that no other snapshot is compared with it."""

    def change(log: SchemaLog) -> SchemaLog:
        read = {name: one for name, one in log.read.items() if name != dropped}
        refused = {name: one for name, one in log.refused.items() if name != dropped}
        return replace(log, read=read, refused=refused)

    schema_log.update(change)
