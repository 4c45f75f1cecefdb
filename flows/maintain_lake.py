"""Maintain: verify the lake, compact what is sound, remove garbage, list overdue sources."""

from datetime import UTC, datetime

from prefect import flow

from tasks.pipeline import maintain
from tasks.pipeline.flow_parameters import lake_of
from tasks.pipeline.lake_summaries import MaintainSummary
from tasks.prefect_adapter import conclude, run_as_task, run_named


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
    return conclude(
        maintain.maintain_lake(
            lake_of(lake), at=datetime.now(UTC), deep=deep, collect=collect, run_step=run_as_task
        )
    )
