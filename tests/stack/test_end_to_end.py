"""From a deployed schedule to a reader, an alert and Prefect's pages, on the grown-up stack."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.browser.chromium import program
from tests.stack.pages import seen
from tests.stack.stack import Stack
from tests.stack.upstream import COUNTRIES, FULL, SOURCE
from tests.stack.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.long]

PICTURE = "VAXWATCH_UI_PICTURE"
"""The variable with a file for the picture of a run in Prefect's pages, to look at."""


@pytest.fixture(scope="module")
def finished(stack: Stack) -> dict[str, Any]:
    """Return a run that its schedule started, and that found and delivered an alert."""
    stack.deploy(10)
    worker = stack.start_worker()
    eventually("a first run", lambda: completed(stack))
    stack.upstream.publish()
    eventually("an alert", lambda: stack.upstream.messages)
    alerted = eventually(
        "its run ends", lambda: [one for one in completed(stack) if opened(stack, one)]
    )
    worker.stop()
    return alerted[0]


def completed(stack: Stack) -> list[dict[str, Any]]:
    """Return the runs that are completed, the newest first."""
    return stack.runs(flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})


def opened(stack: Stack, run: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the events of alerts that opened while a run ran."""
    start = datetime.fromisoformat(run["start_time"])
    found = stack.ask(
        "POST",
        "/events/filter",
        filter={
            "event": {"prefix": ["vaxwatch.alert.opened"]},
            "occurred": {
                "since": (start - timedelta(seconds=1)).isoformat(),
                "until": datetime.now(UTC).isoformat(),
            },
        },
    )
    return found["events"]


def read(stack: Stack, table: str) -> pl.DataFrame:
    """Return a Parquet file of the lake, read from S3 as any reader does."""
    its = stack.environment
    options = {
        "aws_endpoint_url": its["AWS_ENDPOINT_URL"],
        "aws_access_key_id": its["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": its["AWS_SECRET_ACCESS_KEY"],
        "aws_region": its["AWS_DEFAULT_REGION"],
        "aws_allow_http": "true",
    }
    return pl.read_parquet(f"{stack.lake}/{table}.parquet", storage_options=options)


def test_schedule_reaches_readers_and_people(stack: Stack, finished: dict[str, Any]) -> None:
    """The schedule fires, a worker runs it, the figures are in S3, the alert is delivered."""
    assert finished["auto_scheduled"]
    latest = read(stack, f"{SOURCE}/allocations/latest")
    figures = dict(latest.select("iso3", "doses_allocated").iter_rows())
    assert figures == dict.fromkeys(COUNTRIES, FULL) | {COUNTRIES[0]: FULL // 2}
    alerts = read(stack, "alerts/alerts").filter(rule="R1")
    assert alerts["iso3"].to_list() == [COUNTRIES[0]]
    bodies = [message.body for message in stack.upstream.messages]
    assert [(one["type"], one["subject"]) for one in bodies] == [
        ("org.vaxwatch.alert.opened.v1", f"{SOURCE}.allocations/{COUNTRIES[0]}")
    ]
    assert stack.run("vaxwatch", "verify", "--deep")


def test_a_run_can_be_watched_through_the_api(stack: Stack, finished: dict[str, Any]) -> None:
    """Name, tags, final state, artifacts and alert events."""
    assert f"source:{SOURCE}" in finished["tags"]
    assert SOURCE in finished["name"]
    wanted = {"flow_run_id": {"any_": [finished["id"]]}}
    artifacts = stack.ask("POST", "/artifacts/filter", artifacts=wanted)
    assert SOURCE.replace("_", "-") in " ".join(one["key"] for one in artifacts)
    [event] = opened(stack, finished)
    assert event["resource"]["vaxwatch.source"] == SOURCE
    assert event["payload"]["key"]["iso3"] == COUNTRIES[0]


def test_no_secret_of_the_stack_is_in_a_log(stack: Stack, finished: dict[str, Any]) -> None:
    """Neither the database's password nor that of the store."""
    secrets = [(stack.folder / "postgres.password").read_text(), "AWS_SECRET_ACCESS_KEY"]
    logs = "".join(one.log.read_text(errors="replace") for one in stack.programs)
    runs = str(stack.runs()) + str(stack.ask("POST", "/logs/filter", limit=200))
    assert [one for one in secrets if one in logs + runs] == []


def test_the_page_of_a_run_asks_no_other_host(
    stack: Stack, finished: dict[str, Any], tmp_path: Path
) -> None:
    """Prefect's V1 pages show the run with its artifacts; the V2 pages ask a vendor's host."""
    chromium = program()
    assert chromium is not None, "there is no Chromium here; make test-slow gets one"
    url = f"{stack.api.removesuffix('/api')}/runs/flow-run/{finished['id']}"
    shown = seen(url, tmp_path, program=chromium, size=(1280, 900))
    assert shown.outside == []
    assert finished["name"] in shown.dom
    assert "Artifacts" in shown.dom
    if PICTURE in os.environ:
        shown.picture.save(os.environ[PICTURE])
