"""Names of scheduled runs: a server gives them two random words until they begin."""

from collections.abc import Mapping
from datetime import datetime
from pkgutil import resolve_name
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort

from tasks.runs.run_names import run_name


def operation(entrypoint: str) -> str:
    """Return the operation with which the names of a flow's runs begin.

    >>> operation("flows.ingest_snapshot.ingest_snapshot")
    'ingest'
    """
    module, _, name = entrypoint.rpartition(".")
    return str(resolve_name(f"{module}:{name}").flow_run_name())


async def name_runs(
    client: PrefectClient, operations: Mapping[UUID, str], *, now: datetime, most: int
) -> None:
    """Give the next scheduled runs the names that they will have when they begin.

    Args:
        client: Of the server.
        operations: Of each deployment, by its id.
        now: The time; runs that are due already are left alone.
        most: How many of the next runs are named.
    """
    coming = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(operations)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=FlowRunFilterExpectedStartTime.model_validate({"after_": now}),
    )
    runs = await client.read_flow_runs(
        flow_run_filter=coming, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=most
    )
    for run in runs:
        if run.deployment_id and run.auto_scheduled and run.expected_start_time:
            due = run.expected_start_time
            name = run_name(operations[run.deployment_id], run.parameters, due=due)
            if name != run.name:
                await client.update_flow_run(run.id, name=name)
