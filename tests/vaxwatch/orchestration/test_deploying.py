"""`vaxwatch deploy` on the run's Prefect server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.settings import PREFECT_API_URL
from typer.testing import CliRunner

from vaxwatch.commands.app import app
from vaxwatch.orchestration.work_pool import QUEUES

pytestmark = pytest.mark.long

FILE = """
deployments:
  - name: fresh-cases
    entrypoint: flows/ingest_snapshot.py:ingest_snapshot
    description: WHO's cases.
    parameters: {source: who_cases, quality: false}
    schedules: [{cron: "27 7 * * 2,5", timezone: Europe/Zurich}, {interval: 3600, active: false}]
    tags: [vaxwatch, "source:who_cases", ingest]
    concurrency_limit: {limit: 1, collision_strategy: ENQUEUE, grace_period_seconds: 60}
    work_pool: {name: elsewhere, work_queue_name: fresh}
  - name: replay-cases
    entrypoint: flows/replay_quarantine.py:replay_quarantine
    parameters: {source: who_cases}
"""


@pytest.fixture
def deployed(tmp_path: Path, prefect_server: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a call of `vaxwatch deploy` that returns its document."""
    monkeypatch.setenv("PREFECT_API_URL", str(PREFECT_API_URL.value()))
    path = tmp_path / "prefect.yaml"
    path.write_text(FILE)

    def deploy(*options: str) -> Any:
        call = ["--json", "--lake", str(tmp_path / "lake"), "deploy", "--schedules", str(path)]
        result = CliRunner().invoke(app, [*call, "--pool", "tested", *options])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return deploy


@pytest.mark.server
def test_deploying_twice_changes_nothing_the_second_time(deployed: Any, tmp_path: Path) -> None:
    """Plan, do, do again, change the file, do: each says what it did, and the server has it."""
    planned = deployed("--dry-run")["changes"]
    assert {one["action"] for one in planned if one["kind"] != "automation"} == {"create"}
    with get_client(sync_client=True) as client:
        assert "tested" not in {pool.name for pool in client.read_work_pools()}

        assert deployed()["changes"] == planned, "what it does is what it has planned"
        queues = {one.name: one.priority for one in client.read_work_queues("tested")}
        assert queues == {name: place for place, name in enumerate(QUEUES, start=1)}
        fresh = client.read_deployment_by_name("ingest-snapshot/fresh-cases")
        assert fresh.parameters["lake"] == str(tmp_path / "lake")
        assert (fresh.work_pool_name, fresh.work_queue_name) == ("tested", "fresh")
        assert sorted(schedule.active for schedule in fresh.schedules) == [False, True]

        its_own = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[fresh.id]))
        coming = client.read_flow_runs(flow_run_filter=its_own)
        assert coming
        assert all(run.name.startswith("ingest-who_cases-20") for run in coming)

        client.pause_deployment(fresh.id)
        again = deployed()["changes"]
        assert {one["action"] for one in again} == {"unchanged"}
        assert client.read_deployment(fresh.id).paused, "a person has paused it"

        path = tmp_path / "prefect.yaml"
        path.write_text(FILE.replace("27 7", "28 7").replace("  - name: replay", "  - name: re"))
        changed = {one["name"]: one for one in deployed()["changes"]}
        update = changed["ingest-snapshot/fresh-cases"]
        assert (update["action"], update["detail"]) == ("update", "schedules")
        assert changed["replay-quarantine/re-cases"]["action"] == "create"
        assert {one["action"] for one in deployed()["changes"]} == {"unchanged"}


@pytest.mark.parametrize(
    ("api", "code", "sentence"),
    [
        ("", 2, "No Prefect API is configured. Start one"),
        ("http://127.0.0.1:1/api", 1, "does not answer (connection refused). Nothing was changed."),
    ],
)
def test_without_a_server_it_ends_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: str, code: int, sentence: str
) -> None:
    """Nothing is started for it."""
    monkeypatch.setenv("PREFECT_API_URL", api)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "vaxwatch", "deploy"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, sentence in done.stderr) == (code, True)
    assert "--no-track" not in done.stderr
    assert list(tmp_path.iterdir()) == []
