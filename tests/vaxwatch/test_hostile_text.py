"""No command passes on text from outside that acts on a terminal, and each fits a narrow one."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.tasks.publisher import trickle
from tests.thorough import quick, thorough
from tests.vaxwatch.hostile import CELL, DATASET, FILE, HOSTILE, SOURCE, fill_place, harmful
from tests.vaxwatch.lakes import Answer, Ask
from tests.vaxwatch.test_usage_errors import command_at, paths
from vaxwatch.reader import open_lake

WIDTHS = (60, 80)
COMMANDS = {
    "demo": ["demo", "--no-quality"],
    "sources": ["sources"],
    "ingest": ["ingest", SOURCE, "--no-quality", "--file", FILE],
    "ingest, no file": ["ingest", SOURCE, "--file", HOSTILE],
    "backfill": ["backfill", SOURCE, "--no-quality", "--origin", f"dir:files {HOSTILE}"],
    "backfill, plan": ["backfill", SOURCE, "--dry-run", "--origin", f"dir:files {HOSTILE}"],
    "backfill, no folder": ["backfill", SOURCE, "--origin", f"dir:{HOSTILE}"],
    "vintages": ["vintages", DATASET],
    "asof": ["asof", DATASET, "latest"],
    "asof, written": ["asof", DATASET, "latest", "--out", f"{HOSTILE}.csv"],
    "asof, no folder": ["asof", DATASET, "latest", "--out", f"{HOSTILE}/a.csv"],
    "asof, no dataset": ["asof", HOSTILE, "latest"],
    "diff": ["diff", DATASET, "2022-02-10", "latest"],
    "history": ["history", DATASET, "--where", "iso3=PRK"],
    "history, no row": ["history", DATASET, "--where", f"product={HOSTILE}."],
    "chart": ["chart", "FINGERPRINT", "--out", f"{HOSTILE}.svg"],
    "chart, figure": ["chart", DATASET, "--where", f"product={HOSTILE}", "--out", "a.html"],
    "chart, none": ["chart", HOSTILE, "--out", "a.png"],
    "alerts list": ["alerts", "list"],
    "alerts show": ["alerts", "show", "FINGERPRINT"],
    "alerts show, none": ["alerts", "show", HOSTILE],
    "alerts ack": ["alerts", "ack", "FINGERPRINT", "--reason", HOSTILE, "--by", HOSTILE],
    "alerts silence": [
        *("alerts", "silence", "FINGERPRINT", "--until", "2099-12-31", "--reason", HOSTILE)
    ],
    "alerts silence, no day": [
        *("alerts", "silence", "FINGERPRINT", "--until", HOSTILE, "--reason", "Known.")
    ],
    "alerts unsilence": ["alerts", "unsilence", "FINGERPRINT", "--reason", HOSTILE],
    "alerts explain": ["alerts", "explain", "FINGERPRINT", "--reason", HOSTILE, "--url", HOSTILE],
    "alerts backtest": ["alerts", "backtest", SOURCE, "--set", "R1.least_fall=0.2"],
    "alerts backtest, none": ["alerts", "backtest", HOSTILE, "--set", HOSTILE],
    "alerts test-target": ["alerts", "test-target", HOSTILE],
    "marts": ["marts"],
    "site": ["site"],
    "catalog": ["catalog"],
    "export xlsx": ["export", "xlsx", "--out", f"{HOSTILE}.xlsx"],
    "export csv": ["export", "csv", "--out", f"export {HOSTILE}"],
    "export csv, no dataset": ["export", "csv", HOSTILE, "--out", "export"],
    "export delta": ["export", "delta", "--out", f"delta {HOSTILE}"],
    "status": ["status"],
    "status, none": ["status", "--source", HOSTILE],
    "metrics": ["metrics"],
    "metrics, odd file": ["metrics", "--out", HOSTILE],
    "deploy, no server": ["deploy", "--schedules", HOSTILE, "--pool", HOSTILE],
    "deliver": ["deliver", "--dry-run"],
    "deliver, none": ["deliver", "--target", HOSTILE],
    "quarantine list": ["quarantine", "list"],
    "quarantine show": ["quarantine", "show", SOURCE, "ID"],
    "quarantine replay": ["quarantine", "replay", SOURCE, "--no-quality"],
    "quarantine release": ["quarantine", "release", SOURCE, "ID"],
    "quarantine release, none": ["quarantine", "release", SOURCE, HOSTILE],
    "retract": ["retract", SOURCE, "ID", "--no-quality", "--reason", HOSTILE, "--by", HOSTILE],
    "retract, none": ["retract", SOURCE, HOSTILE, "--reason", HOSTILE],
    "retract, undone": ["retract", SOURCE, "ID", "--undo", "--reason", HOSTILE],
    "verify": ["verify", "--deep"],
    "repair": ["repair"],
    "compact": ["compact", "--collect"],
    "compact, plan": ["compact", "--collect", "--dry-run"],
    "rebuild": ["rebuild", SOURCE, "--no-quality"],
    "doctor": ["doctor"],
    "doctor, conformance": ["doctor", "--conformance", "."],
    "config check": ["config", "check"],
    "serve, all off": ["serve", "--schedules", f"{HOSTILE}.yaml"],
    "serve, no file": ["serve", "--schedules", HOSTILE],
    "unknown option": ["asof", f"--{HOSTILE}"],
    "unknown command": [HOSTILE],
}
"""How a command is called: its name, then the case."""
MEASURED = "doctor, conformance"
CASES = [
    pytest.param(case, marks=[pytest.mark.slow] if case in {"demo", MEASURED} else [])
    for case in COMMANDS
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a hostile folder, which is only copied."""
    folder = tmp_path_factory.mktemp("hostile")
    fill_place(folder)
    return folder


