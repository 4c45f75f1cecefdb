"""Serving: the schedules of a prefect.yaml, run by one long-lived process.

What is off in the file (`active: false`) stays off and is named. Without a Prefect server one is
started on loopback and ended with this process.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path
from pkgutil import resolve_name

import prefect
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Schedule
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.types.entrypoint import EntrypointType

from schemas.errors import FetchFailed, WrongUse
from vaxwatch.console import report
from vaxwatch.prefect_file import DeploymentEntry, off, scheduled_entries

SERVER = """
import os, runpy, signal, sys, threading
def end_with_the_parent():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_the_parent, daemon=True).start()
runpy.run_module("prefect", run_name="__main__", alter_sys=True)
"""
"""`prefect …` until standard input ends: the other end of the pipe closes with its process."""
SERVER_STARTS = timedelta(seconds=180)
SERVER_STOPS = timedelta(seconds=20)


def serve(lake: str, *, prefect_file: Path) -> None:
    """Run every active schedule of a prefect.yaml against a lake until interrupted.

    What is served and what is off is reported on standard error.
    Raises WrongUse when the file cannot be used, FetchFailed when no Prefect server comes up.
    """
    deployments = served(prefect_file, lake=lake)
    entries = scheduled_entries(prefect_file)
    for sentence in off(entries):
        report(sentence)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _server(), tempfile.TemporaryDirectory(prefix="prefect-") as scratch:
        tempfile.tempdir = scratch  # of Prefect's runner, whose own name all users share
        names = ", ".join(entry.name for entry in entries if not entry.is_off)
        report(f"On schedule until this process is interrupted: {names}")
        prefect.serve(*deployments, print_starting_message=False)


def served(prefect_file: Path, *, lake: str) -> list[RunnerDeployment]:
    """Return the deployments of a prefect.yaml that have a schedule, those that are off included.

    Raises WrongUse when the file cannot be used or no schedule in it is active.
    """
    entries = scheduled_entries(prefect_file)
    if not entries:
        raise WrongUse(f"{prefect_file} schedules nothing. Give a deployment 'schedules'.")
    if len(sentences := off(entries)) == len(entries):
        raise WrongUse(f"{prefect_file} has no active schedule. {' '.join(sentences)}")
    lasting = lake if ":" in lake else str(Path(lake).resolve())  # in any working directory
    deployments: list[RunnerDeployment] = []
    for entry in entries:
        try:
            deployments.append(_deployment(entry, lake=lasting))
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            raise WrongUse(
                f"{prefect_file}: {entry.name} cannot be served ({error}). Mend it there."
            ) from error
    return deployments


def _deployment(entry: DeploymentEntry, *, lake: str) -> RunnerDeployment:
    path, name = entry.entrypoint.split(":")
    flow = resolve_name(f"{'.'.join(Path(path).with_suffix('').parts)}:{name}")
    limit = entry.concurrency_limit
    return flow.to_deployment(
        entry.name,
        description=entry.description,
        parameters={**entry.parameters, "lake": lake},
        schedules=[Schedule(**one.model_dump(exclude_unset=True)) for one in entry.schedules or ()],
        tags=entry.tags,
        paused=entry.paused,  # ending this process pauses it; starting resumes it
        concurrency_limit=limit
        if isinstance(limit, int | None)
        else ConcurrencyLimitConfig(**limit.model_dump(exclude_unset=True)),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


@contextlib.contextmanager
def _server() -> Generator[None]:
    """Use the Prefect server that is set, else one that lives as long as this context."""
    if PREFECT_API_URL.value():
        yield
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    process = _started(port, url)
    try:
        with temporary_settings({PREFECT_API_URL: url}):
            _await(process)
            report(f"Prefect's server, for as long as this runs: {url}")
            yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SERVER_STOPS.total_seconds())
        process.kill()
        process.wait()


def _started(port: int, url: str) -> subprocess.Popen[bytes]:
    """Start a server that ends with this process, however that ends.

    It has a session of its own, so that Ctrl-C does not reach it before we end it.
    """
    command = [sys.executable, "-c", SERVER, "server", "start", "--host", "127.0.0.1"]
    return subprocess.Popen(  # noqa: S603 (our own interpreter, no shell)
        [*command, "--port", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env=os.environ | {"PREFECT_API_URL": url, "PREFECT_SERVER_UI_API_URL": url},
    )


def _await(process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SERVER_STARTS.total_seconds()
    with get_client(sync_client=True) as client:
        while client.api_healthcheck() is not None:
            if process.poll() is not None or time.monotonic() > until:
                raise FetchFailed(str(client.api_url), "Prefect's server did not start")
            time.sleep(0.5)
