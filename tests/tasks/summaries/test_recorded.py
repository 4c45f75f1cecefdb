"""What every run leaves: a record in the lake and a line in the log, whatever came of it."""

import json
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest

from schemas.contract_errors import SourceChanged
from schemas.errors import FetchFailed, StoreUnavailable, WrongUse
from schemas.records import Outcome, TableCounts
from tasks.summaries.lake_summaries import DeliverSummary
from tasks.summaries.operation_summaries import BackfillSummary, IngestSummary
from tasks.summaries.recorded import Scope, recorded
from tasks.summaries.run_summary import RunSummary
from tasks.vault.backends.memory_store import MemoryStore
from tests.alerts import CUT

SOURCE = "unicef_market"
DAY = datetime(2022, 2, 10, 6, 17, tzinfo=UTC)
COUNTS = TableCounts(rows=9, inserted=2, updated=1, deleted=4, quarantined=3)
OUTCOME = Outcome(source=SOURCE, id="v", as_of=DAY, verdict="new", tables={"allocations": COUNTS})


class Away(MemoryStore):
    """A store that takes nothing."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Fail."""
        raise StoreUnavailable(key, "no space left")


def records(store: MemoryStore) -> list[dict[str, Any]]:
    """Return the records in a store."""
    blobs = [store.get(key) for key in store.list("runs/")]
    return [json.loads(blob.body) for blob in blobs if blob]


def scope(store: MemoryStore) -> Scope:
    """Return the scope of a run on one source."""
    return Scope(store=store, source=SOURCE, at=DAY)


def fail(error: Exception) -> NoReturn:
    """Raise an error."""
    raise error


def test_a_run_leaves_its_numbers(caplog: pytest.LogCaptureFixture) -> None:
    """Of the snapshots, rows and alerts; in the record, and as the last line of its log."""
    store, summary = MemoryStore(), IngestSummary(source=SOURCE, outcomes=[OUTCOME], alerts=[CUT])
    with caplog.at_level("INFO", logger="vaxwatch"):
        assert recorded(scope(store), "ingest", lambda: summary, flow_run="1-2") is summary
    [found] = records(store)
    assert (found["operation"], found["source"], found["state"]) == (
        "ingest",
        SOURCE,
        "PublishedWithQuarantine",
    )
    assert found["counts"] == {
        "new": 1,
        "rows": 9,
        "inserted": 2,
        "updated": 1,
        "deleted": 4,
        "quarantined": 3,
    }
    assert (found["vintages"], found["alerts"]) == (["v"], {CUT.severity: 1})
    assert (found["error"], found["flow_run"]) == ("", "1-2")
    [line] = caplog.messages
    assert line.startswith("operation=ingest state=PublishedWithQuarantine source=unicef_market")
    assert " rows=9 new=3 quarantined=3 alerts=1 seconds=" in line


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (FetchFailed("https://me:pw@example.org/a", "status 503"), "Failed"),
        (SourceChanged(SOURCE, ["doses"], ["dose"]), "ContractBroken"),
        (ValueError("our own fault"), "Failed"),
    ],
)
def test_a_run_that_fails_leaves_its_sentence(error: Exception, state: str) -> None:
    """And its caller gets the error."""
    store = MemoryStore()
    with pytest.raises(type(error)):
        recorded(scope(store), "ingest", lambda: fail(error))
    [found] = records(store)
    assert found["state"] == state
    assert found["error"]
    assert "pw@" not in found["error"]


@pytest.mark.parametrize(
    "summary",
    [BackfillSummary(source=SOURCE), DeliverSummary(source="alerts")],
    ids=["a dry run", "a delivery of nothing"],
)
def test_what_did_nothing_on_purpose_leaves_no_record(summary: RunSummary) -> None:
    """So that a delivery every few minutes does not fill the folder; an ingest always does."""
    store = MemoryStore()
    recorded(scope(store), "any", lambda: summary)
    assert records(store) == []
    recorded(scope(store), "ingest", lambda: IngestSummary(source=SOURCE))
    assert [one["state"] for one in records(store)] == ["Unchanged"]


def test_a_wrong_call_leaves_no_record() -> None:
    """A lake that was never there does not come into being by it."""
    store = MemoryStore()
    with pytest.raises(WrongUse):
        recorded(scope(store), "ingest", lambda: fail(WrongUse("no such file")))
    assert records(store) == []


def test_a_record_that_cannot_be_written_fails_no_run(caplog: pytest.LogCaptureFixture) -> None:
    """It is a warning; an error of the run stays the error."""
    summary = IngestSummary(source=SOURCE)
    assert recorded(scope(Away()), "ingest", lambda: summary) is summary
    assert "no space left" in caplog.messages[-1]
    with pytest.raises(FetchFailed):
        recorded(scope(Away()), "ingest", lambda: fail(FetchFailed("a", "status 503")))
