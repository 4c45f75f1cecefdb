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
import time
from collections.abc import Generator, Mapping
from datetime import timedelta
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import prefect
import typer
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Schedule
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.types.entrypoint import EntrypointType
from rich.console import Console

from schemas.errors import FetchFailed, WrongUse

PREFECT_FILE = Path(__file__).resolve().parents[1] / "deployments" / "prefect.yaml"
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


def serve(lake: str, *, prefect_file: Path, urls: Mapping[str, str]) -> None:
    """Run every active schedule of a prefect.yaml against a lake until interrupted.

    Those that are off are listed on standard error.
    `urls`: by source, another address to fetch from than the declared one.
    Raises WrongUse when the file cannot be used, FetchFailed when no Prefect server comes up.
    """
    deployments = served(prefect_file, lake=lake, urls=urls)
    for sentence in off(prefect_file):
        typer.echo(sentence, err=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _server():
        prefect.serve(*deployments)


def served(
    prefect_file: Path, *, lake: str, urls: Mapping[str, str] | None = None
) -> list[RunnerDeployment]:
    """Return the deployments of a prefect.yaml that have a schedule, those that are off included.

    Raises WrongUse when the file cannot be used or no schedule in it is active.
    """
    scheduled = _scheduled(prefect_file)
    if not scheduled:
        raise WrongUse(f"{prefect_file} schedules nothing. Give a deployment 'schedules'.")
    if len(sentences := off(prefect_file)) == len(scheduled):
        raise WrongUse(f"{prefect_file} has no active schedule. {' '.join(sentences)}")
    lasting = lake if ":" in lake else str(Path(lake).resolve())  # in any working directory
    return [_deployment(entry, lake=lasting, urls=urls or {}) for entry in scheduled]


def off(prefect_file: Path) -> list[str]:
    """Return a sentence for each deployment whose schedules are all off: its name, and why."""
    return [
        f"{entry['name']} is off. {entry.get('description') or 'The file does not say why.'}"
        for entry in _scheduled(prefect_file)
        if not any(schedule.get("active", True) for schedule in entry["schedules"])
    ]


def _scheduled(prefect_file: Path) -> list[dict[str, Any]]:
    try:
        document: dict[str, Any] = yaml.safe_load(prefect_file.read_text(encoding="utf-8"))
        return [entry for entry in document["deployments"] if entry.get("schedules")]
    except FileNotFoundError as error:
        raise WrongUse(
            f"{prefect_file}: there is no such file; expected a prefect.yaml with schedules (an "
            f"installed wheel carries none). Write one, in the form of deployments/prefect.yaml "
            f"in the repository, and name it: vaxwatch serve --schedules F.yaml"
        ) from error
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise WrongUse(f"{prefect_file} is no prefect.yaml ({error}). Mend it.") from error


def _deployment(
    entry: Mapping[str, Any], *, lake: str, urls: Mapping[str, str]
) -> RunnerDeployment:
    path, name = str(entry["entrypoint"]).rsplit(":", maxsplit=1)
    flow = resolve_name(f"{'.'.join(Path(path).with_suffix('').parts)}:{name}")
    parameters: dict[str, Any] = {**entry.get("parameters", {}), "lake": lake}
    if url := urls.get(parameters.get("source", "")):
        parameters["url"] = url
    limit: dict[str, Any] | None = entry.get("concurrency_limit")
    return flow.to_deployment(
        entry["name"],
        description=entry.get("description"),
        parameters=parameters,
        schedules=[Schedule(**_with_interval(schedule)) for schedule in entry["schedules"]],
        tags=entry.get("tags"),
        paused=entry.get("paused", False),  # ending this process pauses it; starting resumes it
        concurrency_limit=ConcurrencyLimitConfig(**limit) if limit else None,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def _with_interval(schedule: dict[str, Any]) -> dict[str, Any]:
    seconds = schedule.get("interval")
    return schedule if seconds is None else schedule | {"interval": timedelta(seconds=seconds)}


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
            Console(stderr=True).print(f"Prefect's server, for as long as this runs: {url}")
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
