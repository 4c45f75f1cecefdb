"""The small lake, and a way to run the command line on it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.vaxwatch.lakes import Answer, Ask, fill
from vaxwatch.commands.app import app


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small lake that is only read."""
    folder = tmp_path_factory.mktemp("small") / "lake"
    fill(str(folder))
    return folder


@pytest.fixture
def ask(lake: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """Return a function that runs one command line, in an empty folder, on the small lake."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VAXWATCH_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("VAXWATCH_SOURCES", "")  # which a command may set for its run

    def run(*words: str, at: Path | str | None = lake) -> Answer:
        address: Sequence[str] = () if at is None else ("--lake", str(at))
        result = CliRunner().invoke(app, [*address, *words])
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run
