"""What a run looks like to Prefect: names, states, artifacts, tries."""

import asyncio
import json
import re
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest
from prefect import State
from prefect.artifacts import Artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import TaskRun
from prefect.events.worker import EventsWorker
from prefect.states import Failed
from pytest_httpserver import HTTPServer

from flows.backfill_source import backfill_source
from flows.ingest_snapshot import ingest_snapshot
from flows.publish_marts import publish_marts
from schemas.contract_errors import RunBlocked
from schemas.errors import FetchFailed, FetchRefused, WrongUse
from tasks.delivery.machine_payloads import event_uuid
from tasks.pipeline import ingest
from tasks.prefect_adapter import worth_retrying
from tasks.runs.run_context import open_run
from tasks.summaries.recorded import Scope, recorded

SOURCE = "unicef_market"
HEADER = "Recipient ISO,Vaccine Name,Doses Allocated\n"
DAY = datetime(2022, 2, 10, tzinfo=UTC)


def ran(folder: Path, text: str, *, at: datetime = DAY) -> State[Any]:
    """Ingest a file as a flow run and return the state in which the run ended."""
    path = folder / "at_hand.csv"
    path.write_text(HEADER + text)
    lake = str(folder / "lake")
    return ingest_snapshot(SOURCE, lake, file=str(path), retrieved_at=at, return_state=True)


@pytest.mark.server
def test_state_is_named_by_what_the_run_did(prefect_server: None, tmp_path: Path) -> None:
    """Published, Unchanged, PublishedWithQuarantine: completed runs with a summary."""
    first, again = ran(tmp_path, "PRK,AstraZeneca,5\n"), ran(tmp_path, "PRK,AstraZeneca,5\n")
    bad = ran(tmp_path / "lake", "PRK,AstraZeneca,5\nAtlantis,AstraZeneca,5\n")
    assert [state.name for state in (first, again, bad)] == [
        "Published",
        "Unchanged",
        "PublishedWithQuarantine",
    ]
    assert all(state.is_completed() for state in (first, again, bad))
    assert first.result().outcomes[0].verdict == "new"


@pytest.mark.server
def test_a_blocked_snapshot_fails_the_run_by_name(prefect_server: None, tmp_path: Path) -> None:
    """So that an automation can be set on it; the caller gets the whole summary all the same."""
    (tmp_path / "lake").mkdir()
    ran(tmp_path, "PRK,AstraZeneca,5\n")
    bad = "".join(f"Atlantis,Vaccine {n},5\n" for n in range(9))
    state = ran(tmp_path / "lake", "PRK,AstraZeneca,5\n" + bad)
    assert (state.name, state.is_failed()) == ("ContractBroken", True)
    assert "1 blocked" in str(state.message)
    with pytest.raises(RunBlocked, match="9 of 10 rows cannot be published") as blocked:
        state.result()
    assert [one["verdict"] for one in blocked.value.summary.document()["outcomes"]] == ["blocked"]


@pytest.mark.server
def test_caller_of_a_flow_gets_its_summary(prefect_server: None, tmp_path: Path) -> None:
    """The command line needs no state to know what was done, and the run leaves an artifact."""
    (tmp_path / "2022-02-10.csv").write_text(HEADER + "PRK,AstraZeneca,5\n")
    summary = backfill_source(SOURCE, f"dir:{tmp_path}", lake=str(tmp_path / "lake"))
    assert [outcome.verdict for outcome in summary.outcomes] == ["new"]
    artifact = asyncio.run(Artifact.aget("outcome-unicef-market"))
    assert artifact is not None
    assert summary.outcomes[0].id in str(artifact.data)


@pytest.mark.server
def test_a_run_of_marts_has_state_artifact_and_record(prefect_server: None, tmp_path: Path) -> None:
    """As the other runs of a lake; a lake whose name is wrong fails with its sentence."""
    ran(tmp_path, "PRK,AstraZeneca,5\n")
    built = publish_marts(str(tmp_path / "lake"), from_scratch=True, return_state=True)
    same = publish_marts(str(tmp_path / "lake"), return_state=True)
    assert [state.name for state in (built, same)] == ["Published", "Unchanged"]
    artifact = asyncio.run(Artifact.aget("outcome-marts"))
    assert artifact is not None
    assert "up to date" in str(artifact.data)
    records = [json.loads(one.read_text()) for one in (tmp_path / "lake" / "runs").rglob("*.json")]
    kept = [one for one in records if one["source"] == "marts"]
    assert {one["state"] for one in kept} == {"Published", "Unchanged"}
    assert all(one["flow_run"] for one in kept)
    assert publish_marts("{{ $VAXWATCH_LAKE }}", return_state=True).name == "Failed"


@pytest.mark.server
def test_each_alert_event_of_a_run_is_an_event_of_prefect(
    prefect_server: None, tmp_path: Path
) -> None:
    """Under the id that it has everywhere, so that automations can hang on it."""
    ran(tmp_path, "PRK,AstraZeneca,8115600\n")
    summary = ran(tmp_path, "PRK,AstraZeneca,1540800\n", at=DAY + timedelta(days=1)).result()
    EventsWorker.drain_all()
    wanted = {str(event_uuid(one)) for one in summary.alert_events}
    assert wanted
    with get_client(sync_client=True) as client:
        for _ in range(100):
            found = client._client.post(
                "/events/filter", json={"filter": {"event": {"prefix": ["vaxwatch.alert."]}}}
            ).json()["events"]
            ids = {event["id"]: event for event in found}
            if wanted <= set(ids):
                break
            time.sleep(0.1)
    assert wanted <= set(ids)
    event = ids[min(wanted)]
    assert event["event"] == "vaxwatch.alert.opened"
    assert event["resource"]["vaxwatch.source"] == SOURCE
    assert event["payload"]["dataset"] == "unicef_market.allocations"


