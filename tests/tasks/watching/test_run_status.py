"""The last runs, from their records in the lake."""

from datetime import UTC, datetime, timedelta

from benchmarks.counting import CountingStore
from tasks.runs.run_records import RunRecord, write_record
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
    assert (backfill.state, backfill.error, backfill.runs) == ("Failed", "It is gone.", 1)
    assert newest_run([ingest, backfill], "who_cases") == backfill
    assert newest_run([ingest, backfill], "un_population") is None


def test_a_damaged_record_is_no_run() -> None:
    """Nor is another object in the folder."""
    store = MemoryStore()
    ran(store, 1, "Published")
    key = next(iter(store.list("runs/")))
    store.update(key, lambda body: (body or b"")[:-9])
    store.put_if_absent("runs/2022/03/01/notes.json", b"{}")
    assert last_runs(store, at=NOW) == []
