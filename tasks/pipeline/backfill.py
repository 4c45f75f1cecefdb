"""Backfill: older snapshots of one source, oldest first, in chunks of one commit each.

Promises: the plan is made from the lake, so a backfill that broke off is simply started again, and
nothing that arrived is downloaded twice.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Final, Literal

from schemas.source import Source
from tasks.alerts.waiver_config import waiver_notes
from tasks.origins import Archive, Candidate, origin_notes, plan
from tasks.origins.web_archive import HOST
from tasks.pipeline.after_publishing import with_findings
from tasks.pipeline.arrivals import PlannedSnapshot
from tasks.pipeline.backfill_chunk import ChunkResult, take
from tasks.pipeline.operation_summaries import BackfillSummary, PlannedFile
from tasks.pipeline.publish import publish
from tasks.pipeline.renewed_keys import renew_keys
from tasks.pipeline.run_context import RunContext, fetch_policy
from tasks.raw.archive import archived_snapshots
from tasks.vault.backends.store import Store
from tasks.vault.conformance.first_run import require_conditional_writes
from tasks.vault.vault_reader import VaultReader

Policy = Literal["missing", "failed", "all"]
"""Which candidates to take: not in the vault; archived but not in the vault; every one. A retracted
vintage is in the vault."""
CHUNK: Final = 64
"""Snapshots per commit."""


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
    """

    def planned_now() -> list[PlannedSnapshot]:
        archive = web_archive()
        name, store = run.source.name, run.store
        offered = plan(name, origin, since=since, until=until, store=store, archive=archive)
        return wanted(store, run.source, offered, policy=policy)

    planned = run.run_step("plan-backfill", planned_now)
    files = [
        PlannedFile(id=one.id, as_of=one.candidate.retrieved_at, name=one.candidate.name)
        for one in planned
    ]
    beside = origin_notes(run.source.name, origin)
    if dry_run:
        notes = waiver_notes(run.waivers, run.at.date())
        return BackfillSummary(
            source=run.source.name, planned=files, waiver_notes=notes, origin_notes=beside
        )
    if planned:
        require_conditional_writes(run.store)
        renew_keys(run)
    taken = _take_chunks(run, planned, size=chunk, supersede=supersede)
    run.run_step("publish-snapshots", lambda: publish(run.store, run.source, [], at=run.at))
    run.vault.refresh()  # to what the chunks have committed
    summary = BackfillSummary(
        source=run.source.name,
        planned=files,
        origin_notes=beside,
        outcomes=[outcome for one in taken for outcome in one.outcomes],
        failed=[failed for one in taken for failed in one.failed],
        stopped=next((one.stopped for one in taken if one.stopped), None),
    )
    return with_findings(run, summary, "replay")


def _take_chunks(
    run: RunContext, planned: list[PlannedSnapshot], *, size: int, supersede: bool
) -> list[ChunkResult]:
    """Return the results of the chunks, up to the first in which the origin sent us away."""
    taken: list[ChunkResult] = []
    for start in range(0, len(planned), size):
        chunk = planned[start : start + size]
        step = partial(take, run.store, run.source, chunk, at=run.at, supersede=supersede)
        taken.append(run.run_step("take-chunk", step))
        if taken[-1].stopped:
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
            planned.append(PlannedSnapshot(id=name, candidate=candidate))
            seen.add(name)
    return planned


def web_archive() -> Archive:
    """Return the web archive of VAXWATCH_WAYBACK, else the Internet Archive's."""
    host = os.environ.get("VAXWATCH_WAYBACK") or HOST
    return Archive(host=host.rstrip("/"), fetch_policy=fetch_policy())
