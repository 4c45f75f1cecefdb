import json
from datetime import UTC, datetime, timedelta

import pytest

from tasks.runs.run_records import (
    RunRecord,
    expired_records,
    record_key,
    run_record_problems,
    write_record,
)
from tasks.vault.backends.memory_store import MemoryStore

DAY = datetime(2026, 11, 29, 6, 17, tzinfo=UTC)


def record(started: datetime = DAY, source: str = "who_cases") -> RunRecord:
    """Return the record of a run of four seconds."""
    return RunRecord(
        operation="ingest",
        source=source,
        started=started,
        ended=started + timedelta(seconds=4),
        seconds=4.0,
        state="Published",
        counts={"new": 1, "rows": 200},
        vintages=("20261129T061700Z-1a2b3c4d",),
        alerts={"critical": 1},
    )


@pytest.fixture
def store() -> MemoryStore:
    """Return a store with the records of two sources."""
    store = MemoryStore()
    for source in ("who_cases", "find_tests"):
        write_record(store, record(source=source))
    return store


def test_a_record_is_one_small_document_in_the_folder_of_its_day(store: MemoryStore) -> None:
    """Two runs of one second are two documents; the same one again changes nothing."""
    write_record(store, record())
    keys = list(store.list("runs/2026/11/29/"))
    assert len(keys) == 2
    blob = store.get(record_key(record()))
    assert blob is not None
    document = json.loads(blob.body)
    assert list(run_record_problems(store, deep=True)) == []
    assert (document["state"], document["counts"]["rows"]) == ("Published", 200)
    assert document["ended"] == "2026-11-29T06:17:04+00:00"


def test_a_changed_record_is_found_by_a_deep_check(store: MemoryStore) -> None:
    """Under its own name, or as what is no record at all; the quick check reads none."""
    key = record_key(record())
    blob = store.get(key)
    assert blob is not None
    store.put_if_match(key, blob.body.replace(b"Published", b"Unchanged"), blob.etag)
    assert list(run_record_problems(store, deep=False)) == []
    assert [key in problem for problem in run_record_problems(store, deep=True)] == [True]
    store.put_if_absent("runs/notes.txt", b"Monday")
    assert ["notes.txt" in it for it in run_record_problems(store, deep=False)] == [True]


def test_records_expire_after_90_days(store: MemoryStore) -> None:
    """What is no record of ours does not."""
    store.put_if_absent("runs/2026/11/29/notes.txt", b"Monday")
    assert expired_records(store, at=DAY + timedelta(days=90)) == []
    expired = expired_records(store, at=DAY + timedelta(days=91))
    assert len(expired) == 2
    assert record_key(record()) in expired
