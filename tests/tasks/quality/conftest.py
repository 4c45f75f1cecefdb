"""What the tests of expectations share: a lake with a table that goes on as before, a waiver."""

from datetime import date, timedelta

import pytest

from schemas.expectations.expectation import Judgement
from schemas.waivers import Waiver
from tasks.quality.data_docs import page_name
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.published import cases, publish
from tests.tasks.vault.faults import copied

WHO = source_named("who_cases")
HOUR = timedelta(hours=1)
KNOWN = Waiver(
    rule="countries_gone",
    dataset="who_cases.*",
    reason="WHO lists it elsewhere from May on.",
    owner="anna@example.org",
    expires=date(2022, 6, 30),
)


def by_name(results: list[Judgement]) -> dict[str, Judgement]:
    """Return results by the name of their expectation."""
    return {one.expectation: one for one in results}


def page(store: MemoryStore, name: str = page_name("who_cases.cases")) -> str:
    """Return a page as text."""
    found = store.get(name)
    assert found is not None
    return found.body.decode()


@pytest.fixture(scope="session")
def made() -> MemoryStore:
    """Return the lake that each test gets a copy of."""
    lake = MemoryStore()
    for week in range(10):
        publish(lake, "who_cases", "cases", cases(week + 10), week=week)
    return lake


@pytest.fixture
def store(made: MemoryStore) -> Store:
    """Return a lake with ten weeks of cases that are as expected."""
    return copied(made)
