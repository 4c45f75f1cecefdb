"""Serving processes that come and go: nothing stops, nothing is left behind, nothing runs twice."""

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, StateType
from pytest_httpserver import HTTPServer

from tests.vaxwatch.orchestration.processes import (
    Publisher,
    client_of,
    descendants,
    is_there,
    prefect_file,
    started,
    wait_for,
)
from vaxwatch.orchestration.server_process import LOCK

pytestmark = [pytest.mark.slow, pytest.mark.server]
SECONDS = 20
BEGUN = {StateType.RUNNING, StateType.COMPLETED}


def begun(client: SyncPrefectClient) -> list[FlowRun]:
    """Return the runs that have begun."""
    return [run for run in client.read_flow_runs() if run.state and run.state.type in BEGUN]


def test_schedules_survive_the_end_of_those_who_serve_them(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    """Nothing stops, nothing is left, and what was missed is made up for by one run.

    Two processes share a server and its runs. One ends by SIGTERM, and the other goes on, with the
    server. SIGKILL of that one leaves no process. The next one catches up.
    """
    page, home = Publisher(httpserver), tmp_path / "prefect"
    file = prefect_file(tmp_path, page.url, seconds=SECONDS)
    serve = ["vaxwatch", "--lake", str(tmp_path / "lake"), "serve", "--schedules", str(file)]
    log = tmp_path / "second.log"
    with started(tmp_path / "first.log", serve, home) as first:
        wait_for(lambda: page.asked)
        url = f"http://127.0.0.1:{(home / LOCK).read_text()}/api"
        with started(log, serve, home) as second:
            wait_for(lambda: "On schedule until" in log.read_text())
            page.pause = 8  # so that a run goes on when the end comes
            asked = page.asked
            wait_for(lambda: page.asked > asked)
            first.terminate()
            assert first.wait(90) == 0
            page.pause, asked = 0, page.asked
            wait_for(lambda: page.asked >= asked + 2)
            assert (home / LOCK).read_text() in url, "the next one keeps the server, at its address"
            with client_of(url) as client:
                [often] = client.read_deployments()
                assert not often.paused
                runs = begun(client)
                assert page.asked <= len(runs) <= page.asked + 1, "no run was made twice, or ended"
                assert all(run.run_count == 1 for run in runs)

            page.pause, asked = 15, page.asked
            wait_for(lambda: page.asked > asked)
            left = descendants(second.pid)
            assert len(left) >= 2, "the server and a run"
            os.kill(second.pid, signal.SIGKILL)
            second.wait()
            wait_for(lambda: not any(map(is_there, left)), within=40)
    page.pause = 0
    time.sleep(4 * SECONDS)  # several slots pass
    asked = page.asked
    with (
        started(tmp_path / "third.log", serve, home),
        client_of(f"http://127.0.0.1:{(home / LOCK).read_text()}/api") as client,
    ):
        wait_for(lambda: page.asked > asked)
        time.sleep(SECONDS / 4)
        names = Counter(run.state_name for run in client.read_flow_runs())
        assert names["Skipped"] >= 1
        assert names["Late"] == 0
        assert page.asked - asked <= 2, "one for all that was missed, and perhaps one on time"
