"""Replay: snapshots in quarantine, parsed again after a parser or a rule was mended."""

from datetime import UTC, datetime

from prefect import flow

from tasks.pipeline import replay
from tasks.prefect_adapter import run_named
from tasks.runs.flow_parameters import SourceName
from tasks.summaries.operation_summaries import ReplaySummary
from tasks.tracked_runs import track_run


@flow(name="replay-quarantine", flow_run_name=run_named("replay"), persist_result=False)
def replay_quarantine(
    source: SourceName,
    lake: str | None = None,
    ids: list[str] | None = None,
    quality: bool = True,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> ReplaySummary:
    """Parse archived snapshots with rows in quarantine, or blocked, again and publish the result.

    Each vintage has its own time as before. The previous commit stays readable by its number.

    Args:
        source: The name of a source (`vaxwatch sources` lists them).
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        ids: Only these vintages or snapshots; by default all that wait.
        quality: Hold the published tables against their expectations and update the Data Docs.

    Returns:
        What became of each snapshot, those that cannot be read, how many faults are released and
        how many remain, alerts, unmet expectations, and notes.
    """
    return track_run(
        "replay",
        source,
        lake,
        lambda run: replay.replay_quarantine(run, ids or []),
        at=datetime.now(UTC),
        quality=quality,
    )
