"""Ingest of several sources in one run; what is wrong with one does not stop the others."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from schemas.error_text import sentence
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import open_run, require_lake
from tasks.runs.run_step import StepRunner, run_here
from tasks.runs.unforeseen import log_unforeseen
from tasks.summaries.lake_summaries import IngestAllSummary
from tasks.summaries.operation_summaries import IngestSummary
from tasks.summaries.recorded import Scope, recorded

T = TypeVar("T")


def ingest_all(
    lake: str,
    sources: Sequence[str],
    *,
    clock: Callable[[], datetime],
    check_quality: bool = True,
    run_step: StepRunner = run_here,
    flow_run: str = "",
) -> IngestAllSummary:
    """Ingest sources one after another; return the summaries, in the order given.

    Args:
        lake: A folder or s3://bucket/prefix.
        sources: Names of sources.
        clock: Returns the time, UTC; read once per source, when its turn comes.
        check_quality: Whether published tables are held against their expectations.
        run_step: Calls a step.
        flow_run: The id of the flow run, for the records.

    Returns:
        Of a source that failed, a summary with its error as a sentence.

    Raises:
        WrongUse: The lake's address was never filled in.
    """
    require_lake(lake)
    runs: list[IngestSummary] = []
    for source in sources:

        def named(name: str, step: Callable[[], T], /, _source: str = source) -> T:
            return run_step(f"{name} {_source}", step)

        try:
            run = open_run(source, lake, at=clock(), check_quality=check_quality, run_step=named)
            act = partial(ingest_snapshot, run)
            runs.append(recorded(Scope.of(run), "ingest", act, flow_run=flow_run))
        except Exception as error:  # noqa: BLE001 (what is wrong with one source stops no other)
            log_unforeseen(error, "ingest", source)
            runs.append(IngestSummary(source=source, error=sentence(error)))
    return IngestAllSummary.of(runs)
