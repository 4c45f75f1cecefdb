"""Servers that all processes of one test run share.

The first test that needs a server starts it; the process that began the run ends it, by its number.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = "VAXWATCH_TEST_SERVERS"
"""The variable with the file that lists the servers of a run."""
PATIENCE = 300
"""Seconds; a server may need a minute to come up on a machine that others use."""
ATTEMPTS = 3
"""Another program may take a port between our look at it and the server's start."""


@dataclass(frozen=True)
class Launch:
    """How a server is started, and a call that raises as long as it does not answer."""

    address: str
    command: Sequence[str]
    answers: Callable[[], object]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def open_run() -> None:
    """Make the folder in which the servers of this run are written down."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="vaxwatch-servers-")


def close_run() -> None:
    """End the servers of this run."""
    folder = Path(os.environ.pop(FOLDER))
    for noted in folder.glob("*.pid"):
        with suppress(ProcessLookupError):  # one that ended by itself has failed its tests
            os.kill(int(noted.read_text()), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def shared(name: str, prepare: Callable[[Path], Launch]) -> str:
    """Return the address of this run's server, started if no test has needed it before.

    Args:
        name: What the server is called among those of the run.
        prepare: Takes an empty folder for the server, returns how it is started there.
    """
    run = Path(os.environ[FOLDER])
    noted = run / f"{name}.address"
    with _alone(run / f"{name}.lock"):
        if not noted.exists():
            noted.write_text(_start(run, name, prepare))
        return noted.read_text()


def shared_folder(name: str, fill: Callable[[Path], None]) -> Path:
    """Return a folder of this run that is only read, filled if no test has needed it before.

    `fill` takes its path, at which there is nothing yet.
    """
    run = Path(os.environ[FOLDER])
    folder, done = run / name, run / f"{name}.filled"
    with _alone(run / f"{name}.lock"):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            fill(folder)
            done.touch()
        return folder


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process of the run at a time in."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(run: Path, name: str, prepare: Callable[[Path], Launch]) -> str:
    output = ""
    for attempt in range(ATTEMPTS):
        folder = run / f"{name}-{attempt}"
        folder.mkdir()
        launch = prepare(folder)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                launch.command,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=os.environ | launch.environment,
                start_new_session=True,
            )
        (run / f"{name}.pid").write_text(str(server.pid))
        if _comes_up(server, launch.answers):
            server.returncode = 0  # it outlives this process: Popen need not ask for its end
            return launch.address
        server.kill()
        server.wait()
        (run / f"{name}.pid").unlink()
        output = (folder / "log").read_text()[-2000:]
    raise AssertionError(output)


def _comes_up(server: subprocess.Popen[bytes], answers: Callable[[], object]) -> bool:
    """Wait until a server answers; return whether it did."""
    until = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < until:
        try:
            answers()
        except Exception:  # noqa: BLE001 (whatever a server says while it is starting)
            time.sleep(0.2)
        else:
            return True
    return False
