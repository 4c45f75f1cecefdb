"""Servers, workers, the database and the store killed or ended while a schedule runs.

After each fault the newest version of the page is collected within two minutes, by the schedule
alone; at the end nothing is lost and nothing doubled.
"""

import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from tests.stack.account import check, newest
from tests.stack.processes import Program, descendants
from tests.stack.stack import Stack
from tests.stack.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.long]

SEED = 13
AWAY = 60.0
"""Seconds for which the store is away."""


def restarted(program: Program) -> None:
    """Start a program again, and wait until it answers."""
    program.start()
    program.await_answer()


def kill_run(stack: Stack) -> None:
    """Kill the run that is under way, and leave its worker alone."""
    for pid in descendants(stack.workers[-1].pid):
        os.kill(pid, signal.SIGKILL)


def kill_worker(stack: Stack) -> None:
    """Kill the worker with its run, as a service manager does, and start another."""
    stack.workers[-1].kill()
    stack.start_worker()


def kill_worker_alone(stack: Stack) -> None:
    """Kill the worker; its run goes on without it."""
    stack.workers[-1].signal(signal.SIGKILL)
    stack.workers[-1].wait()
    stack.start_worker()


def end_worker(stack: Stack) -> None:
    """End the worker by SIGTERM, and start another."""
    stack.workers[-1].stop()
    stack.start_worker()


def kill_server(stack: Stack) -> None:
    """Kill Prefect's server."""
    stack.server.kill()
    restarted(stack.server)


def end_server(stack: Stack) -> None:
    """End Prefect's server by SIGTERM."""
    stack.server.stop()
    restarted(stack.server)


def kill_database(stack: Stack) -> None:
    """Kill PostgreSQL with all its processes."""
    stack.database.kill()
    restarted(stack.database)


def end_database(stack: Stack) -> None:
    """End PostgreSQL as its service does, without waiting for those who are connected."""
    stack.database.signal(signal.SIGINT)
    stack.database.wait()
    restarted(stack.database)


def store_away(stack: Stack) -> None:
    """End the store, and start it again after a minute."""
    stack.store.stop()
    time.sleep(AWAY)
    restarted(stack.store)


FAULTS: dict[str, Callable[[Stack], None]] = {
    one.__name__: one
    for one in (
        *(kill_run, kill_worker, kill_worker_alone, end_worker),
        *(kill_server, end_server, kill_database, end_database, store_away),
    )
}


@pytest.fixture(scope="module")
def running(stack: Stack) -> Stack:
    """Return a stack on which the first version was collected."""
    stack.deploy(10, quality=False)
    stack.start_worker()
    eventually("the first version", lambda: newest(stack) == 0)
    return stack


def is_running(stack: Stack) -> bool:
    """Return whether a run is under way."""
    return bool(stack.runs(flow_runs={"state": {"type": {"any_": ["RUNNING"]}}}))


@pytest.mark.parametrize("name", FAULTS)
def test_the_next_run_collects_after(running: Stack, name: str) -> None:
    """At a random point of a run."""
    chance = random.Random(f"{SEED} {name}")  # noqa: S311 (a seed, no secret)
    running.upstream.publish()
    eventually("a run", lambda: is_running(running))
    time.sleep(chance.uniform(0, 6))
    running.upstream.publish()
    FAULTS[name](running)
    wanted, start = running.upstream.publish(), time.monotonic()
    eventually(f"{wanted} after {name}", lambda: newest(running) == wanted)
    print(f"{name}: collected {time.monotonic() - start:.0f} s after the end of the fault")  # noqa: T201 (a figure of the proof)


def test_nothing_is_lost_and_nothing_doubled(running: Stack) -> None:
    """After all of the faults; a sender that was killed may have sent one message twice."""
    found = check(running, doubles=len(FAULTS))
    print(f"{len(found.versions)} vintages, {len(found.events)} events, {found.doubles} doubled")  # noqa: T201 (as above)
