"""Ingest all: the sources that can be fetched, one after another, in one run."""

from datetime import UTC, datetime

from prefect import flow

from tasks.prefect_adapter import run_named
from tasks.runs.flow_parameters import SourceName
from tasks.summaries.lake_summaries import IngestAllSummary
from tasks.tracked_runs import track_ingests


@flow(name="ingest-all", flow_run_name=run_named("ingest-all"), persist_result=False)
def ingest_all(
    lake: str | None = None,
    sources: list[SourceName] | None = None,
    quality: bool = True,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
) -> IngestAllSummary:
    """Publish what every source shows now. What is wrong with one source does not stop the others.

    Args:
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        sources: Only these; by default all that are neither fetched by hand nor ended.
        quality: Hold the published tables against their expectations and update the Data Docs.

    Returns:
        A summary per source; of one that failed, with its error as a sentence.
    """
    return track_ingests(lake, sources, clock=lambda: datetime.now(UTC), quality=quality)
