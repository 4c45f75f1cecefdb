"""Real Dask clusters on loopback."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from schemas.errors import Transient
from tasks.pipeline.bulk import worker_pools
from tasks.pipeline.bulk.progress import Progress, watched_by
from tests.servers import free_port
from tests.tasks.pipeline.bulk.archives import archive, backfilled, shown

COUNT = 40
distributed: Any = resolve_name("distributed")  # its annotations are wrong in several places


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run two workers, each a process with one thread; yield a client."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as running,
        distributed.Client(running, set_as_default=False) as client,
    ):
        monkeypatch.setenv("VAXWATCH_DASK_ADDRESS", running.scheduler_address)
        yield client


@pytest.mark.slow
def test_two_workers_one_of_them_killed_give_the_lake_of_a_serial_run(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-way one process is killed for good; the lake is the same, row by row."""
    pids = cluster.run(os.getpid)
    assert len(pids) == 2
    victim = next(iter(pids.values()))
    killed: list[int] = []

    def watch(progress: Progress) -> None:
        if progress.read >= COUNT // 2 and not killed:
            killed.append(victim)
            os.kill(victim, signal.SIGKILL)

    origin = archive(tmp_path / "archive", COUNT)
    with watched_by(watch):
        summary = backfilled(tmp_path / "lake", origin, runner="dask", chunk=16)
    assert killed == [victim]
    assert victim not in cluster.run(os.getpid).values()
    assert [one.verdict for one in summary.outcomes] == ["new"] * COUNT
    monkeypatch.setattr(worker_pools, "THREADS", 1)
    backfilled(tmp_path / "serial", origin, chunk=16)
    assert shown(tmp_path / "lake") == shown(tmp_path / "serial")
    assert not [*(tmp_path / "lake").rglob("*.zip")]


@pytest.mark.slow
def test_a_cluster_of_its_own_ends_with_the_run(tmp_path: Path) -> None:
    """Without an address a local one is started, on loopback, and leaves no process behind."""
    origin = archive(tmp_path / "archive", 4)
    summary = backfilled(tmp_path / "lake", origin, runner="dask")
    assert [one.verdict for one in summary.outcomes] == ["new"] * 4
    assert summary.origin_notes == []
    assert children(os.getpid()) == []


def test_an_address_where_nobody_listens_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may pass, so a run tries again; nothing was changed."""
    monkeypatch.setenv("VAXWATCH_DASK_ADDRESS", f"tcp://127.0.0.1:{free_port()}")
    monkeypatch.setattr(worker_pools, "CONNECT_SECONDS", 1)
    with pytest.raises(Transient, match="Nothing was changed"):
        backfilled(tmp_path / "lake", archive(tmp_path / "archive", 1), runner="dask")


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run, but helpers of Python."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rsplit(")", 1)[1].split()
            command = (stat.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(words[1]) == pid and words[0] != "Z" and "resource_tracker" not in command:
            found.append(int(stat.parent.name))
    return found
