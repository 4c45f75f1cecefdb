"""The Prefect server that `vaxwatch serve` starts where none is configured.

All serving processes of one Prefect home share it: one of them holds the lock and keeps the server
running, on a port that stays the same; when that one ends, however it ends, the next takes over.
It listens on loopback, sends no telemetry, and its database is readable by its owner alone.
"""

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx

from schemas.errors import FetchFailed
from vaxwatch.console import report

SERVER: Final = """
import os, signal, sys, threading, time
def end_with_the_parent():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=end_with_the_parent, daemon=True).start()
import uvicorn
uvicorn.run("prefect.server.api.server:create_app", factory=True, host="127.0.0.1",
    port=int(sys.argv[1]), log_level="error", timeout_graceful_shutdown=5)
"""
"""A server until standard input ends: the other end of the pipe closes with its process."""
SERVER_ENVIRONMENT: Final = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "10",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
        "prefect.server.concurrency.lease_storage.filesystem"
    ),
}
"""No telemetry (the pages of version 2 ask a host for it); runs that ended 90 days ago are removed;
a run that waits for a place looks every ten seconds; places that are taken are known to the next
server, too."""
SERVER_STARTS: Final = timedelta(seconds=180)
SERVER_STOPS: Final = timedelta(seconds=20)
INTERVAL: Final = 1.0
"""Seconds between two checks of the server, and of the one who keeps it."""
LOCK: Final = "vaxwatch-server.lock"
"""The file in Prefect's home that is locked by the keeper and has the port."""
OWNER_ONLY: Final = 0o600


@contextlib.contextmanager
def own_server(home: Path) -> Generator[tuple[str, bool]]:
    """Start or share the Prefect server of a home.

    Yields its API's address, and whether it was started now: then no run of before goes on.
    Raises FetchFailed where it does not come up.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in home.glob("prefect.db*"):  # of a server that was started otherwise
        path.chmod(OWNER_ONLY)
    keeper = _Keeper(home / LOCK)
    try:
        is_new = keeper.check()
        url = keeper.url()
        _await(url, keeper)
        ending = threading.Event()
        thread = threading.Thread(target=keeper.keep, args=(ending,), daemon=True)
        thread.start()
        try:
            yield url, is_new
        finally:
            ending.set()
            thread.join()
    finally:
        keeper.close()


class _Keeper:
    """The keeper of a server, or one who waits to become it."""

    def __init__(self, path: Path) -> None:
        self._home = path.parent
        self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY)
        self._is_keeper = False
        self._process: subprocess.Popen[bytes] | None = None

    def url(self) -> str:
        """Return the address, once the keeper has chosen a port. Raises FetchFailed."""
        until = time.monotonic() + INTERVAL * 10
        while not (port := self._port()):
            if time.monotonic() > until:
                raise FetchFailed("Prefect's server", "its keeper has chosen no port")
            time.sleep(INTERVAL / 10)
        return _address(port)

    def keep(self, ending: threading.Event) -> None:
        """Look after the server until the end."""
        while not ending.wait(INTERVAL):
            self.check()

    def check(self) -> bool:
        """Become the keeper if nobody is; start the server if it is this one's and not there.

        Return whether it was started.
        """
        if not self._is_keeper:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            self._is_keeper = True
        if self._process and not self.has_failed():
            return False
        if self._process:
            report("Prefect's server has ended; it is started again.")
        self._process = _started(self._chosen_port(), self._home)
        return True

    def has_failed(self) -> bool:
        """Return whether this one's server has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def close(self) -> None:
        """End the server if it is this one's, then let the next one keep it."""
        if self._process:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(SERVER_STOPS.total_seconds())
            self._process.kill()
            self._process.communicate()
        os.close(self._lock)

    def _port(self) -> int | None:
        text = os.pread(self._lock, 16, 0).decode(errors="replace").strip()
        return int(text) if text.isdigit() else None

    def _chosen_port(self) -> int:
        """Return the port of before where nobody has it, else a free one, and write it down."""
        for wanted in (self._port() or 0, 0):
            with socket.socket() as probe, contextlib.suppress(OSError, OverflowError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", wanted))
                port = int(probe.getsockname()[1])
                os.ftruncate(self._lock, 0)
                os.pwrite(self._lock, str(port).encode(), 0)
                return port
        raise FetchFailed("127.0.0.1", "no port is free")


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}/api"


def _started(port: int, home: Path) -> subprocess.Popen[bytes]:
    """Start a server that ends with this process, however that ends.

    It has a session of its own, so that Ctrl-C does not reach it before we end it.
    """
    url = _address(port)
    places = {"PREFECT_API_URL": url, "PREFECT_SERVER_UI_API_URL": url, "PREFECT_HOME": str(home)}
    return subprocess.Popen(  # noqa: S603 (our own interpreter, no shell)
        [sys.executable, "-c", SERVER, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        umask=0o077,
        env=SERVER_ENVIRONMENT | os.environ | places,
    )


def _await(url: str, keeper: _Keeper) -> None:
    """Wait until a server answers. Raises FetchFailed."""
    until = time.monotonic() + SERVER_STARTS.total_seconds()
    while True:
        try:
            httpx.get(f"{url}/health", timeout=INTERVAL * 10, trust_env=False).raise_for_status()
        except httpx.HTTPError as error:
            if keeper.has_failed() or time.monotonic() > until:
                raise FetchFailed(url, "Prefect's server did not start") from error
            time.sleep(INTERVAL / 2)
        else:
            return
