"""One Prefect server for the few tests that need one; most call a flow's function."""

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.servers import Launch, free_port, shared


def prefect(folder: Path) -> Launch:
    """Return how a throw-away Prefect server without pages is started."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/api"
    return Launch(
        address=address,
        command=[
            *(sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"),
            *("--host", "127.0.0.1", "--port", str(port), "--log-level", "error"),
        ],
        environment={"PREFECT_HOME": str(folder), "PREFECT_UI_ENABLED": "0"},
        answers=lambda: urlopen(f"{address}/health").close(),  # noqa: S310 (its own address)
    )


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Let flows run on the run's Prefect server, which takes up to half a minute to come up."""
    with temporary_settings({PREFECT_API_URL: shared("prefect", prefect)}):
        yield
        APILogWorker.instance().drain()
        EventsWorker.drain_all()
