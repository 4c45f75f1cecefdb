import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Running

from vaxwatch.orchestration.automations import SILENCE
from vaxwatch.orchestration.dead_runs import end_runs_of_before, end_silent_runs

NOW = datetime(2022, 2, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def run(number: int, *, began: timedelta) -> FlowRun:
    """Return a run that has been running for so long."""
    state = Running(timestamp=NOW - began)
    return FlowRun(id=UUID(int=number), flow_id=UUID(int=9), state=state)


class Server:
    """A stand-in for a server's client: runs that are running, and those that were heard of."""

    def __init__(self, *runs: FlowRun, heard: tuple[int, ...] = ()) -> None:
        self.runs, self.heard, self.crashed = runs, heard, list[int]()

    async def read_flow_runs(self, **_: Any) -> list[FlowRun]:
        """Return the runs."""
        return list(self.runs)

    async def read_events(self, *, filter: Any, limit: int) -> Any:  # noqa: A002
        """Return a heartbeat of each run that was heard of, as Prefect gives them."""
        assert filter.occurred.since == NOW - SILENCE
        assert limit <= 50
        names = [f"prefect.flow-run.{UUID(int=number)}" for number in self.heard]
        return SimpleNamespace(
            events=[SimpleNamespace(resource=SimpleNamespace(id=name)) for name in names]
        )

    async def set_flow_run_state(self, identity: UUID, state: Any) -> None:
        """Note a run that is marked."""
        assert state.type == StateType.CRASHED
        self.crashed.append(identity.int)


def silent(server: Any, *, since: datetime) -> list[int]:
    """Return which runs are ended as silent."""
    ended = asyncio.run(end_silent_runs(server, [UUID(int=1)], since=since, now=NOW))
    assert [one.id.int for one in ended] == server.crashed
    return server.crashed


def test_a_run_without_heartbeats_is_dead_one_that_has_just_begun_is_not() -> None:
    """Only a run that should have been heard of can be missed."""
    runs = run(1, began=HOUR), run(2, began=HOUR), run(3, began=SILENCE / 2)
    assert silent(Server(*runs, heard=(2,)), since=NOW - HOUR) == [1]


def test_nobody_is_dead_as_long_as_the_server_had_no_time_to_hear() -> None:
    """A server that was away has heard nobody."""
    assert silent(Server(run(1, began=HOUR)), since=NOW - SILENCE / 2) == []


def test_nothing_of_before_goes_on_when_the_server_is_new() -> None:
    """Whoever starts the server of a home knows that the runs of the last one have ended."""
    server: Any = Server(run(1, began=timedelta(0)), run(2, began=HOUR), heard=(1, 2))
    asyncio.run(end_runs_of_before(server, [UUID(int=1)]))
    assert server.crashed == [1, 2]
