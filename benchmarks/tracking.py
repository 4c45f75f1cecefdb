"""What tracking costs: an ingest as a flow run of a Prefect server, and as a plain function.

The same flow, the same tables: 20 countries, of which three have another figure each time, so that
the run has its page, its table and its picture. The server is our own, on loopback, on a database
of its own. The first run of each kind does not count; medians of the others, in turns.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.unattended import COUNTRIES, DAY

Spent = tuple[float, float, float]
NAMES: Final = ("wall [s]", "CPU [s]", "CPU of the server [s]")
TURNS: Final = 3
PATIENCE: Final = 300
"""Seconds until a server that does not answer has failed."""


def measure(*, quick: bool) -> dict[str, Any]:
    """Return CPU and wall seconds of both kinds of run, of this process and of the server."""
    turns = 1 if quick else TURNS
    with tempfile.TemporaryDirectory() as name, _server(Path(name)) as server:
        from prefect.settings import PREFECT_API_URL, temporary_settings  # noqa: PLC0415 (its home)

        from flows.ingest_snapshot import ingest_snapshot  # noqa: PLC0415 (as above)

        spent: dict[str, list[Spent]] = {"tracked": [], "plain": []}
        with temporary_settings({PREFECT_API_URL: server[0]}):
            for turn in range(turns + 1):
                for kind, run in (("tracked", ingest_snapshot), ("plain", ingest_snapshot.fn)):
                    job = partial(run, **_table(Path(name), kind, turn))
                    spent[kind].append(_spent(job, server[1]))
    figures: dict[str, Any] = {
        kind: {
            name: round(median(values), 2)
            for name, values in zip(NAMES, zip(*runs[1:], strict=True), strict=True)
        }
        for kind, runs in spent.items()
    }
    more = {name: round(figures["tracked"][name] - figures["plain"][name], 2) for name in NAMES}
    return figures | {"more": more}


def _spent(job: Callable[[], object], server: int) -> Spent:
    """Return the wall and CPU seconds of a job, and the CPU seconds of the server meanwhile."""
    served, cpu, start = _cpu_of(server), time.process_time(), time.perf_counter()
    job()
    wall = time.perf_counter() - start
    return wall, time.process_time() - cpu, _cpu_of(server) - served


def _table(folder: Path, kind: str, turn: int) -> dict[str, Any]:
    """Write the table of a turn; return the parameters of its run."""
    file = folder / "table.csv"
    rows = [
        f"{country},AstraZeneca,{1_000_000 + (turn * 7 if place in {2, 9, 15} else 0)}"
        for place, country in enumerate(COUNTRIES)
    ]
    file.write_text("\n".join(["Recipient ISO,Vaccine Name,Doses Allocated", *rows, ""]))
    return {
        "source": "unicef_market",
        "lake": str(folder / kind),
        "file": str(file),
        "retrieved_at": DAY + timedelta(days=turn),
        "quality": False,
    }


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, int]]:
    """Run a Prefect server without pages; yield its address and the number of its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    os.environ.update(
        quiet | {"PREFECT_HOME": str(folder / "home"), "PREFECT_LOGGING_LEVEL": "INFO"}
    )
    os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"
    app = "prefect.server.api.server:create_app"
    command = [sys.executable, "-m", "uvicorn", "--factory", app, "--log-level", "error"]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        env=os.environ | {"PREFECT_UI_ENABLED": "0"},
    )
    try:
        _await(f"http://127.0.0.1:{port}/api/health", process)
        yield f"http://127.0.0.1:{port}/api", process.pid
    finally:
        process.kill()
        process.wait()


def _await(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            urlopen(address, timeout=PATIENCE).close()  # noqa: S310 (on loopback)
        except URLError:
            time.sleep(0.5)
        else:
            return
    raise TimeoutError(address)


def _cpu_of(process: int) -> float:
    """Return the processor seconds of another process so far; 0 on other systems than Linux."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
