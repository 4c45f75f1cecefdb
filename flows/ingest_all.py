"""Ingest all: the sources that can be fetched, one after another, in one run."""

from datetime import UTC, datetime

from prefect import flow

from tasks.pipeline import ingest_all as every_source
from tasks.pipeline.flow_parameters import SourceName, fetched_sources, lake_of
from tasks.pipeline.lake_summaries import IngestAllSummary
from tasks.prefect_adapter import run_as_task, run_named, tracked


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
    return tracked(
        "all",
        lambda flow_run: every_source.ingest_all(
            lake_of(lake),
            fetched_sources(sources),
            clock=lambda: datetime.now(UTC),
            check_quality=quality,
            run_step=run_as_task,
            flow_run=flow_run,
        ),
    )
