"""The server that serving processes of one Prefect home share."""

import multiprocessing
import os
import stat
import time
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import pytest

from vaxwatch.orchestration.server_process import LOCK, own_server

pytestmark = [pytest.mark.slow, pytest.mark.server]
PATIENCE = 300


def keep(home: Path, pipe: Connection) -> None:
    """Share the server of a home until something comes through the pipe."""
    os.environ["PREFECT_HOME"] = str(home)
    with own_server(home) as (url, _):
        pipe.send(url)
        pipe.recv()


def answers(url: str) -> bool:
    """Return whether a server answers."""
    try:
        return httpx.get(f"{url}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def wait_until(url: str, *, up: bool) -> None:
    """Wait until a server answers, or no longer does."""
    until = time.monotonic() + PATIENCE
    while answers(url) is not up:
        assert time.monotonic() < until
        time.sleep(0.5)


def test_the_next_process_keeps_the_server_when_the_keeper_is_killed(tmp_path: Path) -> None:
    """The address stays the same; when nobody is left there is no server, and nobody reads it."""
    context = multiprocessing.get_context("spawn")
    home = tmp_path / "prefect"
    home.mkdir()
    (home / "prefect.db").touch(0o644)
    processes, pipes, urls = [], [], []
    for _ in range(2):
        here, there = context.Pipe()
        process = context.Process(target=keep, args=(home, there))
        process.start()
        assert here.poll(PATIENCE)
        processes.append(process)
        pipes.append(here)
        urls.append(here.recv())
    assert urls[0] == urls[1]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.glob("prefect.db*")}
    assert modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((home / LOCK).stat().st_mode) == 0o600

    processes[0].kill()
    processes[0].join()
    wait_until(urls[0], up=True)
    time.sleep(3)
    wait_until(urls[0], up=True)
    pipes[1].send("end")
    processes[1].join(PATIENCE)
    assert processes[1].exitcode == 0
    wait_until(urls[0], up=False)
