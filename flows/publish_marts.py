"""Publish marts: the tables that BI tools open, built from what the lake has published."""

from datetime import UTC, datetime

from prefect import flow

from tasks.prefect_adapter import run_as_task
from tasks.steps.build_marts import MartsSummary, marts_in


@flow(name="publish-marts", persist_result=False)
def publish_marts(
    lake: str,
    from_scratch: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> MartsSummary:
    """Build the marts whose inputs changed; a run on an unchanged lake writes nothing.

    Each run on a source builds those that it changes, so this is for a lake whose runs do not
    (`marts = false`), and after an update of the program.

    Args:
        lake: A folder or s3://bucket/prefix.
        from_scratch: Build every mart, and look at no earlier one.

    Returns:
        The rows of every mart, and which were written.
    """
    return marts_in(lake, at=datetime.now(UTC), from_scratch=from_scratch, run_step=run_as_task)
