import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.errors import Damaged, WrongUse
from tests.thorough import quick
from tests.vaxwatch.lakes import Ask
from vaxwatch.commands.app import app
from vaxwatch.commands.command_runner import Asked, Run, guarded, report_waivers

DATASET = "unicef_market.allocations"
READING = (
    ("sources",),
    ("vintages", DATASET),
    ("asof", DATASET, "latest"),
    ("diff", DATASET, "2021-12-23", "latest"),
    ("history", DATASET, "--where", "iso3=PRK"),
    ("alerts", "list"),
    ("quarantine", "list"),
    ("verify",),
)


def program(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program."""
    command = [str(Path(sys.executable).with_name("vaxwatch")), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_json_may_stand_before_and_after_the_command(ask: Ask, words: tuple[str, ...]) -> None:
    """Both give the same one document and nothing else on standard output."""
    before, after = ask("--json", *words), ask(*words, "--json")
    assert before.document == after.document
    assert (before.code, after.code, after.err) == (0, 0, "")


def test_the_lake_may_be_named_after_the_command(ask: Ask, lake: Path, tmp_path: Path) -> None:
    """The nearer one holds."""
    answer = ask("vintages", DATASET, "--lake", str(lake), at=tmp_path / "none")
    assert answer.code == 0


def test_the_lake_may_be_named_by_the_environment(
    ask: Ask, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """VAXWATCH_LAKE holds where no option is given."""
    monkeypatch.setenv("VAXWATCH_LAKE", str(lake))
    assert ask("vintages", DATASET, at=None).code == 0


def test_a_mistake_in_the_settings_is_wrong_use(ask: Ask, tmp_path: Path) -> None:
    """It ends in one sentence and exit code 2."""
    (tmp_path / "vaxwatch.toml").write_text("lak = 1\n")
    answer = ask("sources")
    assert answer.code == 2
    assert "vaxwatch.toml" in answer.err


def test_debug_shows_where_an_error_arose(ask: Ask) -> None:
    """Without it there is a sentence alone."""
    assert "Traceback" not in ask("asof", DATASET, "never").err
    assert "Traceback" in ask("asof", DATASET, "never", "--debug").err


@pytest.mark.parametrize("words", [["asof"], ["asof", DATASET, "latest", "--when"], ["chart"]])
def test_an_option_or_command_that_is_not_there_is_wrong_use(ask: Ask, words: list[str]) -> None:
    """What is not built is not registered."""
    assert ask(*words).code == 2


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WrongUse("a sentence"), 2),
        (Damaged("a", "b", "c"), 1),
        (ValueError("odd"), 1),
        (PermissionError(13, "Permission denied", "a.csv"), 1),
        (OSError(28, "No space left on device"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_error_has_its_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is reported in one line on standard error."""

    def action() -> int:
        raise error

    assert guarded(action, Asked()) == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)


def test_every_command_explains_itself() -> None:
    """--help works everywhere and says what the command is for."""
    commands = ["demo", "sources", "ingest", "backfill", "vintages", "asof", "diff", "history"]
    commands += ["chart", "alerts list", "alerts show", "quarantine list", "verify", "serve"]
    for command in commands:
        result = CliRunner().invoke(app, [*command.split(), "--help"])
        assert result.exit_code == 0, command
        assert "--json" in result.stdout


def test_the_program_prints_its_version() -> None:
    """The console script is installed under its name."""
    ended = program("--version")
    assert (ended.returncode, ended.stdout) == (0, "vaxwatch 0.1.0\n")


def test_output_that_is_no_terminal_has_no_colour(lake: Path) -> None:
    """A pipe gets plain lines, without trailing blanks."""
    ended = program("--lake", str(lake), "diff", DATASET, "2021-12-23", "latest")
    assert ended.returncode == 0
    assert "\x1b" not in ended.stdout
    assert all(line == line.rstrip() for line in ended.stdout.splitlines())


def test_a_reader_that_goes_away_is_no_fault(lake: Path) -> None:
    """`vaxwatch … | head` leaves no traceback, and ends as SIGPIPE ends a program."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "vaxwatch", "--lake", str(lake), "vintages", DATASET]
    ended = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    os.close(writing)
    assert ended.stderr == ""
    assert ended.returncode == 141


@pytest.mark.parametrize(
    ("streams", "code"), [(">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 1)]
)
def test_streams_that_are_closed_or_full_leave_no_traceback(
    lake: Path, streams: str, code: int
) -> None:
    """A closed one gets nothing; one that takes nothing is a fault, and is named."""
    for words in (["--lake", str(lake), "vintages", DATASET], ["--version"])[: quick(1, 2)]:
        command = shlex.join([sys.executable, "-m", "vaxwatch", *words])
        ended = subprocess.run(
            ["bash", "-c", f"{command} {streams}"], capture_output=True, text=True, check=False
        )
        assert ended.returncode == code
        assert bool(ended.stdout) == (streams == "2>&-")
        assert ended.stderr.count("\n") == code
        assert ("No space left on device" in ended.stderr) == (code == 1)


def test_waivers_are_reported_before_the_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, each once; they are returned, so that no caller repeats them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VAXWATCH_CONFIG", raising=False)
    (tmp_path / "vaxwatch.toml").write_text(
        '[[waivers]]\nrule = "R11"\ndataset = "find_tests.tests"\nreason = "Told to FIND."\n'
        'owner = "a@example.org"\nexpires = 2021-12-31\n'
    )
    notes = report_waivers(Run(asked=Asked()))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "".join(f"{one}\n" for one in notes)
    assert "owner a@example.org, expired on 2021-12-31" in notes[0]
