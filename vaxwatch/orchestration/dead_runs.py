"""Dead runs: those that a server takes for running, and whose process is no more.

The automation `vaxwatch: dead run` finds them as long as the server lives. What it knows of
heartbeats goes with the server, so that a serving process finds those of a server that was killed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.events.filters import (
    EventFilter,
    EventNameFilter,
    EventOccurredFilter,
    EventResourceFilter,
)
from prefect.states import Crashed

from vaxwatch.orchestration.automations import SILENCE

TAKEN: Final = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
RUN: Final = "prefect.flow-run."
PAGE: Final = 50
"""Events per answer, at most, of a Prefect server."""
AT_ONCE: Final = 10
"""How many runs are asked about at once; each has four heartbeats at most in that time."""


async def end_runs_of_before(client: PrefectClient, deployments: Sequence[UUID]) -> list[FlowRun]:
    """Mark every run that is taken as Crashed; return them. For a server that was just started."""
    runs = await _runs(client, deployments, TAKEN)
    return await _crash(client, runs, "The process that ran it and its server have ended.")


async def end_silent_runs(
    client: PrefectClient, deployments: Sequence[UUID], *, since: datetime, now: datetime
) -> list[FlowRun]:
    """Mark the runs without a heartbeat for `SILENCE` as Crashed; return them.

    `since`: from when on the server has answered; one that was away has heard no heartbeats.
    """
    heard_since = now - SILENCE
    if since > heard_since:
        return []
    runs = await _runs(client, deployments, [StateType.RUNNING])
    silent = [run for run in runs if run.state and run.state.timestamp < heard_since][:AT_ONCE]
    if not silent:
        return []
    beats = EventFilter(
        occurred=EventOccurredFilter.model_validate({"since": heard_since}),
        event=EventNameFilter(name=[f"{RUN}heartbeat"]),
        resource=EventResourceFilter(id=[f"{RUN}{run.id}" for run in silent]),
    )
    heard = await client.read_events(filter=beats, limit=PAGE)
    alive = {event.resource.id for event in heard.events}
    dead = [run for run in silent if f"{RUN}{run.id}" not in alive]
    return await _crash(client, dead, "It sends no heartbeat any more.")


async def _runs(
    client: PrefectClient, deployments: Sequence[UUID], types: list[StateType]
) -> list[FlowRun]:
    chosen = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)),
    )
    return await client.read_flow_runs(flow_run_filter=chosen)


async def _crash(client: PrefectClient, runs: Iterable[FlowRun], why: str) -> list[FlowRun]:
    crashed: list[FlowRun] = []
    for run in runs:
        await client.set_flow_run_state(run.id, Crashed(message=why))
        crashed.append(run)
    return crashed
