"""Backfill: older snapshots of one source, oldest first, in chunks of one commit each.

Promises: the plan is made from the lake, so a backfill that broke off is simply started again, and
nothing that arrived is downloaded twice, nothing that is committed is read again. One that is asked
to end publishes what is in hand. What others have archived notifies nobody of its alerts, however
new it is; snapshots of the lake's own archive do by their age, as in every other operation.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal, TypeVar

from schemas.alerts import Alert
from schemas.source import Source
from tasks.alerts.alert_log import each_once
from tasks.alerts.waiver_config import waiver_notes
from tasks.origins import Archive, Candidate, origin_notes, plan
from tasks.origins.web_archive import HOST
from tasks.pipeline.arrivals import PlannedSnapshot
from tasks.pipeline.backfill_chunk import ChunkResult, take_chunk
from tasks.pipeline.bulk.early_end import ends_early
from tasks.pipeline.bulk.progress import Progress, ProgressLog
from tasks.pipeline.bulk.snapshot_readers import SnapshotReaders, lake_address
from tasks.pipeline.bulk.worker_pools import OpenPool, Runner, local_pool
from tasks.pipeline.renewed_keys import renew_keys
from tasks.raw.archive import archived_snapshots
from tasks.runs.run_context import RunContext, StepRunner, fetch_policy
from tasks.steps.after_publishing import record_alerts, with_findings
from tasks.steps.publish import publish
from tasks.summaries.operation_summaries import BackfillSummary
from tasks.vault.backends.store import Store
from tasks.vault.conformance.first_run import require_conditional_writes
from tasks.vault.vault_reader import VaultReader

Policy = Literal["missing", "failed", "all"]
"""Which candidates to take: not in the vault; archived but not in the vault; every one. A retracted
vintage is in the vault."""
ASKED_TO_END: Final = (
    "It was asked to end ({}). What came before is published; run the same command again, and it "
    "takes the others and evaluates the rules."
)
CHUNK: Final = 64
"""Snapshots per commit."""
T = TypeVar("T")


def backfill_source(  # noqa: PLR0913 (the parameters of the flow)
    run: RunContext,
    origin: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    policy: Policy = "missing",
    dry_run: bool = False,
    chunk: int = CHUNK,
    supersede: bool = False,
    runner: Runner = "threads",
    open_pool: OpenPool = local_pool,
) -> BackfillSummary:
    """Publish the snapshots of an origin that a policy asks for; return what came of them.

    Args:
        run: The context of the run.
        origin: dir:PATH, git:REPO:PATH, wayback, wayback:URL or raw.
        since: The earliest time of a snapshot; None: no limit.
        until: The latest time of a snapshot; None: no limit.
        policy: Which of the candidates to take.
        dry_run: Whether to return the plan alone; nothing is downloaded or written.
        chunk: Snapshots per commit.
        supersede: Whether other bytes of an instant that is taken replace the known ones.
        runner: Which workers read the snapshots.
        open_pool: Opens them.
    """
    is_own = origin == "raw"
    log = ProgressLog(Progress(source=run.source.name), clock=run.clock)
    run = replace(run, run_step=_noting_steps(run, log))
    planned = run.run_step(
        "plan-backfill", lambda: _plan(run, origin, since=since, until=until, policy=policy)
    )
    summary = BackfillSummary(
        source=run.source.name,
        planned=[one.file for one in planned],
        origin_notes=origin_notes(run.source.name, origin),
    )
    if dry_run:
        return replace(summary, waiver_notes=waiver_notes(run.waivers, run.at.date()))
    if planned and runner == "dask":
        lake_address(run.store)
    taken, notes, lake = list[ChunkResult](), list[str](), (run.store, run.source)
    with ends_early(log):
        behind = _prepared(run, is_planned=bool(planned))
        if planned:
            log.step("open-workers")
            with open_pool(runner) as pool:
                readers = SnapshotReaders(pool, *lake)
                taken = _take_chunks(run, readers, planned, log, size=chunk, supersede=supersede)
                notes = readers.notes
        run.run_step("publish-snapshots", lambda: publish(*lake, [], at=run.at, vault=run.vault))
    summary = replace(_with_results(summary, taken), origin_notes=[*summary.origin_notes, *notes])
    if log.asked_to_end:
        reason = log.asked_to_end[0]
        ended = {"stopped": ASKED_TO_END.format(reason), "asked_to_end": reason}
        return replace(summary, alerts=behind, **ended)
    done = with_findings(run, summary, origin="live" if is_own else "replay")
    return replace(done, alerts=each_once(run.store, behind, done.alerts))


def _prepared(run: RunContext, *, is_planned: bool) -> Sequence[Alert]:
    """Record what a killed run left unrecorded, as news by its age; return the alerts."""
    if is_planned:
        require_conditional_writes(run.store)
        renew_keys(run)
    own = replace(run)  # it reads the schema log for itself: the chunks record more
    return record_alerts(own, "live").alerts if run.vault.head else []


def _with_results(summary: BackfillSummary, taken: list[ChunkResult]) -> BackfillSummary:
    return replace(
        summary,
        outcomes=[outcome for one in taken for outcome in one.outcomes],
        failed=[failed for one in taken for failed in one.failed],
        stopped=next((one.stopped for one in taken if one.stopped), None),
    )


def _noting_steps(run: RunContext, log: ProgressLog) -> StepRunner:
    def run_step(name: str, step: Callable[[], T], /) -> T:
        log.step(name)
        return run.run_step(name, step)

    return run_step


def _plan(
    run: RunContext, origin: str, *, since: datetime | None, until: datetime | None, policy: Policy
) -> list[PlannedSnapshot]:
    name, store = run.source.name, run.store
    offered = plan(name, origin, since=since, until=until, store=store, archive=web_archive())
    return wanted(store, run.source, offered, policy=policy)


def _take_chunks(
    run: RunContext,
    readers: SnapshotReaders,
    planned: list[PlannedSnapshot],
    log: ProgressLog,
    *,
    size: int,
    supersede: bool,
) -> list[ChunkResult]:
    """Return the results of the chunks, up to the first in which the run ended early."""
    taken: list[ChunkResult] = []
    log.begin(len(planned))
    for start in range(0, len(planned), size):
        before = log.progress

        def step(
            chunk: list[PlannedSnapshot] = planned[start : start + size], before: Progress = before
        ) -> ChunkResult:
            log.go_back(before)
            vault = run.vault  # whose newest states the next chunk continues from
            return take_chunk(readers, chunk, at=run.at, supersede=supersede, log=log, vault=vault)

        taken.append(run.run_step("take-chunk", step))
        if taken[-1].stopped or log.asked_to_end:
            break
    return taken


def wanted(
    store: Store, source: Source, candidates: Iterable[Candidate], *, policy: Policy = "missing"
) -> list[PlannedSnapshot]:
    """Return the candidates that a policy asks for, each id once, in the order given.

    A candidate whose id only its bytes decide was never archived, so it counts as missing.
    """
    vault = VaultReader(store, source.name)
    published = {vintage.id for vintage in vault.vintages()}
    published.update(vault.retracted)
    archived = {snapshot.id for snapshot in archived_snapshots(store, source.name)}
    planned: list[PlannedSnapshot] = []
    seen: set[str | None] = set()
    for candidate in candidates:
        snapshot = candidate.snapshot(source)
        name = snapshot.id if snapshot else None
        is_missing = name not in published
        is_wanted = policy == "all" or (is_missing and (policy == "missing" or name in archived))
        if is_wanted and (name is None or name not in seen):
            state = "published" if not is_missing else "failed" if name in archived else "missing"
            planned.append(PlannedSnapshot(id=name, candidate=candidate, state=state))
            seen.add(name)
    return planned


def web_archive() -> Archive:
    """Return the web archive of VAXWATCH_WAYBACK, else the Internet Archive's."""
    host = os.environ.get("VAXWATCH_WAYBACK") or HOST
    return Archive(host=host.rstrip("/"), fetch_policy=fetch_policy())
