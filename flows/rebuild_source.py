"""Rebuild: every vintage of one source, read anew from the bytes that were kept."""

from datetime import UTC, datetime
from typing import Any

from prefect import flow

from tasks import steps
from tasks.pipeline.rebuild import rebuild_summary


@flow(name="rebuild-source", flow_run_name="rebuild-{source}", persist_result=False)
def rebuild_source(source: str, lake: str) -> dict[str, Any]:
    """
    Read all kept bytes of a source with today's parser, and publish what they say now.

    All vintages become a new generation in one commit, or none does; the generation before stays
    readable by its number.

    Args:
        source: A name of `tasks.sources.SOURCES`.
        lake: A folder or s3://bucket/prefix.

    Returns:
        source; before and number (of the commit that was, and of the one that is now the newest);
        outcomes (one a vintage); failed (id, as_of, error; when any, nothing was committed); alerts
        (opened or changed by this run); unmet (expectations); data_docs (pages); notes.
    """
    now = datetime.now(UTC)
    rebuilt = steps.rebuild_vintages(lake, source, at=now)
    steps.publish_snapshots(lake, source, [], at=now)
    judged = steps.judge_published(lake, source, at=now)
    alerts = steps.update_alerts(lake, source, at=now, origin="replay")
    summary = rebuild_summary(source, rebuilt, alerts)
    return steps.conclude({**summary, **judged}, at=now)