@pytest.mark.server
def test_refusal_fails_the_run_at_once_with_its_sentence(
    prefect_server: None, tmp_path: Path, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What trying again cannot mend is tried once, by the request and by the step.

    The sentence stands in the state, the artifact and the run record, without a traceback.
    """
    httpserver.expect_request("/a.csv").respond_with_data(status=404)
    url = httpserver.url_for("/a.csv")
    state = ingest_snapshot(SOURCE, str(tmp_path / "lake"), url=url, return_state=True)
    assert state.is_failed()
    assert "status 404" in str(state.message)
    with pytest.raises(FetchRefused):
        state.result()
    assert len(httpserver.log) == 1
    assert "Traceback" not in caplog.text
    assert [record.exc_info for record in caplog.records if record.exc_info] == []
    artifact = asyncio.run(Artifact.aget("outcome-unicef-market"))
    assert artifact is not None
    assert "status 404" in str(artifact.data)
    [record] = (tmp_path / "lake" / "runs").rglob("*.json")
    assert "status 404" in json.loads(record.read_text())["error"]


@pytest.mark.server
def test_run_is_named_after_its_source_and_time(prefect_server: None, tmp_path: Path) -> None:
    """A list of runs can be read."""
    state = ran(tmp_path, "PRK,AstraZeneca,5\n")
    run_id = state.state_details.flow_run_id
    assert run_id is not None
    with get_client(sync_client=True) as client:
        assert client.read_flow_run(run_id).name == "ingest-unicef_market-2022-02-10T00:00Z"


def tried(number: int) -> TaskRun:
    """Return a task run that was tried so many times."""
    return TaskRun(
        task_key="a", dynamic_key="1", flow_run_id=None, run_count=number, task_inputs={}
    )


@pytest.mark.parametrize(
    "error", [FetchRefused("url", "status 404"), WrongUse("no lake"), ValueError("our own fault")]
)
def test_fault_that_stays_is_not_tried_again(error: Exception) -> None:
    """Neither the publisher's, nor the caller's, nor our own."""
    assert not worth_retrying(None, tried(1), Failed(data=error))


def test_transient_fault_is_retried_twice() -> None:
    """A step runs again after a Transient."""
    state = Failed(data=FetchFailed("url", "status 503"))
    assert [worth_retrying(None, tried(number), state) for number in (1, 2, 3)] == [
        True,
        True,
        False,
    ]


def objects(lake: Path) -> dict[str, object]:
    """Return the objects of a lake by name; of tables every cell but the times of the run."""
    found: dict[str, object] = {}
    for path in sorted(path for path in lake.rglob("*") if path.is_file()):
        name = re.sub(r"[0-9a-f]{64}", "HASH", str(path.relative_to(lake)))
        if name.startswith("runs/"):  # how long each run took
            name = f"runs/{len([one for one in found if one.startswith('runs/')])}"
        # the vintages of system tables have the time of the run
        is_system_table = name.startswith(("quality/", "quarantine/"))
        if path.suffix != ".parquet" or "_vault" in name:
            found[name] = None
        else:
            frame = pl.read_parquet(path)
            later = frame.select((cs.datetime() > DAY + timedelta(days=365)).any())
            times_of_the_run = [column for column in later.columns if later[column].any()]
            is_of_the_run = is_system_table and "latest" not in name
            found[name] = None if is_of_the_run else frame.drop(times_of_the_run).rows()
    return found


@pytest.mark.server
def test_a_tracked_run_and_a_plain_one_leave_the_same_lake(
    prefect_server: None, tmp_path: Path
) -> None:
    """The same ids, objects, tables and alerts; the same summary."""
    day = datetime(2022, 2, 10, tzinfo=UTC)
    summaries: list[list[Any]] = []
    for name, is_tracked in (("tracked", True), ("plain", False)):
        lake, done = str(tmp_path / name), []
        for later, doses in enumerate((8_115_600, 1_540_800, 1_288_800)):
            path = tmp_path / "at_hand.csv"
            path.write_text(f"{HEADER}PRK,AstraZeneca,{doses}\nAtlantis,AstraZeneca,1\n")
            how: dict[str, Any] = {"file": str(path), "retrieved_at": day + timedelta(days=later)}
            if is_tracked:
                summary: Any = ingest_snapshot(SOURCE, lake, quality=False, **how)
            else:
                run = open_run(SOURCE, lake, at=datetime.now(UTC), check_quality=False)
                act = partial(ingest.ingest_snapshot, run, **how)
                summary = recorded(Scope.of(run), "ingest", act)
            done.append(summary.document())
        summaries.append(done)
    assert summaries[0] == summaries[1]
    tracked, plain = objects(tmp_path / "tracked"), objects(tmp_path / "plain")
    assert tracked.keys() == plain.keys()
    assert tracked == plain
    assert any(name.startswith("alerts/log/") for name in plain)
