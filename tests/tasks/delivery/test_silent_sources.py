from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from schemas.source import Source
from tasks.delivery.silent_sources import silent_sources
from tasks.delivery.targets import Target
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import Inbox, deliver
from tests.flows.lakes import DAY, GOOD
from tests.tasks.steps.test_deliver_alerts import ingest

SOURCE = source_named("unicef_market")
CADENCE = SOURCE.cadence


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    """Return a lake with one vintage of a weekly source, retrieved on `DAY`."""
    store = MemoryStore()
    ingest(store, tmp_path, GOOD, day=0)
    return store


def silent(store: MemoryStore, at: datetime, source: Source = SOURCE) -> list[str]:
    """Return the last fetches of the sources that are silent at a time."""
    return [one.last for one in silent_sources(store, [source], at)]


def test_a_source_is_silent_after_two_of_its_intervals(store: MemoryStore) -> None:
    """Not before; one that was never ingested, has ended, or comes by hand, never is."""
    assert silent(store, DAY + 2 * CADENCE) == []
    late = DAY + 2 * CADENCE + timedelta(minutes=1)
    assert silent(store, late) == [DAY.isoformat()]
    assert silent(store, late, replace(SOURCE, ended="Ended.")) == []
    assert silent(store, late, replace(SOURCE, by_hand="Save the page.")) == []
    assert silent(store, late, source_named("find_tests")) == []


def test_a_fetch_that_was_refused_is_no_silence(store: MemoryStore) -> None:
    """The source answers; its schema is another matter."""
    store.put_if_absent("raw/unicef_market/fetches/20220220T000000Z-00000000.json", b"{}")
    assert silent(store, DAY + 2 * CADENCE + timedelta(minutes=1)) == []


def test_a_silence_is_one_message_until_the_source_is_fetched_again(
    store: MemoryStore, tmp_path: Path
) -> None:
    """A target that began during a silence is not notified of it."""
    inbox, came = Inbox(), list[tuple[int, str]]()
    for day in range(40):
        now = DAY + timedelta(days=day, hours=12)
        if day == 25:
            ingest(store, tmp_path, GOOD, day=25)
        deliver(store, inbox, now=now, sources=[SOURCE])
        came += [(day, title[:46]) for title in inbox.take()]
    text = "nothing was fetched from unicef_market since 1"
    assert came == [(14, text), (39, text.replace("since 1", "since 7"))]
    late = Inbox()
    for hour in range(0, 60, 5):
        now = DAY + timedelta(days=45, hours=hour)
        deliver(store, late, now=now, sources=[SOURCE], target=Target(name="late", url="x"))
    assert late.titles == []
