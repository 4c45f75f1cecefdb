"""An empty lake, and the run's Prefect server."""

from pathlib import Path

import pytest

from tests.flows.lakes import Lake
from tests.prefect_server import prefect_server

__all__ = ["lake", "prefect_server"]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return an empty lake."""
    return Lake(tmp_path)
