"""Tracked runs: what a flow calls to run a pipeline on a source or a lake, recorded and tracked."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from tasks.lake_runs.ingest_all import ingest_all
from tasks.prefect_adapter import Ran, run_as_task, tracked
from tasks.runs.flow_parameters import fetched_sources, lake_of
from tasks.runs.run_context import RunContext, open_lake_store, open_run
from tasks.runs.run_log import StepLog
from tasks.runs.run_step import StepRunner
from tasks.summaries.recorded import Scope, recorded
from tasks.summaries.run_summary import RunSummary
from tasks.vault.backends.store import Store


def track_run(
    operation: str,
    source: str,
    lake: str | None,
    pipeline: Callable[[RunContext], RunSummary],
    *,
    at: datetime,
    quality: bool = True,
) -> Any:
    """Return what `tracked` returns for the run of a pipeline on one source of a lake.

    `operation`: names it in the log and in its record. `at`: when it started, UTC.
    """

    def act(flow_run: str) -> Ran:
        lake_uri = lake_of(lake)
        run = open_run(source, lake_uri, at=at, check_quality=quality, run_step=run_as_task)
        done = partial(pipeline, run)
        return recorded(Scope.of(run), operation, done, flow_run=flow_run), run.store

    return tracked(source, act, tags=[f"source:{source}"])


def track_lake_run(
    operation: str,
    about: str,
    lake: str | None,
    pipeline: Callable[[Store, StepRunner], RunSummary],
    *,
    at: datetime,
) -> Any:
    """Return what `tracked` returns for the run of a pipeline on a whole lake.

    `operation`: names it in the log and in its record. `about`: what stands in place of a source:
    'alerts', 'lake', 'marts'. `pipeline`: gets the lake's store, and what calls its steps.
    """

    def act(flow_run: str) -> Ran:
        scope = Scope(store=open_lake_store(lake_of(lake)), source=about, at=at)
        run_step = StepLog(run_as_task, about, scope.store.uri)
        done = partial(pipeline, scope.store, run_step)
        return recorded(scope, operation, done, flow_run=flow_run), scope.store

    return tracked(about, act)


def track_ingests(
    lake: str | None, sources: list[str] | None, *, clock: Callable[[], datetime], quality: bool
) -> Any:
    """Return what `tracked` returns for an ingest of several sources; of all without names."""

    def act(flow_run: str) -> Ran:
        lake_uri, names = lake_of(lake), fetched_sources(sources)
        summary = ingest_all(
            lake_uri,
            names,
            clock=clock,
            check_quality=quality,
            run_step=run_as_task,
            flow_run=flow_run,
        )
        return summary, open_lake_store(lake_uri)

    return tracked("all", act)
