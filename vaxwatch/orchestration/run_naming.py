"""Names of the runs that `vaxwatch serve` and `vaxwatch deploy` find scheduled."""

from collections.abc import Mapping
from datetime import datetime
from pkgutil import resolve_name
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.sorting import FlowRunSort

from tasks.prefect_names import MOST, coming_runs, new_names


def operation(entrypoint: str) -> str:
    """Return the operation with which the names of a flow's runs begin.

    >>> operation("flows.ingest_snapshot.ingest_snapshot")
    'ingest'
    """
    module, _, name = entrypoint.rpartition(".")
    return str(resolve_name(f"{module}:{name}").flow_run_name())


async def name_runs(
    client: PrefectClient, operations: Mapping[UUID, str], *, now: datetime
) -> None:
    """Give the next scheduled runs the names that they will have when they begin.

    Args:
        client: Of the server.
        operations: Of each deployment, by its id.
        now: The time; runs that are due already are left alone.
    """
    runs = await client.read_flow_runs(
        flow_run_filter=coming_runs(operations, after=now),
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
        limit=MOST,
    )
    for run, name in new_names(runs, operations):
        await client.update_flow_run(run, name=name)
