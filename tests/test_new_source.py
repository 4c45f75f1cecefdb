"""`make new-source`: what it makes passes the tests at once, in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.new_source import ROOT, main

NAME = "who_example"
NOT_COPIED = ("*.pyc", "__pycache__", ".*", "lake", "benchmarks", "node_modules")
CHECKED = (
    "tests/tasks/sources/test_golden.py",
    "tests/deployments/test_prefect_yaml.py",
    "tests/test_architecture.py",
    f"tasks/sources/{NAME}.py",
)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a Python module in the copy, with the copy's own packages."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PREFECT_HOME": str(folder / "home")}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_a_new_source_passes_the_tests_at_once(tmp_path: Path) -> None:
    """Module, registry, fixture, golden table, page and schedule are whole and well laid out."""
    copy = tmp_path / "tree"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
    made = run(copy, "tests.new_source", NAME)
    assert made.returncode == 0, made.stderr
    files = [line for line in made.stdout.splitlines() if "/" in line and " " not in line]
    assert files == [
        f"tasks/sources/{NAME}.py",
        f"tests/fixtures/{NAME}/example.csv",
        f"docs/sources/{NAME}.md",
        f"tests/fixtures/{NAME}/example.golden.json",
        "tasks/sources/__init__.py",
        "deployments/prefect.yaml",
    ]
    assert "https://example.org/who_example.csv" in (copy / files[2]).read_text()
    tested = run(copy, "pytest", "-q", "-p", "no:cacheprovider", *CHECKED, "-k", NAME)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert " passed" in tested.stdout
    python = [file for file in files if file.endswith(".py")]
    for check in (["check"], ["format", "--check"]):
        assert run(copy, "ruff", *check, "--no-cache", *python).returncode == 0
    again = run(copy, "tests.new_source", NAME)
    assert again.returncode == 2
    assert again.stderr.startswith(f"There is a source '{NAME}' already; take another name.")


@pytest.mark.parametrize("name", ["", "who", "Who_testing", "who_testing.py", "../who_testing"])
def test_a_name_that_is_none_makes_nothing(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence says what a name looks like and what to type."""
    assert main([name] if name else []) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "expected publisher_subject, such as who_testing" in told.err
    assert "make new-source NAME=" in told.err
