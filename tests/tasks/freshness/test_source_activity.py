"""What is read of a source's activity, and what it costs."""

import json
from datetime import timedelta
from pathlib import Path

import pycountry
import pytest

from benchmarks.counting import CountingStore
from tasks.freshness.source_activity import source_activity
from tasks.freshness.source_life import Activity
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.flows.lakes import CUT, DAY, GOOD, HEADER
from tests.tasks.steps.test_deliver_alerts import ingest
from tests.tasks.vault.faults import copied

SOURCE = source_named("unicef_market")


def days(count: float) -> timedelta:
    """Return a number of days."""
    return timedelta(days=count)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> MemoryStore:
    """Return the lake that each test gets a copy of."""
    store, folder = MemoryStore(), tmp_path_factory.mktemp("bodies")
    for day, body in enumerate((GOOD, CUT, CUT)):
        ingest(store, folder, body, day=day)
    return store


@pytest.fixture
def store(made: MemoryStore) -> Store:
    """Return a lake with three vintages, of which the last one is unchanged."""
    return copied(made)


def test_an_unchanged_snapshot_is_a_fetch_and_no_change(store: MemoryStore) -> None:
    """Both are read from the commit and from names."""
    assert source_activity(store, SOURCE) == Activity(
        source=SOURCE.name,
        last_as_of=DAY + days(2),
        last_change=DAY + days(1),
        last_fetch=DAY + days(2),
        vintages=3,
    )


def test_a_last_change_long_ago_is_found(store: MemoryStore, tmp_path: Path) -> None:
    """Also where its vintage is in a sealed page."""
    for day in range(3, 35):
        ingest(store, tmp_path, CUT, day=day)
    found = source_activity(store, SOURCE)
    assert (found.last_change, found.vintages) == (DAY + days(1), 35)


def test_failures_count_until_a_snapshot_comes(store: MemoryStore, tmp_path: Path) -> None:
    """They are named by their time; other files in the folder are none."""
    for name in ("20220211T000000Z-11111111", "20220213T000000Z-22222222", "20220214T06Z-x", "z"):
        store.put_if_absent(f"raw/{SOURCE.name}/failed/{name}.json", b"{}")
    store.put_if_absent(f"raw/{SOURCE.name}/failed/20220215T000000.000001Z-3.json", b"{}")
    found = source_activity(store, SOURCE)
    assert found.failures == 3
    assert found.failing_since == DAY + days(3)
    assert found.failed_at == DAY + days(5) + timedelta(microseconds=1)
    ingest(store, tmp_path, CUT, day=6)
    assert source_activity(store, SOURCE).failures == 0


def test_a_refused_snapshot_freezes_until_one_is_read(store: MemoryStore, tmp_path: Path) -> None:
    """It is a fetch; the sentence is that of the run."""
    other = b"Country,Shots\nPRK,1\n"
    assert ingest(store, tmp_path, other, day=3).outcomes[0].verdict == "blocked"
    found = source_activity(store, SOURCE)
    assert (found.refused_at, found.last_fetch) == (DAY + days(3), DAY + days(3))
    assert found.fault
    ingest(store, tmp_path, CUT, day=4)
    assert source_activity(store, SOURCE).refused_at is None


def test_held_vintages_count_until_one_is_accepted(store: MemoryStore, tmp_path: Path) -> None:
    """Two in a row; the next good page ends it."""
    countries = [one.alpha_3 for one in pycountry.countries][:60]
    full = (HEADER + "".join(f"{code},AstraZeneca,1000\n" for code in countries)).encode()
    ingest(store, tmp_path, full, day=3)
    for day in (4, 5):
        ingest(store, tmp_path, GOOD + b"THA,AstraZeneca,%d\n" % day, day=day)
    found = source_activity(store, SOURCE)
    assert (found.held, found.held_since) == (2, DAY + days(4))
    ingest(store, tmp_path, full, day=6)
    assert source_activity(store, SOURCE).held == 0


def test_activity_costs_six_requests_of_a_source_in_use(store: MemoryStore) -> None:
    """And four of one that the lake does not have."""
    counted = CountingStore(store)
    source_activity(counted, SOURCE)
    assert counted.since()["all"] <= 6
    assert source_activity(counted, source_named("who_cases")) == Activity(source="who_cases")
    assert counted.since()["all"] <= 4


def test_activity_is_no_matter_of_json(store: MemoryStore) -> None:
    """Records are not opened: one that is torn changes nothing."""
    key = f"raw/{SOURCE.name}/fetches/20220301T000000Z-00000000.json"
    store.put_if_absent(key, json.dumps({})[:1].encode())
    assert source_activity(store, SOURCE).last_fetch == DAY + days(19)
