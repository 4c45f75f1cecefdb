"""Upkeep of scheduled runs: one run per deployment after an outage, and none that is forgotten.

A schedule whose runs could not start has several late ones afterwards: the newest is kept, as each
run collects what a source shows now. A slot that has no run at all (the server was away when it
should have been scheduled, or a deployment was changed at that instant) gets one.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import DeploymentSchedule, FlowRun, State, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.sorting import FlowRunSort
from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect.states import Cancelled, Scheduled

from vaxwatch.console import report
from vaxwatch.orchestration.dead_runs import end_silent_runs
from vaxwatch.orchestration.run_naming import name_runs

PAGE: Final = 200
"""Objects per answer, at most, of a Prefect server."""
PATIENCE: Final = timedelta(seconds=90)
"""How late a slot without a run must be; the server itself schedules within a minute."""
WINDOWS: Final = tuple(
    timedelta(**length)
    for length in ({"hours": 1}, {"days": 1}, {"days": 8}, {"days": 32}, {"days": 366})
)
"""How far back the last slot of a schedule is looked for, the nearest first."""
SCHEDULES: Final = {"cron": CronSchedule, "interval": IntervalSchedule, "rrule": RRuleSchedule}
OFTEN: Final = timedelta(minutes=1)
"""How often slots without a run are looked for."""


class Upkeep:
    """The upkeep of some deployments of one server."""

    def __init__(
        self, client: PrefectClient, operations: Mapping[UUID, str], *, since: datetime
    ) -> None:
        """Keep deployments of a server, which answers since then.

        `operations`: by the id of a deployment, the word with which the names of its runs begin.
        """
        self._client = client
        self._operations = operations
        self._ids = list(operations)
        self._served: dict[UUID, datetime] = {}
        self._answers_since: datetime | None = since
        self._next_check = datetime.min.replace(tzinfo=UTC)

    async def tidy(self, now: datetime) -> None:
        """Skip surplus runs, end dead ones; once a minute, make up for slots and name runs.

        Raises httpx.HTTPError where the server does not answer.
        """
        since, self._answers_since = self._answers_since or now, None
        await self._tidy(now, since)
        self._answers_since = since

    async def _tidy(self, now: datetime, since: datetime) -> None:
        for run in await end_silent_runs(self._client, self._ids, since=since, now=now):
            report(f"{run.name} sends no heartbeat any more; it is marked Crashed.")
        waiting = await self._waiting(now)
        for run in surplus(waiting):
            await self._client.set_flow_run_state(run.id, skipped())
        if now >= self._next_check:
            await self._catch_up({run.deployment_id for run in waiting}, now)
            await name_runs(self._client, self._operations, now=now)
            self._next_check = now + OFTEN

    async def _waiting(self, now: datetime) -> list[FlowRun]:
        """Return the runs that are due and have not begun."""
        found: list[FlowRun] = []
        for part in _parts(self._ids):
            chosen = FlowRunFilter(
                deployment_id=FlowRunFilterDeploymentId(any_=part),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
                expected_start_time=_due_time(before_=now),
            )
            found += await _all_pages(self._client.read_flow_runs, flow_run_filter=chosen)
        return found

    async def _catch_up(self, waiting: set[UUID | None], now: datetime) -> None:
        """Start a run for each deployment whose last slot has none and that has none waiting."""
        for deployment in await self._deployments():
            slot = (
                None if deployment.paused else await last_slot(deployment.schedules, now - PATIENCE)
            )
            if slot is None or self._served.get(deployment.id) == slot:
                continue
            if deployment.id not in waiting and not await self._has_run(deployment.id, slot, now):
                run = await self._client.create_flow_run_from_deployment(
                    deployment.id,
                    state=Scheduled(scheduled_time=now),
                    idempotency_key=f"caught-up {deployment.id} {slot.isoformat()}",
                )
                report(
                    f"{deployment.name} has missed {slot:%Y-%m-%d %H:%M} UTC; run {run.name} "
                    f"makes up for it."
                )
            self._served[deployment.id] = slot

    async def _deployments(self) -> list[DeploymentResponse]:
        found: list[DeploymentResponse] = []
        for part in _parts(self._ids):
            found += await self._client.read_deployments(
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=part))
            )
        return found

    async def _has_run(self, deployment: UUID, slot: datetime, now: datetime) -> bool:
        """Return whether a deployment has a run that was due at a slot or since."""
        chosen = FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment]),
            expected_start_time=_due_time(after_=slot, before_=now),
        )
        return bool(await self._client.read_flow_runs(flow_run_filter=chosen, limit=1))


def surplus(waiting: Iterable[FlowRun]) -> list[FlowRun]:
    """Return the scheduled runs that a newer one of the same deployment and parameters makes idle.

    Runs that a person or a program has asked for are none of them.
    """
    newest: dict[tuple[UUID | None, str], FlowRun] = {}
    idle: list[FlowRun] = []
    for run in sorted(waiting, key=_due):
        if run.auto_scheduled:
            key = run.deployment_id, json.dumps(run.parameters, sort_keys=True, default=str)
            if older := newest.get(key):
                idle.append(older)
            newest[key] = run
    return idle


def skipped() -> State[Any]:
    """Return the state of a surplus run."""
    why = "A newer run of the same deployment is due; one collects what both would."
    return Cancelled(name="Skipped", message=why)


async def last_slot(schedules: Iterable[DeploymentSchedule], until: datetime) -> datetime | None:
    """Return the last instant at which active schedules were due, None where none was.

    Instants before a schedule was made do not count.
    """
    slots = [
        slot
        for one in schedules
        if one.active and (slot := await _last_date(one.schedule, until))
        if one.created is None or slot > one.created
    ]
    return max(slots, default=None)


async def _last_date(schedule: Any, until: datetime) -> datetime | None:
    fields = schedule.model_dump()
    kind = SCHEDULES[next(name for name in SCHEDULES if name in fields)].model_validate(fields)
    for window in WINDOWS:
        if dates := await kind.get_dates(start=until - window, end=until):
            return dates[-1].astimezone(UTC)
    return None


def _due(run: FlowRun) -> datetime:
    return run.expected_start_time or datetime.min.replace(tzinfo=UTC)


def _due_time(**limits: datetime) -> FlowRunFilterExpectedStartTime:
    return FlowRunFilterExpectedStartTime.model_validate(limits)


def _parts(ids: Sequence[UUID]) -> list[list[UUID]]:
    return [list(ids[at : at + PAGE]) for at in range(0, len(ids), PAGE)]


async def _all_pages(read: Any, **filters: Any) -> list[FlowRun]:
    """Return all objects of an answer that comes in pages."""
    found: list[FlowRun] = []
    while True:
        page = await read(
            **filters, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=PAGE, offset=len(found)
        )
        found += page
        if len(page) < PAGE:
            return found
