"""Rebuild: every vintage of one source, parsed again from its archived bytes."""

from datetime import UTC, datetime

from prefect import flow

from tasks.pipeline import rebuild
from tasks.prefect_adapter import run_named
from tasks.runs.flow_parameters import SourceName
from tasks.summaries.operation_summaries import RebuildSummary
from tasks.tracked_runs import track_run


@flow(name="rebuild-source", flow_run_name=run_named("rebuild"), persist_result=False)
def rebuild_source(
    source: SourceName,
    lake: str | None = None,
    quality: bool = True,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> RebuildSummary:
    """Parse all archived bytes of a source with today's parser, and publish the result.

    All vintages become a new generation in one commit, or none does; the previous generation stays
    readable by the number of its commit.

    Args:
        source: The name of a source (`vaxwatch sources` lists them).
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        quality: Hold the published tables against their expectations and update the Data Docs.

    Returns:
        The numbers of the newest commit before and now, what became of each vintage, those that
        cannot be read (if any, nothing was committed), alerts, unmet expectations, and notes.
    """
    return track_run(
        "rebuild", source, lake, rebuild.rebuild_source, at=datetime.now(UTC), quality=quality
    )
