"""Backfill: the older snapshots of one source, in the order of time."""

from datetime import UTC, datetime
from typing import Any, Literal

from prefect import flow
from pydantic import PositiveInt

from tasks import steps
from tasks.pipeline.backfill import ChunkResult
from tasks.pipeline.run_summary import backfill_summary


@flow(name="backfill-source", flow_run_name="backfill-{source}", persist_result=False)
def backfill_source(  # noqa: PLR0913, PLR0917 (a flow's parameters are the form people fill in)
    source: str,
    lake: str,
    origin: str,
    since: datetime | None = None,
    until: datetime | None = None,
    policy: Literal["missing", "failed", "all"] = "missing",
    dry_run: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
    chunk: PositiveInt = 64,
    supersede: bool = False,  # noqa: FBT001, FBT002 (as dry_run)
) -> dict[str, Any]:
    """
    Publish the snapshots that an origin has and the lake has not, then tell what they show.

    Args:
        source: A name of `tasks.sources.SOURCES`.
        lake: A folder or s3://bucket/prefix.
        origin: dir:PATH, git:REPO:PATH, wayback, wayback:URL or raw.
        since: Nothing that was had before this instant.
        until: Nothing that was had after this instant.
        policy: missing (not in the lake), failed (kept, never published), all (known ones too).
        dry_run: Say what would be done, and do nothing.
        chunk: So many snapshots become one commit.
        supersede: Let other bytes of an instant that is taken replace those that are known.

    Returns:
        source; planned (id, as_of, file); outcomes; failed (file, as_of, error); the number of new,
        unchanged, known, held and blocked ones; stopped (why the run ended early, or null); alerts
        (opened or changed by this run); unmet (expectations); data_docs (pages); notes.
    """
    now = datetime.now(UTC)
    planned = steps.plan_backfill(lake, source, origin, since=since, until=until, policy=policy)
    if dry_run:
        return steps.conclude(backfill_summary(source, planned, taken=[], alerts=[]), at=now)
    chunks = [planned[start : start + chunk] for start in range(0, len(planned), chunk)]
    taken: list[ChunkResult] = []
    for one in chunks:
        taken.append(steps.take_chunk(lake, source, one, at=now, supersede=supersede))
        if taken[-1].stopped:
            break
    steps.publish_snapshots(lake, source, [], at=now)
    judged = steps.judge_published(lake, source, at=now)
    alerts = steps.update_alerts(lake, source, at=now, origin="replay")
    summary = backfill_summary(source, planned, taken=taken, alerts=alerts)
    return steps.conclude({**summary, **judged}, at=now)
