"""Ingest: one snapshot of one source, from the fetch to the alert."""

from datetime import UTC, datetime

from prefect import flow

from tasks.pipeline import ingest
from tasks.prefect_adapter import run_named
from tasks.runs.flow_parameters import SourceName
from tasks.summaries.operation_summaries import IngestSummary
from tasks.tracked_runs import track_run


@flow(name="ingest-snapshot", flow_run_name=run_named("ingest"), persist_result=False)
def ingest_snapshot(  # noqa: PLR0913, PLR0917 (a flow's parameters are the form people fill in)
    source: SourceName,
    lake: str | None = None,
    file: str | None = None,
    retrieved_at: datetime | None = None,
    url: str | None = None,
    supersede: bool = False,  # noqa: FBT001, FBT002 (a flow's parameters are given by name)
    quality: bool = True,  # noqa: FBT001, FBT002 (as supersede)
) -> IngestSummary:
    """Publish what a source shows now, or what a file holds, and report what changed.

    Bytes that equal those of the newest vintage are recorded as an observation and are not parsed
    again. A vintage that exists already is 'known'; its derived files and alerts are brought up to
    date all the same, so that a run that was killed half way is finished by the next one.

    Args:
        source: The name of a source (`vaxwatch sources` lists them).
        lake: A folder or s3://bucket/prefix; by default VAXWATCH_LAKE of the worker.
        file: Path of a file to publish instead of a fetch.
        retrieved_at: When the file was retrieved; by default its name begins with that time.
        url: An address to fetch from instead of the declared one.
        supersede: Let other bytes of an instant that is taken replace the known ones.
        quality: Hold the published tables against their expectations and update the Data Docs.

    Returns:
        What became of the snapshot, the alerts that this run opened or changed, unmet expectations,
        and notes.
    """
    return track_run(
        "ingest",
        source,
        lake,
        lambda run: ingest.ingest_snapshot(
            run, file=file, retrieved_at=retrieved_at, url=url, supersede=supersede
        ),
        at=datetime.now(UTC),
        quality=quality,
    )
