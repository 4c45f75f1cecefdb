"""The run-book: its commands exist, and what is cheap to try is tried as it is written."""

import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.settings.models.server.services import ServerServicesDBVacuumSettings
from typer.testing import CliRunner

from tasks.lake_runs.lake_check import lake_problems, repair_lake
from tasks.runs import run_states
from tasks.vault.backends.folder_store import FolderStore
from tests.flows.lakes import CUT, DAY, GOOD
from tests.tasks.steps.test_deliver_alerts import ingest
from vaxwatch.commands.app import app
from vaxwatch.orchestration.automations import automations
from vaxwatch.orchestration.server_process import SERVER_ENVIRONMENT

DEPLOYMENTS = Path(__file__).parents[2] / "deployments"
DOCS = DEPLOYMENTS.parent / "docs"
BOOKS = (DEPLOYMENTS / "README.md", DOCS / "operations.md")
QUOTED = re.compile(r"(?:^\$ |`)(vaxwatch [^`\n]*)", re.MULTILINE)
VACUUM = "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED"


def commands() -> list[str]:
    """Return every whole command line of vaxwatch in the run-book and in docs/operations.md."""
    found = [line for book in BOOKS for line in QUOTED.findall(book.read_text(encoding="utf-8"))]
    return sorted({line.partition(" #")[0].strip() for line in found if "…" not in line})


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_run_book_is_one(line: str) -> None:
    """Every option and argument that it names is known."""
    answer = CliRunner().invoke(app, [*shlex.split(line)[1:], "--help"])
    assert (answer.exit_code, answer.stderr) == (0, "")
    assert "Usage:" in answer.stdout


def test_every_state_and_automation_is_in_the_run_book() -> None:
    """And the states that it lists are those in which runs end."""
    text = BOOKS[0].read_text(encoding="utf-8")
    for name, state in vars(run_states).items():
        if name.isupper() and isinstance(state, str):
            assert f"| {state} |" in text, state
    for one in automations([]):
        assert f"| {one.name} |" in text, one.name
    for name in ("no success of SOURCE", "SOURCE is held"):
        assert f"| vaxwatch: {name} |" in text


@pytest.mark.parametrize("name", ["Containerfile", "systemd/vaxwatch-server.service", "README.md"])
def test_a_server_removes_old_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting is one that Prefect understands; 90 days is its default."""
    found = re.findall(rf"{VACUUM}=([\w,]+)", DEPLOYMENTS.joinpath(name).read_text())
    assert found == [SERVER_ENVIRONMENT[VACUUM]]
    monkeypatch.setenv(VACUUM, found[0])
    settings = ServerServicesDBVacuumSettings()
    assert settings.enabled_vacuum_types >= {"events", "flow_runs"}
    assert settings.retention_period.days == 90


def script() -> str:
    """Return the check for Nagios as docs/operations.md prints it."""
    blocks = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", BOOKS[1].read_text(), flags=re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


@pytest.mark.thorough
def test_the_check_ends_as_monitoring_expects(tmp_path: Path) -> None:
    """1 is a warning, 3 unknown; its line is that of the status."""
    check = tmp_path / "check_vaxwatch"
    check.write_text(script())
    check.chmod(stat.S_IRWXU)
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    (tmp_path / "2022-02-10.csv").write_bytes(GOOD)
    (tmp_path / "2022-02-17.csv").write_bytes(CUT)

    def ran(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            words, cwd=tmp_path, env=os.environ | path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    assert ran("./check_vaxwatch")[0] == 3
    file = ("--file", "2022-02-10.csv", "--no-quality")
    assert ran("vaxwatch", "ingest", "unicef_market", *file)[0] == 0
    code, line = ran("./check_vaxwatch", "--lake", "lake")
    assert (code, line.startswith("VAXWATCH WARNING - 1 problem(s): overdue")) == (1, True)
    assert ran("./check_vaxwatch", "--source", "who_cases")[0] == 0


def test_a_lake_is_restored_as_the_run_book_has_it(tmp_path: Path) -> None:
    """A damaged object from a copy, `repair` for the rest."""
    store = FolderStore(tmp_path / "lake")
    for day, body in enumerate((GOOD, CUT)):
        ingest(store, tmp_path, body, day=day)  # pyright: ignore[reportArgumentType]
    subprocess.run(["cp", "-a", "lake", "copy"], cwd=tmp_path, check=True)
    damaged = next(iter(store.list("unicef_market/_vault/seg/")))
    (tmp_path / "lake" / damaged).write_bytes(b"x")
    (tmp_path / "lake/unicef_market/allocations/latest.parquet").unlink()
    named = [sentence for _, sentence in lake_problems(store, [], on=DAY.date(), deep=True)]
    assert any(damaged in sentence for sentence in named)
    subprocess.run(["cp", f"copy/{damaged}", f"lake/{damaged}"], cwd=tmp_path, check=True)
    repair_lake(str(tmp_path / "lake"), store, [], at=DAY)
    assert lake_problems(store, [], on=DAY.date(), deep=True) == []
