"""What the tests of expectations share: a lake with a table that goes on as before."""

import pytest

from tasks.vault.memory import MemoryStore
from tests.published import cases, publish


@pytest.fixture
def store() -> MemoryStore:
    """Return a lake with ten weeks of cases that are as expected."""
    lake = MemoryStore()
    for week in range(10):
        publish(lake, "who_cases", "cases", cases(week + 10), week=week)
    return lake
