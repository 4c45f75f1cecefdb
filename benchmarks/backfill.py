"""Backfills of real folders by one thread, by several, and by two workers of Dask.

Each turn is a process of its own that runs every way once, by turns with the others, so that a busy
machine affects them all. `read`: up to the commit of the last chunk, without tables, rules and
quality checks. CPU seconds are those of this process and of the workers together.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tasks.pipeline.backfill import backfill_source
from tasks.pipeline.bulk import worker_pools
from tasks.pipeline.bulk.progress import Progress, watched_by
from tasks.pipeline.bulk.worker_pools import OpenPool, Runner, WorkerPool, dask_client, local_pool
from tasks.runs.run_context import open_run
from tests.conftest import CORPUS

FOLDERS = {
    "undp_vaccine_equity": "undp_vaccine_equity",
    "find_tests": "find_tests_timeseries",
    "owid_vaccinations": "owid_vaccinations",
}
TURNS = 3
WORKERS = 2
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the medians of several turns, each a process; one turn when quick."""
    turns = [_turn() for _ in range(1 if quick else TURNS)]
    return {
        source: {
            "snapshots": turns[0][source]["serial"]["snapshots"],
            **{way: _medians(source, way, turns) for way in turns[0][source]},
        }
        for source in FOLDERS
    } | {"load_before_turns": [turn["load"] for turn in turns]}


def _turn() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.backfill"], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _medians(source: str, way: str, turns: list[dict[str, Any]]) -> dict[str, float]:
    def middle(name: str) -> float:
        return median(turn[source][way][name] for turn in turns)

    def speed_up(name: str) -> float:
        ratios = [turn[source]["serial"][name] / turn[source][way][name] for turn in turns]
        return round(median(ratios), 2)

    return {
        "read_s": round(middle("read_s"), 2),
        "whole_s": round(middle("whole_s"), 2),
        "cpu_s": round(middle("cpu_s"), 2),
        "snapshots_per_s": round(middle("snapshots") / middle("read_s"), 1),
        "speed_up_read": speed_up("read_s"),
        "speed_up_whole": speed_up("whole_s"),
    }


def one_turn() -> dict[str, Any]:
    """Return the seconds of each source by each way; a first run of each does not count."""
    pools: dict[str, OpenPool] = {"serial": local_pool, "threads": local_pool}
    found: dict[str, Any] = {"load": round(os.getloadavg()[0], 1)}
    with _cluster() as dask_pool:
        if dask_pool:
            pools["dask"] = dask_pool
        for source, folder in FOLDERS.items():
            for way, pool in pools.items():
                _once(source, folder, way, pool)
            found[source] = {way: _once(source, folder, way, pool) for way, pool in pools.items()}
    return found


@contextmanager
def _cluster() -> Generator[OpenPool | None]:
    """Start two workers that stay for all runs of a turn; None where Dask is not installed."""
    if find_spec("distributed") is None:
        yield None
        return
    worker_pools.PROCESSES = WORKERS  # pyright: ignore[reportAttributeAccessIssue]
    with dask_client() as client:

        @contextmanager
        def there(_runner: Runner) -> Generator[WorkerPool]:
            submit = client.get_executor(pure=False).submit
            yield WorkerPool(submit=submit, workers=WORKERS, is_remote=True)

        there.client = client  # pyright: ignore[reportFunctionMemberAccess]
        yield there


def _once(source: str, folder: str, way: str, pool: OpenPool) -> dict[str, float]:
    client = getattr(pool, "client", None)
    worker_pools.THREADS = 1 if way == "serial" else WORKERS  # pyright: ignore[reportAttributeAccessIssue]
    ends: list[float] = []

    def watch(progress: Progress) -> None:
        if progress.step == "publish-snapshots" and not ends:
            ends.append(perf_counter())

    with tempfile.TemporaryDirectory() as name, watched_by(watch):
        run = open_run(source, str(Path(name) / "lake"), at=NOW, check_quality=False)
        start, cpu = perf_counter(), _cpu(client)
        runner = "dask" if way == "dask" else "threads"
        done = backfill_source(run, f"dir:{CORPUS / folder}", runner=runner, open_pool=pool)
        whole = perf_counter() - start
        spent = _cpu(client) - cpu
    assert not done.failed
    return {
        "snapshots": len(done.outcomes),
        "read_s": ends[0] - start,
        "whole_s": whole,
        "cpu_s": spent,
    }


def cpu_here() -> float:
    """Return the CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _cpu(client: Any) -> float:
    return cpu_here() + (sum(client.run(cpu_here).values()) if client else 0.0)


if __name__ == "__main__":
    print(json.dumps(one_turn()))
