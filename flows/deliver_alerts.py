"""Deliver: the outbox alone; scheduled every few minutes it also sends digests at their times."""

from datetime import UTC, datetime

from prefect import flow

from tasks.lake_runs.deliver_outbox import deliver_outbox
from tasks.prefect_adapter import run_named
from tasks.summaries.lake_summaries import DeliverSummary
from tasks.tracked_runs import track_lake_run


@flow(name="deliver-alerts", flow_run_name=run_named("deliver"), persist_result=False)
def deliver_alerts(
    lake: str | None = None,
    targets: list[str] | None = None,
    again: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> DeliverSummary:
    """Send the alerts that are due to their targets, and bring the feeds up to date.

    The daily digest is due with the first delivery after midnight (UTC), the weekly one with the
    first after Monday 00:00: a schedule shortly after midnight sends the digests.

    Args:
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        targets: Names of [[targets]] in vaxwatch.toml; by default all.
        again: Try messages that were given up once more.

    Returns:
        What became of each message, by target.
    """
    return track_lake_run(
        "deliver",
        "alerts",
        lake,
        lambda store, run_step: deliver_outbox(
            store, targets or [], clock=lambda: datetime.now(UTC), again=again, run_step=run_step
        ),
        at=datetime.now(UTC),
    )