@pytest.fixture
def call(
    place: Path, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Answer]:
    """Return a function that runs one case in a copy of the place, with one of its lakes."""

    def run(case: str, lake: str, *options: str) -> Answer:
        folder = tmp_path / "place"
        shutil.rmtree(folder, ignore_errors=True)
        others = {f"{one} {HOSTILE}" for one in ("made", "run")} - {f"{lake} {HOSTILE}"}
        shutil.copytree(place, folder, ignore=lambda _, names: others & {*names})
        monkeypatch.chdir(folder)
        known = open_lake(f"{lake} {HOSTILE}")
        names = {
            "ID": known.vintages(DATASET)["id"][0],
            "FINGERPRINT": known.alert_records()[0].fingerprint,
        }
        words = [names.get(word, word) for word in COMMANDS[case]]
        return ask(*words, *options, at=f"{lake} {HOSTILE}")

    return run


def test_every_command_is_called() -> None:
    """A new command has to be in the list above."""
    there = {" ".join(words) for words in paths() if not hasattr(command_at(words), "commands")}
    assert there <= {case.partition(",")[0] for case in COMMANDS}


@pytest.mark.parametrize("lake", ["made", thorough("run")])
@pytest.mark.parametrize("case", CASES)
def test_text_from_outside_never_acts_on_a_terminal(
    call: Callable[..., Answer], case: str, lake: str
) -> None:
    """Neither answer nor error nor log has a control character; JSON is one document."""
    answer = call(case, lake, "--debug", "--verbose")
    assert answer.out + answer.err
    assert harmful(answer.out + answer.err) == []
    assert "unforeseen" not in answer.err
    with_json = call(case, lake, "--json")
    assert harmful(with_json.out + with_json.err) == []
    assert json.loads(with_json.out) is not None
    assert with_json.code == answer.code


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.values[0] not in {MEASURED, "metrics"}]
)
def test_no_word_is_broken_in_a_narrow_answer(
    call: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Every word of a wide answer, so every day and figure, is in the narrow ones."""
    monkeypatch.setenv("COLUMNS", "400")
    wide = call(case, "run").out
    words = {word for word in wide.split() if not set(word) <= set("─-")}
    for width in WIDTHS[: quick(1, 2)]:
        monkeypatch.setenv("COLUMNS", str(width))
        narrow = call(case, "run").out
        assert words <= set(narrow.split())


@pytest.mark.parametrize(
    ("head", "query"),
    [
        (b"404 Not\x9b2J Found", "?\u202e"),
        (b"404 Not Found", f"?{CELL}"),
        (b"302 Found\r\nLocation: http://127.0.0.1:9/\x9b2J\xe2\x80\xae", ""),
        (b"200 OK\r\nContent-Type: text/\x9b2J; charset=\x9b\r\n\r\n\x9b2J,\x1b[31m", ""),
    ],
)
def test_what_a_server_answers_never_acts_on_a_terminal(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, query: str
) -> None:
    """Its reason, its headers and its bytes reach an error, never the terminal."""
    with trickle(b"HTTP/1.1 " + head + b"\r\n\r\n", between=bool) as url:
        monkeypatch.setenv("VAXWATCH_SOURCES", json.dumps({"who_cases": {"url": url + query}}))
        answer = ask("ingest", "who_cases", "--no-quality", "--debug", at=tmp_path / "lake")
    assert answer.code in {1, 3}
    assert answer.err
    assert harmful(answer.out + answer.err) == []
    assert "unforeseen" not in answer.err


def test_a_file_and_json_have_the_exact_cells(call: Callable[..., Answer]) -> None:
    """What a program reads is what was published."""
    assert call("asof, written", "made", "--out", "rows.parquet").code == 0
    assert pl.read_parquet("rows.parquet")["product"].to_list() == [CELL]
    [row] = call("asof", "made", "--json").document["rows"]
    assert row["product"] == CELL


def test_a_terminal_gets_only_styles(place: Path) -> None:
    """With colours on, the only escapes are those of styles."""
    main, other = pty.openpty()
    words = [sys.executable, "-m", "vaxwatch", "--lake", str(place / f"made {HOSTILE}")]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        [*words, *COMMANDS["asof"]], stdout=other, stderr=other, env=environment
    ) as process:
        os.close(other)
        seen = b""
        while True:
            try:
                part = os.read(main, 4096)
            except OSError:
                break
            if not part:
                break
            seen += part
        process.wait()
    text = seen.decode()
    assert "\\x1b[31m" in text
    assert "\x1b[31m" not in text
    assert "\x9b" not in text
    assert "\u202e" not in text
