import asyncio
import inspect
import itertools
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect import Flow
from prefect.flows import load_flow_from_entrypoint
from prefect.server.schemas.schedules import CronSchedule

from schemas.source import Source
from tasks.sources import SOURCES

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "deployments" / "prefect.yaml").read_text(encoding="utf-8")
)["deployments"]
RUN_BOOK = (ROOT / "deployments" / "README.md").read_text(encoding="utf-8")
each_deployment = pytest.mark.parametrize("entry", DEPLOYMENTS, ids=lambda entry: entry["name"])


def loaded(entry: Mapping[str, Any]) -> Flow[..., Any]:
    """Load a deployment's flow as a worker does: by path, from the root, without placeholder."""
    return load_flow_from_entrypoint(entry["entrypoint"], use_placeholder_flow=False)


@pytest.fixture
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand where flows are deployed from, and forget what loading by path does to imports."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", list(sys.path))


@each_deployment
def test_entrypoint_loads_and_takes_its_parameters(
    entry: Mapping[str, Any], at_the_root: None
) -> None:
    """A flow that cannot be imported, or is given an unknown parameter, is found here."""
    flow = loaded(entry)
    inspect.signature(flow.fn).bind(**entry["parameters"])
    flow.validate_parameters(dict(entry["parameters"]))


@each_deployment
def test_runs_of_one_deployment_queue(entry: Mapping[str, Any]) -> None:
    """One run at a time; the others wait and are not cancelled."""
    assert entry["concurrency_limit"] == {
        "limit": 1,
        "collision_strategy": "ENQUEUE",
        "grace_period_seconds": 60,
    }
    assert entry["work_pool"]["name"] == "local"
    assert entry["work_pool"]["work_queue_name"] == (
        "fresh" if entry.get("schedules") else "backfill"
    )
    assert "vaxwatch" in entry["tags"], "automations match runs by it"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_source_is_looked_at_within_its_cadence(source: Any) -> None:
    """The schedule is valid, has an IANA time zone and never waits longer than the publisher."""
    [entry] = [one for one in DEPLOYMENTS if one["name"] == f"ingest-{source.name}"]
    assert entry["parameters"]["source"] == source.name
    assert f"source:{source.name}" in entry["tags"]
    [schedule] = entry["schedules"]
    assert ZoneInfo(schedule["timezone"])
    fields = {name: value for name, value in schedule.items() if name != "active"}
    dates = asyncio.run(
        CronSchedule(**fields).get_dates(n=20, start=datetime(2026, 1, 1, tzinfo=UTC))
    )
    gaps = [after - before for before, after in itertools.pairwise(dates)]
    assert max(gaps) <= source.cadence + timedelta(hours=1)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_schedule_is_on_unless_its_source_is_by_hand_or_ended(source: Source) -> None:
    """Off is what would fail, or find nothing new, for ever; its description says why and how."""
    [entry] = [one for one in DEPLOYMENTS if one["name"] == f"ingest-{source.name}"]
    [schedule] = entry["schedules"]
    is_on = not (source.by_hand or source.ended)
    assert schedule.get("active", True) is is_on
    _, off, why = entry["description"].partition("Switched off: ")
    assert bool(off) is not is_on
    assert not source.by_hand or "(ingest --file)" in why
    assert not source.ended or "backfill" in why


def test_run_book_lists_which_schedules_are_on() -> None:
    """Its table has every source, and on and off as the file has them."""
    listed = re.findall(r"^\| `(\w+)` \| (on|off) \| (by hand|ended)?", RUN_BOOK, re.MULTILINE)
    assert sorted(listed) == sorted(
        (
            source.name,
            "off" if source.by_hand or source.ended else "on",
            "by hand" if source.by_hand else "ended" if source.ended else "",
        )
        for source in SOURCES
    )


def test_no_deployment_is_of_an_unknown_source() -> None:
    """A source that was removed leaves no schedule behind."""
    names = {source.name for source in SOURCES}
    assert {entry["parameters"].get("source") for entry in DEPLOYMENTS} <= {*names, None}
    assert len({entry["name"] for entry in DEPLOYMENTS}) == len(DEPLOYMENTS)
