"""One Prefect server for the few tests that need one; most call a flow's function."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")

from prefect.testing.utilities import prefect_test_harness

from tests.flows.lakes import Lake


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Run a throw-away Prefect server, which takes up to half a minute to come up."""
    with prefect_test_harness(server_startup_timeout=180):
        yield


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return an empty lake."""
    return Lake(tmp_path)
