"""A lake and a web archive for each test."""

from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tasks.vault.backends.memory_store import MemoryStore
from tests.tasks.origins.repository import Repository
from tests.tasks.origins.web_archive import WebArchive


@pytest.fixture
def web(httpserver: HTTPServer) -> WebArchive:
    """Return a web archive without captures."""
    return WebArchive(httpserver)


@pytest.fixture
def lake() -> MemoryStore:
    """Return an empty lake."""
    return MemoryStore()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return an empty repository."""
    return Repository(tmp_path / "data")
