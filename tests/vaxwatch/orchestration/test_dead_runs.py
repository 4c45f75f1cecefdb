"""A worker and its run are killed: the next run begins soon, and people are notified."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.vaxwatch.orchestration.processes import (
    Publisher,
    client_of,
    descendants,
    environment,
    prefect_file,
    started,
    wait_for,
)
from vaxwatch.console import report
from vaxwatch.orchestration.server_process import own_server

pytestmark = [pytest.mark.slow, pytest.mark.server]
LIMIT = 120
"""Seconds from the kill until the next run has begun and asks the publisher."""
WORKER = ["prefect", "worker", "start", "--pool", "local"]


@pytest.fixture
def notified(httpserver: HTTPServer) -> list[str]:
    """Return the subjects that were sent to /hook, growing."""
    subjects: list[str] = []

    def note(request: Request) -> Response:
        document: dict[str, Any] = request.get_json()
        subjects.append(document["subject"])
        return Response("{}")

    httpserver.expect_request("/hook").respond_with_handler(note)
    return subjects


def test_the_next_run_begins_within_two_minutes_of_a_dead_one(
    tmp_path: Path, httpserver: HTTPServer, notified: list[str], record_property: Any
) -> None:
    """SIGKILL of worker and run: the run is Crashed, its place is free, and the next one begins.

    A run whose page breaks the contract with its source notifies the block that deploy was given.
    """
    page, home = Publisher(httpserver), tmp_path / "prefect"
    file = prefect_file(tmp_path, page.url, seconds=20)
    with own_server(home) as (url, _), client_of(url) as client:
        CustomWebhookNotificationBlock(
            name="hook",
            url=httpserver.url_for("/hook"),
            headers=None,
            cookies=None,
            json_data={"subject": "{{subject}}", "body": "{{body}}"},
        ).save("hook")
        lake = str(tmp_path / "lake")
        deploy = ["vaxwatch", "--lake", lake, "deploy", "--schedules", str(file)]
        subprocess.run(
            [sys.executable, "-m", *deploy, "--notify", "custom-webhook/hook"],
            env=environment(home, url),
            check=True,
        )
        page.pause = 600
        with started(tmp_path / "first.log", WORKER, home, url) as worker:
            wait_for(lambda: page.asked)
            for pid in [worker.pid, *descendants(worker.pid)]:
                os.kill(pid, signal.SIGKILL)
            [dead] = [run for run in client.read_flow_runs() if run.state_name == "Running"]
            page.pause = 0
            with started(tmp_path / "second.log", WORKER, home, url):
                took = wait_for(lambda: page.asked > 1)
                report(f"The next run began {took:.0f} s after the kill.")  # shown by pytest -s
                assert took < LIMIT
                state = client.read_flow_run(dead.id).state
                assert state
                assert (state.name, state.message) == ("Crashed", "It sends no heartbeat any more.")
                page.body = "Something,Else\n1,2\n"
                [often] = client.read_deployments()
                client.pause_deployment(often.id)
                for run in client.read_flow_runs():
                    if run.state and run.state.is_scheduled():
                        client.delete_flow_run(run.id)
                client.create_flow_run_from_deployment(often.id)
                wait_for(lambda: notified == ["vaxwatch: quarantine or contract broken"])
