"""The runs of a whole lake, and an evaluation: ingest-all, deliver, maintain, evaluate."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from schemas.errors import UnknownName, WrongUse
from tasks.lake_runs.deliver_outbox import deliver_outbox
from tasks.lake_runs.ingest_all import ingest_all
from tasks.lake_runs.maintain import maintain_lake
from tasks.pipeline.evaluate import evaluate_rules
from tasks.runs.flow_parameters import fetched_sources
from tasks.runs.run_context import open_lake_store, open_run
from tests.flows.lakes import CUT, DAY, GOOD, SOURCE, Lake

NOW = DAY + timedelta(days=400)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return the lake that each test gets a copy of."""
    lake = Lake(tmp_path_factory.mktemp("made"))
    for day, body in enumerate((GOOD, CUT)):
        lake.take(body, day=day, quality=False)
    return lake


@pytest.fixture
def lake(made: Lake, tmp_path: Path) -> Lake:
    """Return a lake with two vintages, the second of which cuts a figure."""
    return made.copy(tmp_path)


def at(instant: datetime) -> Callable[[], datetime]:
    """Return a clock that stands still."""
    return lambda: instant


def test_a_source_that_fails_does_not_stop_the_others(
    tmp_path: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its summary, in the order given; the failed one has its sentence."""
    httpserver.expect_request("/good.csv").respond_with_data(GOOD)
    urls = {SOURCE: "/good.csv", "who_cases": "/gone.csv"}
    addresses = {name: {"url": httpserver.url_for(url)} for name, url in urls.items()}
    monkeypatch.setenv("VAXWATCH_SOURCES", json.dumps(addresses))
    names = ["who_cases", SOURCE]
    summary = ingest_all(str(tmp_path / "lake"), names, clock=at(NOW), check_quality=False)
    runs = summary.runs
    assert [run.source for run in runs] == names
    assert "status 500" in str(runs[0].error)
    assert [one.verdict for one in runs[1].outcomes] == ["new"]
    assert summary.is_failed
    assert summary.counts()[:3] == ["2 sources", "1 failed", "1 new"]


def test_all_sources_are_those_that_can_be_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that comes by hand is among them where it has an address; a wrong name is refused."""
    monkeypatch.delenv("VAXWATCH_SOURCES", raising=False)
    assert SOURCE in fetched_sources()
    assert "covax_allocations" not in fetched_sources()
    monkeypatch.setenv("VAXWATCH_SOURCES", '{"covax_allocations": {"url": "http://127.0.0.1/a"}}')
    assert "covax_allocations" in fetched_sources()
    with pytest.raises(UnknownName, match="who_casse"):
        fetched_sources(["who_casse"])


def test_no_lake_is_refused_before_anything_is_done() -> None:
    """What a deployment without VAXWATCH_LAKE passes on."""
    with pytest.raises(WrongUse, match="No lake is named"):
        ingest_all("{{ $VAXWATCH_LAKE }}", [SOURCE], clock=at(NOW))
    with pytest.raises(WrongUse, match="No lake is named"):
        open_lake_store("")


def test_a_delivery_without_targets_sends_nothing(lake: Lake) -> None:
    """That is no fault; a name that is no target's is one."""
    summary = deliver_outbox(lake.store, [], clock=at(NOW))
    assert (summary.sent, summary.counts()) == (0, ["0 messages sent"])
    assert not summary.is_failed
    with pytest.raises(UnknownName, match="newsroom"):
        deliver_outbox(lake.store, ["newsroom"], clock=at(NOW))


def test_a_delivery_sends_the_digest_once_after_midnight(
    lake: Lake, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first delivery of a day sends it, whoever makes it; the next one has nothing to send."""
    httpserver.expect_request("/in").respond_with_data("ok")
    config = lake.folder / "vaxwatch.toml"
    address = httpserver.url_for("/in").replace("http", "json")
    config.write_text(f'[[targets]]\nname = "desk"\nurl = "{address}"\nheartbeat = true\n')
    monkeypatch.setenv("VAXWATCH_CONFIG", str(config))
    first = deliver_outbox(lake.store, [], clock=at(NOW))
    assert first.reports[0].is_new
    week = NOW + timedelta(days=8)
    later = [deliver_outbox(lake.store, [], clock=at(week)) for _ in range(2)]
    assert [one.sent for one in later] == [1, 0]
    assert not later[0].needs_attention
    assert len(httpserver.log) == 1


def test_maintenance_leaves_a_damaged_source_as_it_is(lake: Lake) -> None:
    """Its problem is listed; a sound lake is compacted, and a silent source is overdue."""
    sound = maintain_lake(lake.store, at=NOW)
    assert (sound.problems, sound.is_failed, sound.needs_attention) == ([], False, True)
    assert sound.overdue[0].startswith(f"{SOURCE}: nothing was fetched since 2022-02-11")
    assert [one.source for one in sound.compacted] == [SOURCE]
    log = sorted((Path(lake.uri) / SOURCE / "_vault" / "log").glob("*.json"))
    log[-1].write_text("{}")
    damaged = maintain_lake(lake.store, at=NOW)
    assert damaged.is_failed
    assert damaged.compacted == []
    assert {source for source, _ in damaged.problems} == {SOURCE}


def test_an_evaluation_judges_everything_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """By today's settings: an alert that is found no more is superseded; then all is unchanged."""
    run = open_run(SOURCE, lake.uri, at=NOW)
    assert not evaluate_rules(run).is_changed
    config = lake.folder / "vaxwatch.toml"
    config.write_text('[alerts.rules.R1]\nenabled = false\nreason = "A test."\n')
    monkeypatch.setenv("VAXWATCH_CONFIG", str(config))
    changed = evaluate_rules(open_run(SOURCE, lake.uri, at=NOW + timedelta(days=1)))
    assert changed.is_changed
    assert ("superseded", "R1") in {(one.kind, one.alert.rule) for one in changed.alert_events}
    assert not evaluate_rules(open_run(SOURCE, lake.uri, at=NOW + timedelta(days=2))).is_changed
