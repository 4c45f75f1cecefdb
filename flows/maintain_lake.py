"""Maintain: verify the lake, compact what is sound, remove garbage, list overdue sources."""

from datetime import UTC, datetime

from prefect import flow

from tasks.lake_runs import maintain
from tasks.prefect_adapter import run_named
from tasks.summaries.maintain_summary import MaintainSummary
from tasks.tracked_runs import track_lake_run


@flow(name="maintain-lake", flow_run_name=run_named("maintain"), persist_result=False)
def maintain_lake(
    lake: str | None = None,
    deep: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
    collect: bool = True,  # noqa: FBT001, FBT002 (as deep)
) -> MaintainSummary:
    """Check that the lake is sound, and keep it small and fast.

    A source with a problem is left as it is: the summary lists what to do.

    Args:
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        deep: Read every object and replay every vintage; reads the whole lake.
        collect: Remove objects older than a week that no commit names.

    Returns:
        The problems, what was compacted and removed, and the sources that are overdue.
    """
    at = datetime.now(UTC)
    return track_lake_run(
        "maintain",
        "lake",
        lake,
        lambda store, run_step: maintain.maintain_lake(
            store, at=at, deep=deep, collect=collect, run_step=run_step
        ),
        at=at,
    )
