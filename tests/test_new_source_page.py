"""docs/new-source.md: its files are written and its commands run, in a copy of the tree."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.new_source import ROOT
from tests.test_new_source import copied

pytestmark = [pytest.mark.slow, pytest.mark.long]

PAGE = ROOT / "docs/new-source.md"
BLOCK = re.compile(
    r"(?:^`([\w./-]+)`:\n\n)?^```(sh|text|python|csv)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
PRELUDE = 'make() { command make -o .venv/.ready "$@"; }; source() { :; }\n'
"""The environment is there already: nothing is installed."""


def plain(text: str) -> str:
    """Return a text without the lengths of its lines."""
    return " ".join(text.split())


def run(copy: Path, commands: str) -> str:
    """Run commands as a person who has activated the environment; return what they print."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy),
        "PREFECT_HOME": str(copy / "home"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "VAXWATCH_MARTS": "on",
        "COLUMNS": "100",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", PRELUDE + commands],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_page_does_what_it_shows(tmp_path: Path) -> None:
    """Each block of output is part of what the commands before it print."""
    copy, printed, compared = copied(tmp_path / "tree"), "", 0
    for path, kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if path:
            (copy / path).write_text(text, encoding="utf-8")
        elif kind == "sh":
            printed = run(copy, text)
        else:
            assert plain(text) in plain(printed)
            compared += 1
    assert compared == 5
