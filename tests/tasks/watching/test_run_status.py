"""The last runs, from their records in the lake."""

import re
from datetime import UTC, datetime, timedelta

from benchmarks.counting import CountingStore
from tasks.runs.run_records import RunRecord, run_record_problems, write_record
from tasks.vault.backends.memory_store import MemoryStore
from tasks.watching.run_status import last_runs, newest_run

NOW = datetime(2022, 3, 1, 12, tzinfo=UTC)


def ran(store: MemoryStore, days: float, state: str, operation: str = "ingest") -> None:
    """Record a run that began a number of days ago."""
    started = NOW - timedelta(days=days)
    record = RunRecord(
        operation=operation,
        source="who_cases",
        started=started,
        ended=started + timedelta(seconds=5),
        seconds=5,
        state=state,
        error="It is gone." if state == "Failed" else "",
    )
    write_record(store, record)


def test_the_last_run_of_each_operation_is_read() -> None:
    """The runs of two weeks are counted, and one record per operation is read."""
    store = MemoryStore()
    for days, state in ((60, "Failed"), (3, "Published"), (2, "Failed"), (1, "Unchanged")):
        ran(store, days, state)
    ran(store, 0.5, "Failed", "backfill")
    counted = CountingStore(store)
    backfill, ingest = last_runs(counted, at=NOW)
    assert counted.since() == {"list": 1, "get": 2, "all": 3}
    assert (ingest.operation, ingest.state, ingest.runs, ingest.error) == (
        *("ingest", "Unchanged", 3, ""),
    )
    assert ingest.states == {"Published": 1, "Failed": 1, "Unchanged": 1}
    assert (backfill.state, backfill.error, backfill.runs) == ("Failed", "It is gone.", 1)
    assert newest_run([ingest, backfill], "who_cases") == backfill
    assert newest_run([ingest, backfill], "un_population") is None


def test_records_of_an_earlier_version_are_read_for_their_state() -> None:
    """Their names have none; two weeks after an update there are no more of them."""
    store = MemoryStore()
    for days, state in ((3, "Published"), (2, "Failed"), (1, "Failed")):
        ran(store, days, state)
    for key in list(store.list("runs/"))[:2]:
        blob = store.get(key)
        assert blob is not None
        store.put_if_absent(re.sub(r"-[A-Z][a-z]+-", "-", key), blob.body)
        store.delete(key)
    [ingest] = last_runs(store, at=NOW)
    assert ingest.states == {"Published": 1, "Failed": 2}
    assert list(run_record_problems(store, deep=True)) == []


def test_a_damaged_record_is_no_run() -> None:
    """Nor is another object in the folder."""
    store = MemoryStore()
    ran(store, 1, "Published")
    key = next(iter(store.list("runs/")))
    store.update(key, lambda body: (body or b"")[:-9])
    store.put_if_absent("runs/2022/03/01/notes.json", b"{}")
    assert last_runs(store, at=NOW) == []
