"""Names of flow runs: of the run that begins, and of the runs that its deployment has scheduled.

A Prefect server gives a scheduled run two random words: neither a deployment nor a schedule has a
template for names, and an automation cannot rename a run. So whoever talks to the server names the
coming runs: `vaxwatch deploy`, each run of a deployment as it begins, `vaxwatch serve`.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException

from tasks.runs.run_log import LOGGER
from tasks.runs.run_names import run_name

MOST: Final = 200
"""How many coming runs are named at once; a server returns no more."""


class RunNamer:
    """Names the flow run in which it is called, by `run_name`; elsewhere returns the operation."""

    def __init__(self, operation: str) -> None:
        """Name runs of an operation."""
        self.operation = operation

    def __call__(self) -> str:
        """Return the name of the flow run."""
        run = FlowRunContext.get()
        if run is None or run.flow_run is None:
            return self.operation
        due = run.flow_run.expected_start_time or run.start_time
        return run_name(self.operation, run.parameters or {}, due=due)


def name_next_runs(context: FlowRunContext) -> None:
    """Name the coming runs of this run's deployment; a run outside of one names none.

    A server that refuses costs the names, never the run.
    """
    run, namer = context.flow_run, context.flow.flow_run_name if context.flow else None
    if run is None or run.deployment_id is None or not isinstance(namer, RunNamer):
        return
    try:
        with get_client(sync_client=True) as client:
            name_coming(client, {run.deployment_id: namer.operation}, after=context.start_time)
    except (httpx.HTTPError, PrefectException) as error:
        logging.getLogger(LOGGER).warning("The next runs were not named: %s", error)


def name_coming(
    client: SyncPrefectClient, operations: Mapping[UUID, str], *, after: datetime
) -> None:
    """Give scheduled runs the names that they will have when they begin.

    Args:
        client: Of the server.
        operations: Of each deployment, by its id.
        after: Runs that are due before are left alone, UTC.
    """
    runs = client.read_flow_runs(
        flow_run_filter=coming_runs(operations, after=after),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=MOST,
    )
    for run, name in new_names(runs, operations):
        client.update_flow_run(run, name=name)


def coming_runs(deployments: Iterable[UUID], *, after: datetime) -> FlowRunFilter:
    """Return the filter of the scheduled runs of some deployments that are due after a time."""
    return FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=FlowRunFilterExpectedStartTime.model_validate({"after_": after}),
    )


def new_names(
    runs: Iterable[FlowRun], operations: Mapping[UUID, str]
) -> Iterator[tuple[UUID, str]]:
    """Yield id and new name of each run of a schedule that has another name."""
    for run in runs:
        if run.deployment_id and run.auto_scheduled and run.expected_start_time:
            operation, due = operations[run.deployment_id], run.expected_start_time
            name = run_name(operation, run.parameters, due=due)
            if name != run.name:
                yield run.id, name
