"""It runs by itself: a schedule, a server, a publisher, and nobody at the keyboard."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import polars as pl
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tasks.vault.backends.open_store import open_store
from tasks.vault.vault_reader import VaultReader
from tests.vaxwatch.hostile import harmful

pytestmark = pytest.mark.long

HEADER = "Recipient ISO,Vaccine Name,Doses Allocated\n"
VAXWATCH = (sys.executable, "-m", "vaxwatch")
NAME = "ingest \u202e\u2066"
"""Of the deployment; it acts on a terminal."""
PATIENCE = 300
"""Seconds; a server that was never started before needs half a minute on a small machine."""


def schedule(folder: Path, url: str) -> Path:
    """Write a prefect.yaml that looks at one address every few seconds."""
    path = folder / "prefect.yaml"
    path.write_text(
        "deployments:\n"
        f"  - name: {json.dumps(NAME)}\n"
        "    entrypoint: flows/ingest_snapshot.py:ingest_snapshot\n"
        "    parameters:\n"
        f"      {{source: unicef_market, lake: nowhere, url: '{url}', quality: false}}\n"
        "    schedules: [{interval: 5}]\n"
        "    concurrency_limit: {limit: 1, collision_strategy: ENQUEUE}\n"
    )
    return path


def environment(folder: Path) -> dict[str, str]:
    """Return an environment with a Prefect of its own and no server set."""
    own = {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    inherited = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    return inherited | own


def publisher(httpserver: HTTPServer) -> str:
    """Serve a table in which PRK has 8,115,600 doses, and 1,540,800 from the second time on."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        doses = 8_115_600 if len(asked) == 1 else 1_540_800
        return Response(f"{HEADER}PRK,AstraZeneca,{doses}\n")

    httpserver.expect_request("/a.csv").respond_with_handler(answer)
    return httpserver.url_for("/a.csv")


def wait_for(seen: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until something is seen, as long as the process lives."""
    until = time.monotonic() + PATIENCE
    while not seen():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.5)


@pytest.mark.thorough
@pytest.mark.server
def test_scheduled_run_brings_the_new_vintage_and_its_alert(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    """Runs fire, fetch, publish and raise the alert; when the process ends so does its server."""
    path, lake = schedule(tmp_path, publisher(httpserver)), tmp_path / "lake"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*VAXWATCH, "serve", "--lake", str(lake), "--schedules", str(path)],
            stderr=log,
            stdout=log,
            env=environment(tmp_path),
        )
    try:
        wait_for(lambda: bool(cuts(lake)), process)
    finally:
        process.terminate()
        process.wait(PATIENCE)
    log = (tmp_path / "log").read_text()
    assert cuts(lake)[0] == (8_115_600, 1_540_800, "critical", "shadow")
    vintages = VaultReader(open_store(str(lake)), "unicef_market").vintages()
    assert [vintage.is_new for vintage in vintages[:2]] == [True, True]
    assert harmful(log) == []
    assert "On schedule until this process is interrupted: ingest \\u202e\\u2066\n" in log
    address = re.search(r"http://127\.0\.0\.1:\d+/api", log)
    assert address is not None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address[0]}/health")


def cuts(lake: Path) -> list[tuple[float, float, str, str]]:
    """Return before, after, severity and origin of every cut in the lake's published alerts."""
    table = lake / "alerts" / "alerts.parquet"
    if not table.exists():
        return []
    found = pl.read_parquet(table).filter(rule="R1", iso3="PRK")
    return found.select("before", "after", "severity", "origin").rows()
