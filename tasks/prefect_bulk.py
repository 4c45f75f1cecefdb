"""What Prefect adds to a run on many snapshots: its task runners, a progress artifact, its cancel.

Promises: outside of a flow run the pool is the local one and no artifact is written. Prefect's API
failing to answer costs progress alone, never the run.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pkgutil import resolve_name
from typing import Any, Final
from uuid import UUID

import httpx
from prefect import task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException
from prefect.states import Cancelled
from prefect.task_runners import ThreadPoolTaskRunner

from schemas.contract_errors import RunFailed
from tasks.pipeline.bulk.progress import Progress, Watcher
from tasks.pipeline.bulk.worker_pools import (
    THREADS,
    Pending,
    Runner,
    WorkerPool,
    cluster_options,
    explained_connection,
    local_pool,
    require_dask,
    worker_count,
)
from tasks.summaries.operation_summaries import BackfillSummary

PAUSE: Final = 5.0
"""Seconds between two reports of progress to Prefect's API."""


@contextmanager
def task_pool(runner: Runner) -> Generator[WorkerPool]:
    """Open a pool whose calls are tasks of the flow run, handed out by a task runner of Prefect."""
    if FlowRunContext.get() is None:
        with local_pool(runner) as pool:
            yield pool
        return
    if runner == "threads":
        threads: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner(max_workers=THREADS)
        with threads:
            yield WorkerPool(submit=_submits(threads), workers=THREADS)
        return
    require_dask()
    task_runner = resolve_name("prefect_dask:DaskTaskRunner")(**cluster_options())
    with task_runner:
        with explained_connection():
            workers = worker_count(task_runner.client)
        yield WorkerPool(submit=_submits(task_runner), workers=workers, is_remote=True)


def cancelled_early(done: Any) -> Any:
    """Return the final state of a tracked run; cancelled where the run was asked to end.

    `done`: that state, or outside of a flow run the summary, which is returned as it is. A caller
    of a cancelled flow gets the summary with the RunFailed that is raised.
    """
    if isinstance(done, BackfillSummary):
        return done
    data = done.data
    summary = data.summary if isinstance(data, RunFailed) else data
    if not isinstance(summary, BackfillSummary) or not summary.asked_to_end:
        return done
    reason = summary.stopped or ""
    return Cancelled(message=reason, data=RunFailed(summary, reason))


def _submits(task_runner: Any) -> Callable[[Callable[[], Any]], Pending]:
    """Return a function that hands a call to a task runner.

    The task takes no arguments, so that Prefect inspects and hashes none of the data. It is handed
    out as from the flow itself: from within a step it would take that one's frames along.
    """
    of_the_flow = copy_context()

    def submit(call: Callable[[], Any]) -> Pending:
        def read_snapshot() -> Any:
            return call()

        one = task(name="read-snapshot", persist_result=False, cache_policy=NO_CACHE)(read_snapshot)
        return of_the_flow.run(task_runner.submit, one, parameters={})

    return submit


def progress_artifact(source: str) -> Watcher:
    """Return a watcher that keeps one progress artifact of a flow run up to date.

    It asks the run to end when Prefect was asked to cancel it.
    """
    if FlowRunContext.get() is None:
        return lambda _progress: None
    artifact: list[UUID] = []
    reported = [float("-inf"), 0.0]

    def watch(progress: Progress) -> str | None:
        is_first_whole = progress.share == 1 > reported[1]
        if time.monotonic() - reported[0] < PAUSE and not is_first_whole:
            return None
        reported[:] = [time.monotonic(), progress.share]
        with suppress(httpx.HTTPError, PrefectException):
            _report(source, progress, artifact)
            return "Prefect" if not progress.asked_by and _is_cancelling() else None
        return None

    return watch


def _report(source: str, progress: Progress, artifact: list[UUID]) -> None:
    percent, text = round(100 * progress.share, 1), progress.sentence()
    if artifact:
        update_progress_artifact(artifact[0], progress=percent, description=text)
    elif progress.planned:
        key = f"progress-{source}".replace("_", "-")
        made: Any = create_progress_artifact(percent, key=key, description=text)
        artifact.append(made)


def _is_cancelling() -> bool:
    context = FlowRunContext.get()
    assert context is not None
    assert context.flow_run is not None
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(context.flow_run.id).state
    return state is not None and state.is_cancelling()
