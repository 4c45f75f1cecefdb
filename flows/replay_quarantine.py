"""Replay: what waits in quarantine, read again after a parser or a rule was mended."""

from datetime import UTC, datetime
from typing import Any

from prefect import flow

from tasks import steps
from tasks.pipeline.replay import replay_summary


@flow(name="replay-quarantine", flow_run_name="replay-{source}", persist_result=False)
def replay_quarantine(source: str, lake: str, ids: list[str] | None = None) -> dict[str, Any]:
    """
    Read the kept bytes of what has rows in quarantine, or is blocked, and publish what they say.

    Each vintage keeps its own time. The commit before stays readable by its number.

    Args:
        source: A name of `tasks.sources.SOURCES`.
        lake: A folder or s3://bucket/prefix.
        ids: Only these vintages or snapshots.

    Returns:
        source; outcomes (one a snapshot); failed (id, as_of, error); released and waiting (numbers
        of faults); alerts (opened or changed by this run); unmet; data_docs; notes.
    """
    now = datetime.now(UTC)
    replayed = steps.replay_snapshots(lake, source, ids or [], at=now)
    judged = steps.judge_published(lake, source, at=now)
    alerts = steps.update_alerts(lake, source, at=now, origin="replay")
    summary = replay_summary(source, replayed, alerts)
    return steps.conclude({**summary, **judged}, at=now)
