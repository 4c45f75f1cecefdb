import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from prefect.client.schemas.objects import DeploymentSchedule, FlowRun
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.states import Cancelled, Scheduled

from vaxwatch.orchestration.upkeep import PATIENCE, Upkeep, last_slot, surplus

NOW = datetime(2022, 2, 10, 12, tzinfo=UTC)
WHO, UNDP = UUID(int=1), UUID(int=2)


def run(
    hours_ago: float, deployment: UUID = WHO, *, source: str = "who_cases", auto: bool = True
) -> FlowRun:
    """Return a run that was due so long ago and has not begun."""
    due = NOW - timedelta(hours=hours_ago)
    return FlowRun(
        flow_id=UUID(int=9),
        deployment_id=deployment,
        expected_start_time=due,  # pyright: ignore[reportArgumentType]
        state=Scheduled(scheduled_time=due),
        auto_scheduled=auto,
        parameters={"source": source},
    )


def schedule(cron: str | None = None, *, active: bool = True, made: datetime) -> DeploymentSchedule:
    """Return a schedule of a deployment: a cron, else every five seconds."""
    when = (
        CronSchedule(cron=cron, timezone="Europe/Zurich")
        if cron
        else IntervalSchedule(interval=timedelta(seconds=5), anchor_date=NOW)  # pyright: ignore[reportArgumentType]
    )
    return DeploymentSchedule(schedule=when, active=active, created=made)  # pyright: ignore[reportArgumentType]


def test_the_newest_of_several_late_runs_is_kept() -> None:
    """One run per deployment and parameters; what a person asked for is never skipped."""
    old, older, newest = run(25), run(49), run(1)
    asked, other, fresh = run(30, auto=False), run(25, UNDP), run(20, source="who_flunet")
    assert surplus([newest, old, asked, older, other, fresh]) == [older, old]
    assert surplus([newest]) == []


LONG_AGO = NOW - timedelta(days=400)


@pytest.mark.parametrize(
    ("schedules", "slot"),
    [
        ([schedule("27 7 * * 2,5", made=LONG_AGO)], datetime(2022, 2, 8, 6, 27, tzinfo=UTC)),
        ([schedule("0 0 1 6 *", made=LONG_AGO)], datetime(2021, 5, 31, 22, tzinfo=UTC)),
        ([schedule(made=LONG_AGO)], NOW),
        ([schedule("27 7 * * *", made=LONG_AGO, active=False)], None),
        ([schedule("27 7 * * 2,5", made=NOW - timedelta(days=1))], None),
        (
            [schedule("27 7 * * 2,5", made=LONG_AGO), schedule("0 3 * * *", made=LONG_AGO)],
            datetime(2022, 2, 10, 2, tzinfo=UTC),
        ),
        ([], None),
    ],
)
def test_the_last_slot_is_that_of_active_schedules_since_they_were_made(
    schedules: list[DeploymentSchedule], slot: datetime | None
) -> None:
    """A new schedule has missed nothing."""
    assert asyncio.run(last_slot(schedules, NOW)) == slot


class Server:
    """A stand-in for a Prefect server's client: a deployment that is due daily, and its runs."""

    def __init__(self, runs: list[FlowRun], *, paused: bool = False) -> None:
        self.runs, self.paused, self.made, self.skipped = runs, paused, list[str](), list[UUID]()

    async def read_deployments(self, **_: Any) -> list[Any]:
        """Return the deployment."""
        return [
            type(
                "Deployment",
                (),
                {
                    "id": WHO,
                    "name": "daily",
                    "paused": self.paused,
                    "schedules": [schedule("0 8 * * *", made=LONG_AGO)],
                },
            )
        ]

    async def read_flow_runs(self, *, flow_run_filter: Any, **_: Any) -> list[FlowRun]:
        """Return the runs that a filter asks for."""
        limits = flow_run_filter.expected_start_time
        if limits is None or limits.before_ is None:  # those that are running, or come: none
            return []
        states = flow_run_filter.state.type.any_ if flow_run_filter.state else None
        return [
            one
            for one in self.runs
            if limits.before_ >= one.expected_start_time
            and (limits.after_ is None or limits.after_ <= one.expected_start_time)
            and (states is None or (one.state and one.state.type in states))
        ]

    async def set_flow_run_state(self, run: UUID, state: Any) -> None:
        """Note a run that is skipped."""
        assert (state.type, state.name) == (Cancelled().type, "Skipped")
        self.skipped.append(run)

    async def create_flow_run_from_deployment(
        self, _: UUID, *, idempotency_key: str, state: Any
    ) -> FlowRun:
        """Note a run that is made."""
        assert state.is_scheduled()
        self.made.append(idempotency_key)
        return run(0)


def tidied(server: Any, *times: datetime) -> Server:
    """Return a server after an upkeep at each time."""
    upkeep = Upkeep(server, {WHO: "ingest"}, since=NOW - timedelta(days=1))

    async def tidy() -> None:
        for time in times:
            await upkeep.tidy(time)

    asyncio.run(tidy())
    return server


ended = run(5)
ended.state = Cancelled()


@pytest.mark.parametrize(
    ("runs", "paused", "made"),
    [([], False, 1), ([run(29)], False, 0), ([ended], False, 0), ([], True, 0)],
    ids=["the slot has no run", "a late run waits", "the slot's run has ended", "paused"],
)
def test_a_slot_without_a_run_gets_one(runs: list[FlowRun], paused: bool, made: int) -> None:  # noqa: FBT001
    """The slot was at 07:00 UTC; two checks make one run, under a key that all processes share."""
    server = tidied(Server(runs, paused=paused), NOW, NOW + timedelta(minutes=2))
    assert server.made == [f"caught-up {WHO} 2022-02-10T07:00:00+00:00"] * made


def test_a_slot_is_not_missed_until_the_server_had_time_to_schedule_it() -> None:
    """One that has just passed is left to the server."""
    slot = datetime(2022, 2, 10, 7, tzinfo=UTC)
    yesterday = run((NOW - slot) / timedelta(hours=1) + 24)
    yesterday.state = Cancelled()
    assert tidied(Server([yesterday]), slot + PATIENCE / 2).made == []
    assert len(tidied(Server([yesterday]), slot + PATIENCE * 2).made) == 1


def test_upkeep_skips_all_but_the_newest() -> None:
    """What surplus returns is cancelled under a name of its own."""
    runs = [run(26), run(50), run(2)]
    assert tidied(Server(runs), NOW).skipped == [runs[1].id, runs[0].id]
