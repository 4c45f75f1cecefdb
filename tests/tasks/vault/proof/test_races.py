"""Many writers at once, on every kind of store: nothing is lost, nothing is doubled."""

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from tasks.alerts.alert_log import alert_log
from tasks.alerts.published_alerts import publish_alerts
from tasks.alerts.record_findings import record_findings
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import read_metadata
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.alerts import read_alerts
from tests.ladder import CURRENT, LADDER, found
from tests.tasks.vault.conftest import NOW
from tests.tasks.vault.faults import Call, Disturbed, copied
from tests.tasks.vault.proof.operations import (
    OPERATIONS,
    course,
    enter,
    picture,
    published,
    report,
    slow,
)
from tests.thorough import quick, thorough

pytestmark = pytest.mark.long

WRITERS = 8
ROOT = Path(__file__).resolve().parents[4]


def at_once(work: Callable[[int], object], writers: int = WRITERS) -> None:
    """Let threads work at the same time; raise what any of them raised."""
    start = threading.Barrier(writers)

    def begin(number: int) -> None:
        start.wait(timeout=240)
        work(number)

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(begin, range(writers)))


def contents(store: Store) -> dict[str, tuple[object, ...]]:
    """Return rows and stamps of what BI opens; all but the number of the commit that wrote it."""
    shown: dict[str, tuple[object, ...]] = {}
    for key, body in published(store).items():
        metadata = {
            name: fact for name, fact in read_metadata(body).items() if not name.startswith("gen")
        }
        shown[key] = pl.read_parquet(body).rows(), metadata
    return shown


def alone(days: int) -> Store:
    """Return a lake into which one writer entered the reports of some days."""
    lake = MemoryStore()
    enter(lake, *(report(day, 10 * day) for day in range(1, days + 1)))
    return lake


def check(store: Store, days: int) -> None:
    """Assert that a lake holds the reports of all days, as if one writer had entered them."""
    one, many = alone(days), copied(store)
    assert picture(many) == picture(one)
    vault = VaultReader(many, "s")
    assert verify_vault(vault, deep=True) == []
    assert [number for number, _ in vault.log.entries()] == list(range(1, vault.log.length() + 1))
    frames = [
        {key: pl.read_parquet(body) for key, body in published(lake).items()}
        for lake in (one, many)
    ]
    assert frames[0].keys() == frames[1].keys()
    assert all(frames[0][key].equals(frames[1][key]) for key in frames[0])


KINDS = pytest.mark.parametrize(
    "store", ["memory", slow("folder"), "seaweed", slow("moto")], indirect=True
)
"""The real server is enough for every day; the light one takes one request at a time."""


@pytest.mark.parametrize(
    "store", ["memory", slow("folder"), thorough("seaweed"), slow("moto")], indirect=True
)
def test_eight_writers_of_one_source(store: Store) -> None:
    """Eight vintages by eight threads: each is there once, and what BI opens is right."""

    def work(number: int) -> None:
        enter(store, report(1 + number, 10 + 10 * number))

    at_once(work)
    check(store, WRITERS)


@KINDS
def test_eight_writers_of_the_same_vintages(store: Store) -> None:
    """All come with the same two snapshots: each is there once."""
    at_once(lambda _: enter(store, report(1, 10), report(2, 20)))
    check(store, 2)


@pytest.mark.parametrize("writers", [quick(2, 3), slow(WRITERS)])
def test_processes_of_one_source(tmp_path: Path, writers: int) -> None:
    """The same in a folder by processes, which share nothing else."""
    rivals = [sys.executable, "-m", "tests.tasks.vault.proof.rivals", str(tmp_path), str(writers)]
    done = subprocess.run(rivals, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    check(FolderStore(tmp_path), 2 * writers)


@pytest.mark.parametrize(
    ("name", "step"), [("newest", quick(7, 3)), slow("newest", 1), slow("backfill", 1)]
)
def test_another_writer_at_any_call(name: str, step: int) -> None:
    """Another writer commits and publishes between any two calls: both are there at the end."""
    calls = [call for call in course(name).calls if not call.is_done]
    expected = copied(course(name).begin)
    enter(expected, report(7, 77))
    OPERATIONS[name].run(expected)
    for chosen in calls[::step]:
        lake = copied(course(name).begin)

        def intrude(call: Call, number: int = chosen.number, lake: Store = lake) -> None:
            if (call.number, call.is_done) == (number, False):
                enter(lake, report(7, 77))

        OPERATIONS[name].run(Disturbed(lake, intrude))
        assert picture(lake) == picture(expected)
        assert contents(lake) == contents(expected)


def test_four_writers_of_the_alert_log(store: Store) -> None:
    """Two sources report their findings at once, each twice: every event is recorded once."""
    reported = {source: found(list(LADDER), source=source) for source in ("one", "two")}

    def work(number: int) -> None:
        source = list(reported)[number % 2]
        record_findings(
            store, reported[source], source=source, origin="live", at=NOW, judged=CURRENT
        )
        publish_alerts(store, on=NOW.date())

    at_once(work, 4)
    entries = [entry for _, entry in alert_log(store).entries()]
    assert sorted(entry["source"] for entry in entries) == ["one", "two"]
    assert len(entries[0]["events"]) == len(entries[1]["events"])
    assert len(read_alerts(store)) == len(reported["one"]) + len(reported["two"])
    blob = store.get("alerts/alerts.parquet")
    assert blob is not None
    assert pl.read_parquet(blob.body).height == len(read_alerts(store))
