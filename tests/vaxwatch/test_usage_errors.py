"""A call that the command line refuses answers like every other error."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from vaxwatch.__main__ import main
from vaxwatch.commands.app import COMMANDS


def paths(commands: Mapping[str, Any] = COMMANDS) -> Iterator[list[str]]:
    """Yield the words of every command and group, and of the root."""
    yield []
    for name, place in commands.items():
        yield [name]
        if isinstance(place, dict):
            yield from ([name, own] for own in place)


@pytest.mark.parametrize("is_first", [True, False])
def test_an_unknown_option_is_one_json_document(
    is_first: bool,  # noqa: FBT001 (a case)
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of every command, wherever --json stands: exit code 2, the sentence on both outputs."""
    for words in paths():
        given = ["--json", *words] if is_first else [*words, "--json"]
        monkeypatch.setattr("sys.argv", ["vaxwatch", *given, "--no-such-option"])
        with pytest.raises(SystemExit) as ended:
            main()
        answer = capsys.readouterr()
        assert ended.value.code == 2, words
        assert "No such option" in json.loads(answer.out)["error"], words
        assert "No such option" in answer.err, words


def test_a_missing_argument_is_one_json_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --json nothing is on standard output."""
    for given in (["asof"], ["asof", "--json"]):
        monkeypatch.setattr("sys.argv", ["vaxwatch", *given])
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr().out
        assert ended.value.code == 2
        assert ("error" in json.loads(out)) if "--json" in given else out == ""
