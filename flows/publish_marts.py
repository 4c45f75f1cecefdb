"""Publish marts: the tables that BI tools open, built from what the lake has published."""

from datetime import UTC, datetime

from prefect import flow

from tasks.lake_runs.lake_marts import build_marts
from tasks.prefect_adapter import run_named
from tasks.summaries.lake_summaries import MartsSummary
from tasks.tracked_runs import track_lake_run


@flow(name="publish-marts", flow_run_name=run_named("marts"), persist_result=False)
def publish_marts(
    lake: str | None = None,
    from_scratch: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> MartsSummary:
    """Build the marts whose inputs changed; a run on an unchanged lake writes nothing.

    Each run on a source builds those that it changes, so this is for a lake whose runs do not
    (`marts = false`), and after an update of the program.

    Args:
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        from_scratch: Build every mart, and look at no earlier one.

    Returns:
        The rows of every mart, and which were written.
    """
    at = datetime.now(UTC)
    return track_lake_run(
        "marts",
        "marts",
        lake,
        lambda store, run_step: build_marts(
            store, at=at, from_scratch=from_scratch, run_step=run_step
        ),
        at=at,
    )
