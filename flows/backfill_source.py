"""Backfill: the older snapshots of one source, oldest first."""

from datetime import UTC, datetime
from typing import Literal

from prefect import flow
from pydantic import PositiveInt

from tasks.pipeline import backfill
from tasks.pipeline.bulk.progress import watched_by
from tasks.prefect_adapter import run_named
from tasks.prefect_bulk import cancelled_early, progress_artifact, task_pool
from tasks.runs.flow_parameters import SourceName
from tasks.summaries.operation_summaries import BackfillSummary
from tasks.tracked_runs import track_run


@flow(name="backfill-source", flow_run_name=run_named("backfill"), persist_result=False)
def backfill_source(  # noqa: PLR0913, PLR0917 (a flow's parameters are the form people fill in)
    source: SourceName,
    origin: str,
    lake: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    policy: Literal["missing", "failed", "all"] = "missing",
    dry_run: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
    chunk: PositiveInt = backfill.CHUNK,
    supersede: bool = False,  # noqa: FBT001, FBT002 (as dry_run)
    quality: bool = True,  # noqa: FBT001, FBT002 (as dry_run)
    runner: Literal["threads", "dask"] = "threads",
) -> BackfillSummary:
    """Publish the snapshots that an origin has and the lake has not, and report what they show.

    Args:
        source: The name of a source (`vaxwatch sources` lists them).
        origin: dir:PATH, git:REPO:PATH, wayback, wayback:URL or raw.
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        since: The earliest time of a snapshot to take.
        until: The latest time of a snapshot to take.
        policy: missing (not in the lake), failed (archived, never published) or all (known, too).
        dry_run: Report the plan alone; download and write nothing.
        chunk: Snapshots per commit.
        supersede: Let other bytes of an instant that is taken replace the known ones.
        quality: Hold the published tables against their expectations and update the Data Docs.
        runner: Where snapshots are read: threads of this process, or dask (the workers of the
            cluster of VAXWATCH_DASK_ADDRESS, else of one on this machine).

    Returns:
        The planned snapshots, what became of each, those that failed, why the run ended early if it
        did, the alerts that this run opened or changed, unmet expectations, and notes.
    """
    with watched_by(progress_artifact(source)):
        done = track_run(
            "backfill",
            source,
            lake,
            lambda run: backfill.backfill_source(
                run,
                origin,
                since=since,
                until=until,
                policy=policy,
                dry_run=dry_run,
                chunk=chunk,
                supersede=supersede,
                runner=runner,
                open_pool=task_pool,
            ),
            at=datetime.now(UTC),
            quality=quality,
        )
    return cancelled_early(done)
