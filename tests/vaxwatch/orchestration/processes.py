"""Serving processes and workers of a test, with a Prefect home of its own, and a publisher."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

HEADER = "Recipient ISO,Vaccine Name,Doses Allocated\n"
PATIENCE = 240
"""Seconds; a server that was never started before needs half a minute on a small machine."""


class Publisher:
    """A page whose content is `body`; it takes `pause` seconds to answer, or until that is 0."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.asked = 0
        self.pause = 0.0
        self.body = f"{HEADER}PRK,AstraZeneca,1540800\n"
        httpserver.expect_request("/a.csv").respond_with_handler(self._answer)
        self.url = httpserver.url_for("/a.csv")

    def _answer(self, _: Request) -> Response:
        self.asked += 1
        until = time.monotonic() + self.pause
        while self.pause and time.monotonic() < until:
            time.sleep(0.2)
        return Response(self.body)


def prefect_file(folder: Path, url: str, *, seconds: int) -> Path:
    """Write a prefect.yaml that fetches one address every so many seconds."""
    path = folder / "prefect.yaml"
    path.write_text(
        "deployments:\n"
        "  - name: often\n"
        "    entrypoint: flows/ingest_snapshot.py:ingest_snapshot\n"
        f"    parameters: {{source: unicef_market, url: '{url}', quality: false}}\n"
        f"    schedules: [{{interval: {seconds}}}]\n"
        "    tags: [vaxwatch, 'source:unicef_market', ingest]\n"
        "    work_pool: {name: local, work_queue_name: fresh}\n"
        "    concurrency_limit: "
        "{limit: 1, collision_strategy: ENQUEUE, grace_period_seconds: 60}\n"
    )
    return path


def environment(home: Path, url: str = "") -> dict[str, str]:
    """Return an environment with a Prefect home of its own, and a server where one is given."""
    inherited = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    return inherited | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": url,
        "PREFECT_RUNNER_POLL_FREQUENCY": "3",
        "PREFECT_WORKER_QUERY_SECONDS": "5",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


@contextmanager
def started(
    log: Path, command: list[str], home: Path, url: str = ""
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program with its log in a file; kill it at the end with all that came of it."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=file, stderr=file, env=environment(home, url)
        )
    try:
        yield process
    finally:
        left = descendants(process.pid)
        process.kill()
        process.wait()
        for pid in left:
            if is_there(pid):
                os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        parents.setdefault(parent, []).append(int(stat.parent.name))
    found, left = list[int](), [pid]
    while left:
        children = parents.get(left.pop(), [])
        found += children
        left += children
    return found


def is_there(pid: int) -> bool:
    """Return whether a process is there and not only waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(seen: Callable[[], object], *, within: float = PATIENCE) -> float:
    """Wait until something is seen; return how many seconds that took."""
    begun = time.monotonic()
    while not seen():
        assert time.monotonic() < begun + within, f"not seen within {within} s"
        time.sleep(0.3)
    return time.monotonic() - begun


@contextmanager
def client_of(url: str) -> Iterator[SyncPrefectClient]:
    """Return a client of a server, once it answers."""

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/health", timeout=5).is_success
        except httpx.HTTPError:
            return False

    wait_for(answers)
    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
        yield client
