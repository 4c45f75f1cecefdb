"""Ingest of several sources in one run; what is wrong with one does not stop the others."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from schemas.error_text import sentence
from tasks.pipeline.ingest import ingest_snapshot
from tasks.pipeline.operation_summaries import IngestSummary
from tasks.pipeline.run_context import StepRunner, open_run, require_lake, run_here

T = TypeVar("T")


def ingest_all(
    lake: str,
    sources: Sequence[str],
    *,
    clock: Callable[[], datetime],
    check_quality: bool = True,
    run_step: StepRunner = run_here,
) -> list[IngestSummary]:
    """Ingest sources one after another; return a summary of each, in the order given.

    Args:
        lake: A folder or s3://bucket/prefix.
        sources: Names of sources.
        clock: Returns the time, UTC; read once per source, when its turn comes.
        check_quality: Whether published tables are held against their expectations.
        run_step: Calls a step.

    Returns:
        Of a source that failed, a summary with its error as a sentence.

    Raises:
        WrongUse: The lake's address was never filled in.
    """
    require_lake(lake)
    return [
        _ingested(name, lake, at=clock(), check_quality=check_quality, run_step=run_step)
        for name in sources
    ]


def _ingested(
    source: str, lake: str, *, at: datetime, check_quality: bool, run_step: StepRunner
) -> IngestSummary:
    def named(name: str, step: Callable[[], T], /) -> T:
        return run_step(f"{name} {source}", step)

    try:
        run = open_run(source, lake, at=at, check_quality=check_quality, run_step=named)
        return ingest_snapshot(run)
    except Exception as error:  # noqa: BLE001 (what is wrong with one source stops no other)
        return IngestSummary(source=source, error=sentence(error))
