"""What serving costs when nothing is due, and what a server's scheduler costs: CPU seconds.

A Prefect server of its own (SQLite), one `vaxwatch serve`, schedules that are not due for years;
then deployments in large numbers, each with a daily schedule. CPU seconds are those of the
processes, so that other work on the machine counts little.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_URL, temporary_settings

from vaxwatch.orchestration.server_process import LOCK

PATIENCE: Final = 300
FILE: Final = """
deployments:
  - name: never
    entrypoint: flows/ingest_snapshot.py:ingest_snapshot
    parameters: {source: who_cases}
    schedules: [{cron: "0 0 29 2 *"}]
    tags: [vaxwatch, "source:who_cases", ingest]
"""


def measure(*, quick: bool) -> dict[str, Any]:
    """Return CPU seconds per minute of both processes, idle and with many deployments."""
    many, window = (100, 20) if quick else (1000, 60)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "prefect"
        file = Path(folder) / "prefect.yaml"
        file.write_text(FILE)
        serve = ["vaxwatch", "--lake", f"{folder}/lake", "serve", "--schedules", str(file)]
        quiet = {"PREFECT_HOME": str(home), "PREFECT_API_URL": ""}
        with (Path(folder) / "log").open("w+") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *serve], stderr=log, env=os.environ | quiet
            )
            try:
                return _figures(process, home, Path(folder) / "log", many=many, window=window)
            finally:
                process.terminate()
                process.wait(PATIENCE)


def _figures(
    process: subprocess.Popen[bytes], home: Path, log: Path, *, many: int, window: int
) -> dict[str, Any]:
    until = time.monotonic() + PATIENCE
    while "On schedule until" not in log.read_text():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(1)
    serving = process.pid
    [server] = _children(serving)
    start = {"serve": round(_cpu(serving), 1), "server": round(_cpu(server), 1)}
    time.sleep(window / 2)  # what comes after a start
    idle = _per_minute({"serve": serving, "server": server}, window)
    url = f"http://127.0.0.1:{(home / LOCK).read_text()}/api"
    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
        before = _cpu(server)
        _register(client, many)
        registered = _cpu(server) - before
        _await_scheduled(client, many)
        scheduled = _cpu(server) - before - registered
    busy = _per_minute({"serve": serving, "server": server}, window)
    return {
        "cpu_s_until_served": start,
        "idle_cpu_s_per_minute": idle,
        "deployments": many,
        "cpu_s_to_register": round(registered, 1),
        "cpu_s_of_ticks_left": round(scheduled, 1),
        "cpu_s_per_minute_with_deployments": busy,
        "mb": {name: _megabytes(one) for name, one in (("serve", serving), ("server", server))},
    }


def _register(client: SyncPrefectClient, many: int) -> None:
    flow = client.create_flow_from_name("ingest-snapshot")
    daily = CronSchedule(cron="0 3 * * *", timezone="UTC")
    for number in range(many):
        client.create_deployment(
            flow_id=flow,
            name=f"source-{number}",
            schedules=[DeploymentScheduleCreate(schedule=daily)],
            tags=["many"],
        )


def _await_scheduled(client: SyncPrefectClient, many: int) -> None:
    """Wait until every deployment has its three next runs."""
    until = time.monotonic() + PATIENCE * 2
    while True:
        counted = client.request("POST", "/flow_runs/count", json={}).json()
        if counted >= 3 * many:
            return
        assert time.monotonic() < until, counted
        time.sleep(5)


def _per_minute(processes: dict[str, int], window: int) -> dict[str, float]:
    before = {name: _cpu(one) for name, one in processes.items()}
    time.sleep(window)
    return {
        name: round((_cpu(one) - before[name]) * 60 / window, 2) for name, one in processes.items()
    }


def _children(pid: int) -> list[int]:
    there = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [one for one in there if (stat := _stat(one)) and int(stat[1]) == pid]


def _stat(pid: int) -> list[str]:
    """Return what /proc has of a process, from its state on; nothing where it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu(pid: int) -> float:
    """Return the CPU seconds of a process, user and system, without its children."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
