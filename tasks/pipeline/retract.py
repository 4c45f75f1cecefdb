"""Retract: a vintage that should never have been is taken away from readers and rules.

Promises: one commit, with the reason; nothing is deleted. The vintage stays in the commits, its
bytes in the raw archive, and only `--undo` brings it back, at its place and with its id.
"""

from dataclasses import replace
from itertools import takewhile

from schemas.errors import Damaged, WrongUse
from schemas.records import Outcome
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import blocking_fault, draft_of
from tasks.pipeline.derived_records import follow_vintages
from tasks.pipeline.rebuild import failure, parse_archived
from tasks.raw.archive import archived_snapshot
from tasks.runs.run_context import RunContext
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import record_schemas
from tasks.steps.after_publishing import with_findings
from tasks.steps.publish import publish
from tasks.summaries.operation_summaries import RetractSummary
from tasks.summaries.run_summary import FailedSnapshot
from tasks.vault.backends.store import Store
from tasks.vault.commit import outcome_of
from tasks.vault.manifest import Retraction, Vintage
from tasks.vault.retraction import commit_retraction, retracted_vintage, undo_retraction
from tasks.vault.vault_reader import VaultReader

Result = tuple[list[Outcome], list[FailedSnapshot]]


def retract_vintage(
    run: RunContext, wanted: str, *, reason: str, by: str | None = None, undo: bool = False
) -> RetractSummary:
    """Retract the vintage with an id, or with `undo` bring it back; publish, evaluate alerts.

    It comes back from its archived bytes as today's parser reads them; where that fails, the
    summary says why in `failed`, and nothing was committed. `by`: who decided; None where unknown.

    Raises:
        WrongUse: The reason is empty, the source has no vintage, this one is retracted already (or
            is not, to be brought back), or another one has its instant by now.
        UnknownName: There is no vintage of that id.
        Damaged: The bytes are missing or different.
    """
    store, source, at = run.store, run.source, run.at
    reason = " ".join(reason.split())
    if not reason:
        raise WrongUse("--reason is empty; expected a sentence that says why, for the record.")
    decided = Retraction(id=wanted, at=at, reason=reason, by=by, vintage=None)
    summary = run.run_step("retract-vintage", lambda: _decide(store, source, decided, undo=undo))
    run.run_step("publish-snapshots", lambda: publish(store, source, [], at=at))
    return with_findings(run, summary)


def _decide(store: Store, source: Source, decided: Retraction, *, undo: bool) -> RetractSummary:
    vault = VaultReader(store, source.name)
    if vault.head is None:
        raise WrongUse(f"{source.name} has no vintage in {store.uri}; ingest it first.")
    act = _bring_back if undo else _retract
    # a step that is tried again may have committed it before it failed
    done = [(one.id, one.at, one.vintage is None) for one in vault.head.retractions]
    is_done = (decided.id, decided.at, undo) in done
    outcomes, failed = ([], []) if is_done else act(store, source, vault, decided)
    follow_vintages(SchemaLogFile(store, source), VaultReader(store, source.name))
    return RetractSummary(
        source=source.name,
        id=decided.id,
        is_undone=undo,
        reason=decided.reason,
        by=decided.by,
        before=vault.head.number - (0 if failed else 1),
        number=vault.head.number,
        outcomes=outcomes,
        failed=failed,
        held=[] if undo else _held_after(vault, vault.retracted[decided.id]),
    )


def _retract(_store: Store, _source: Source, vault: VaultReader, decided: Retraction) -> Result:
    commit_retraction(vault, decided)
    return [], []


def _bring_back(store: Store, source: Source, vault: VaultReader, decided: Retraction) -> Result:
    retracted_vintage(vault, decided.id)
    snapshot = archived_snapshot(store, source.name, decided.id)
    if snapshot is None:
        where = f"{store.uri}/raw/{source.name}/fetches/{decided.id}.json"
        raise Damaged(where, "no object", "the evidence of a vintage's fetch")
    found, failed = parse_archived(store, source, [snapshot])
    failed += [failure(snapshot, fault) for one in found if (fault := blocking_fault(source, one))]
    if failed:
        return [], failed
    [parsed] = found
    undo_retraction(vault, draft_of(source, parsed), decided)
    schemas = {decided.id: parsed.schema} if parsed.schema else {}
    record_schemas(SchemaLogFile(store, source), schemas)
    return [replace(outcome_of(vault, snapshot), notes=parsed.notes)], []


def _held_after(vault: VaultReader, vintage: Vintage) -> list[str]:
    """Return the ids of the vintages after one that are held, up to the next good one."""
    later = (one for one in vault.vintages() if one.as_of > vintage.as_of)
    return [one.id for one in takewhile(lambda one: one.held, later)]
