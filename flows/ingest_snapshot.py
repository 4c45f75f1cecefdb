"""Ingest: one snapshot of one source, from the fetch to the alert."""

from datetime import UTC, datetime
from typing import Any

from prefect import flow

from tasks import steps
from tasks.pipeline.run_summary import ingest_summary


@flow(name="ingest-snapshot", flow_run_name="ingest-{source}", persist_result=False)
def ingest_snapshot(
    source: str,
    lake: str,
    file: str | None = None,
    retrieved_at: datetime | None = None,
    url: str | None = None,
    supersede: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> dict[str, Any]:
    """
    Publish what a source says now, or what a file at hand says it said, and tell what changed.

    The very bytes of the newest vintage are an observation, and are not read again. A vintage that
    is there already is 'known', but its derived files and alerts are brought up to date all the
    same: a run that was killed half way is mended by the next one.

    Args:
        source: A name of `tasks.sources.SOURCES`.
        lake: A folder or s3://bucket/prefix.
        file: Path of a file at hand, instead of a fetch.
        retrieved_at: When somebody had that file; else its name says.
        url: Another address than the declared one.
        supersede: Let other bytes of an instant that is taken replace those that are known.

    Returns:
        source; outcomes (one a snapshot); alerts (opened or changed by this run);
        unmet (expectations), data_docs (pages); notes.
    """
    now = datetime.now(UTC)
    if file is None:
        fetched = steps.fetch_snapshot(lake, source, at=now, url=url)
    else:
        fetched = steps.take_file(source, file, retrieved_at=retrieved_at, url=url)
    steps.archive_snapshot(lake, fetched)
    snapshot = fetched.snapshot
    outcomes = steps.observe_snapshot(lake, source, snapshot, at=now)
    if not outcomes:
        item = steps.read_snapshot(lake, source, fetched, at=now)
        outcomes = steps.publish_snapshots(lake, source, [item], at=now, supersede=supersede)
    judged = steps.judge_published(lake, source, at=now)
    alerts = steps.update_alerts(lake, source, at=now, origin=steps.origin_of(snapshot, now))
    summary = ingest_summary(source, outcomes, alerts)
    return steps.conclude({**summary, **judged}, at=now)
