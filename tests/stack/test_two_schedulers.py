"""A worker and `vaxwatch serve` beside each other, one slot that fires twice, a killed backfill."""

import os
import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stack.account import newest
from tests.stack.pieces import BIN
from tests.stack.processes import Program, descendants
from tests.stack.stack import ROOT, Stack
from tests.stack.upstream import SOURCE, version
from tests.stack.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.long]

OLDER, CHUNK = 16, 2
"""How many older snapshots are backfilled, and how many in one commit."""
EVERY = 45.0
"""Seconds between two slots: what is asked for by hand must not wait behind late runs."""


@pytest.fixture(scope="module")
def running(stack: Stack) -> Stack:
    """Return a stack with a worker and a serving process, on which two versions were collected."""
    stack.deploy(EVERY, quality=False)
    stack.start_worker()
    serving = stack.serve()
    serving.start()
    eventually("serve is up", lambda: "On schedule until" in serving.tail())
    collected(stack)
    return stack


def collected(stack: Stack) -> None:
    """Wait until the schedule has collected a new version."""
    wanted = stack.upstream.publish()
    eventually(f"version {wanted}", lambda: newest(stack) == wanted)


def served(stack: Stack) -> Program:
    """Return the serving process."""
    return next(one for one in stack.workers if one.name.startswith("serve"))


def deployment(stack: Stack, name: str) -> str:
    """Return the id of a deployment."""
    return stack.ask("GET", f"/deployments/name/{name}")["id"]


def asked_for(stack: Stack, name: str, **parameters: Any) -> str:
    """Ask for a run of a deployment now; return its id."""
    body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    return stack.ask("POST", f"/deployments/{deployment(stack, name)}/create_flow_run", **body)[
        "id"
    ]


def state(stack: Stack, run: str) -> str:
    """Return the kind of state in which a run is."""
    return stack.ask("GET", f"/flow_runs/{run}")["state_type"]


def test_one_of_two_is_enough(running: Stack) -> None:
    """Serve is killed and leaves no run behind; it comes back, and then the worker goes."""
    serving, worker = served(running), running.workers[0]
    for _ in range(3):
        collected(running)
    children = descendants(serving.pid)
    serving.signal(signal.SIGKILL)
    serving.wait()
    eventually(
        "its runs end", lambda: not [one for one in children if Path(f"/proc/{one}").exists()]
    )
    collected(running)
    serving.start()
    worker.stop()
    collected(running)
    worker.start()
    worker.await_answer()
    serving.signal(signal.SIGTERM)
    assert serving.wait(120) == 0
    collected(running)


def test_one_slot_that_fires_twice_is_one_vintage(running: Stack) -> None:
    """Two runs of one deployment, and two commands beside them, at one time."""
    running.upstream.publish()
    name, command = f"ingest-snapshot/ingest-{SOURCE}", [str(BIN / "vaxwatch"), "ingest", SOURCE]
    runs = [asked_for(running, name) for _ in range(2)]
    environment = {
        key: text for key, text in running.environment.items() if key != "PREFECT_API_URL"
    }
    with ThreadPoolExecutor() as pool:
        done = [
            pool.submit(subprocess.run, command, env=environment, cwd=ROOT, check=True)
            for _ in range(2)
        ]
    assert all(one.result().returncode == 0 for one in done)
    for run in runs:
        eventually("both end", lambda run=run: state(running, run) == "COMPLETED")
    collected(running)


def test_a_killed_backfill_is_resumed_and_pages_nobody(running: Stack, tmp_path: Path) -> None:
    """Twice by SIGKILL, once by SIGTERM; what was committed is not done again."""
    chance, lake, day = random.Random(13), "s3://lakes/backfill", datetime(2022, 1, 1, tzinfo=UTC)  # noqa: S311 (a seed, no secret)
    for number in range(OLDER):
        at = f"{day + timedelta(days=number):%Y-%m-%d}"
        (tmp_path / f"{at}.csv").write_bytes(version(number))
    tmp_path.chmod(0o755)
    wanted = {
        "source": SOURCE,
        "lake": lake,
        "origin": f"dir:{tmp_path}",
        "chunk": CHUNK,
        "quality": False,
    }
    messages = len(running.upstream.messages)
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
        run = asked_for(running, "backfill-source/backfill", **wanted)
        eventually("it runs", lambda run=run: state(running, run) == "RUNNING")
        time.sleep(chance.uniform(0, 3))
        for pid in processes_of(run):
            os.kill(pid, number)
        eventually("it ends", lambda run=run: state(running, run) != "RUNNING")
    run = asked_for(running, "backfill-source/backfill", **wanted)
    eventually("it ends", lambda: state(running, run) == "COMPLETED")
    dataset = f"{SOURCE}.allocations"
    shown = running.run("vaxwatch", "--lake", lake, "--json", "vintages", dataset)
    assert shown.count('"as_of"') == OLDER
    running.run("vaxwatch", "--lake", lake, "verify", "--deep")
    subjects = {str(one.body.get("time"))[:4] for one in running.upstream.messages[messages:]}
    assert "2022" not in subjects


def processes_of(run: str) -> list[int]:
    """Return the processes that execute a flow run."""
    found = list[int]()
    for entry in Path("/proc").iterdir():
        try:
            is_its = entry.name.isdigit() and run.encode() in (entry / "environ").read_bytes()
        except OSError:
            continue
        if is_its and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found
