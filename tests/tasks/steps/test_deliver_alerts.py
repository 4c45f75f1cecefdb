"""What a run does with its alerts: events, feeds, delivery."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tasks.alerts.alert_config import CONFIG
from tasks.delivery.publish_feeds import NAMES
from tasks.delivery.targets import Target
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.summaries.operation_summaries import IngestSummary
from tasks.vault.backends.memory_store import MemoryStore
from tests.flows.lakes import CUT, DAY, GOOD, SOURCE


def ingest(
    store: MemoryStore, folder: Path, body: bytes, *targets: Target, day: int
) -> IngestSummary:
    """Ingest a body retrieved, and published, a number of days after the first."""
    file, at = folder / "at_hand.csv", DAY + timedelta(days=day)
    file.write_bytes(body)
    run = RunContext(
        store=store,
        source=source_named(SOURCE),
        at=at,
        targets=targets,
        alert_config=replace(CONFIG, shadow_versions=0),
        check_quality=False,
    )
    return ingest_snapshot(run, file=str(file), retrieved_at=at)


def test_a_run_without_targets_publishes_the_feeds_alone(tmp_path: Path) -> None:
    """As soon as there is an alert; the summary has its events."""
    store = MemoryStore()
    assert ingest(store, tmp_path, GOOD, day=0).alert_events == ()
    assert not set(NAMES) & set(store.list("alerts/"))
    summary = ingest(store, tmp_path, CUT, day=1)
    assert {(one.kind, one.alert.rule) for one in summary.alert_events} >= {("opened", "R1")}
    assert set(NAMES) <= set(store.list("alerts/"))
    assert not list(store.list("alerts/outbox/"))
    assert summary.delivery_notes == []


def test_a_run_delivers_the_alerts_that_it_recorded(tmp_path: Path, httpserver: HTTPServer) -> None:
    """To each target; the first run is where a target begins."""
    got: list[dict[str, str]] = []

    def take(request: Request) -> Response:
        got.append(json.loads(request.data))
        return Response("")

    httpserver.expect_request("/in").respond_with_handler(take)
    hook = Target(name="hook", url=f"cloudevents+http://127.0.0.1:{httpserver.port}/in")
    store = MemoryStore()
    ingest(store, tmp_path, GOOD, hook, day=0)
    summary = ingest(store, tmp_path, CUT, hook, day=1)
    assert summary.delivery_notes == []
    assert {event["type"] for event in got} == {"org.vaxwatch.alert.opened.v1"}
    assert len(got) == len({one.alert.fingerprint for one in summary.alert_events})
    ingest(store, tmp_path, CUT, hook, day=2)
    assert got[-1]["type"] == "org.vaxwatch.alert.confirmed.v1"


def test_a_target_that_fails_does_not_fail_the_run(tmp_path: Path) -> None:
    """Nor does one whose address is not set: each is a note."""
    store = MemoryStore()
    targets = (
        Target(name="closed", url="cloudevents+http://127.0.0.1:9/in"),
        Target(name="unset", url_env="VAXWATCH_NOT_THERE"),
    )
    ingest(store, tmp_path, GOOD, *targets, day=0)
    summary = ingest(store, tmp_path, CUT, *targets, day=1)
    assert [one.verdict for one in summary.outcomes] == ["new"]
    closed, unset = summary.delivery_notes
    assert closed.startswith("1 message(s) to closed wait: ConnectError")
    assert unset.startswith("Alerts were not delivered to unset: Target unset: the environment")
    assert not summary.is_failed
    assert set(summary.delivery_notes) <= set(summary.document()["notes"])
