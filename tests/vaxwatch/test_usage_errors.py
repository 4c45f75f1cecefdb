"""A call that the command line refuses answers like every other error."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from vaxwatch.commands.app import COMMANDS, app

ROOT: Any = get_command(app)


def paths(commands: Mapping[str, Any] = COMMANDS) -> Iterator[list[str]]:
    """Yield the words of every command and group, and of the root."""
    yield []
    for name, place in commands.items():
        yield [name]
        if isinstance(place, dict):
            yield from ([name, own] for own in place)


def command_at(words: list[str]) -> Any:
    """Return the command or group that words name."""
    command = ROOT
    for word in words:
        command = command.get_command(None, word)
    return command


Refused = Iterator[tuple[str, list[str]]]
"""The kind of the error, and the words of the call."""


def refused() -> Refused:
    """Yield every way in which a command can be called wrongly."""
    for words in paths():
        command = command_at(words)
        yield "No such option", [*words, "--no-such-option"]
        if hasattr(command, "commands"):
            yield "No such command", [*words, "no-such-command"]
            yield "Missing command", words
        else:
            yield from refused_parameters(words, command.params)


def refused_parameters(words: list[str], parameters: list[Any]) -> Refused:
    """Yield every way in which the parameters of a command can be given wrongly."""
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    needed = ["x" for one in arguments if one.required]
    has_room = any(one.nargs == -1 for one in arguments)
    if not has_room and len(needed) == sum(one.required for one in parameters):
        yield "unexpected extra argument", [*words, *["1"] * (len(arguments) + 1)]
    for one in parameters:
        if one.required:
            yield "Missing", words
        if one.type_descriptor.is_choice:
            yield "Invalid value", [*words, *needed, one.opts[0], "no-such-value"]
        elif one.type_descriptor.annotation is int:
            option = [one.opts[0]] if one.param_type_name == "option" else []
            yield "Invalid value", [*words, *needed, *option, "no-number"]
        if one.param_type_name == "option":
            kind = "does not take a value" if one.is_flag else "requires an argument"
            yield kind, [*words, f"{one.opts[0]}=x" if one.is_flag else one.opts[0]]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_refused_call_is_one_json_document(*, is_first: bool) -> None:
    """Of every command, wherever --json stands: exit code 2, the sentence on both outputs."""
    kinds = set[str]()
    for kind, words in refused():
        if not is_first and kind in {"Missing command", "requires an argument"}:
            continue  # a group has no --json; an option would take it as its value
        given = ["--json", *words] if is_first else [*words, "--json"]
        answer = CliRunner().invoke(app, given)
        assert answer.exit_code == 2, given
        error = json.loads(answer.stdout)["error"]
        assert kind in error, given
        assert answer.stderr == f"vaxwatch: {error}\n", given
        kinds.add(kind)
    assert len(kinds) == (8 if is_first else 6)


def test_without_json_a_refused_call_answers_on_standard_error_alone() -> None:
    """Also when the same process was asked for JSON before."""
    for given in (["asof", "--json"], ["asof"], ["--json", "quarantine"], ["alerts", "no-such"]):
        answer = CliRunner().invoke(app, given)
        assert answer.exit_code == 2
        assert answer.stderr
        assert bool(answer.stdout) == ("--json" in given)
    assert "release" in CliRunner().invoke(app, ["quarantine"]).stdout


def test_completion_that_cannot_be_installed_is_explained(tmp_path: Path) -> None:
    """HOME is a file: the answer names the other way."""
    home = tmp_path / "home"
    home.touch()
    environment = os.environ | {"HOME": str(home)}
    words = [sys.executable, "-m", "vaxwatch", "--json", "--install-completion"]
    under_bash = ["bash", "-c", f"{shlex.join(words)}; exit $?"]  # the shell that is detected
    ended = subprocess.run(under_bash, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--show-completion" in json.loads(ended.stdout)["error"]
    assert "Traceback" not in ended.stderr


INTERRUPTED_WHILE_LOADING = """
import os, signal, sys
from vaxwatch.__main__ import main

class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == "polars":
            os.kill(os.getpid(), signal.SIGINT)

if sys.argv.pop() == "ignored":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.meta_path.insert(0, Interrupt())
main()
"""


@pytest.mark.parametrize(("handler", "code"), [("default", -signal.SIGINT), ("ignored", 0)])
def test_an_interrupt_while_modules_load_shows_no_traceback(handler: str, code: int) -> None:
    """It ends the process silently, as in any other program; below nohup it does nothing."""
    words = [sys.executable, "-c", INTERRUPTED_WHILE_LOADING, "--version", handler]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (code, "")
