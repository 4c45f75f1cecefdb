"""The command `status`."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.flows.lakes import GOOD
from tests.vaxwatch.lakes import Ask

PERFDATA = re.compile(r"VAXWATCH [A-Z]+ - [^|]+\|( ?[a-z_]+=\d+s?;;;0)+\n")


def test_status_has_its_contracted_shape(ask: Ask) -> None:
    """What is overdue ends in exit code 3."""
    answer = ask("status", "--json")
    assert answer.code == 3
    assert list(answer.document) == [
        "lake",
        "at",
        "ok",
        "problems",
        "sources",
        "targets",
        "runs",
        "raw",
    ]
    market = answer.document["sources"][0]
    assert list(market) == [
        *("name", "state", "is_scheduled", "overdue_since"),
        *("last_as_of", "last_change", "last_fetch", "failed_at", "failing_since", "failures"),
        *("refused_at", "fault", "held_since", "held", "held_id", "vintages"),
        *("quarantined", "open_alerts"),
    ]
    assert market["last_as_of"] == "2022-02-22T00:00:00+00:00"
    assert market["open_alerts"]["critical"] == 1
    assert [list(one) for one in answer.document["problems"]] == [
        ["kind", "about", "since", "sentence", "next_step"]
    ] * len(answer.document["problems"])
    assert {one["kind"] for one in answer.document["problems"]} == {"overdue", "held"}


def test_status_is_drawn_with_its_problems(ask: Ask) -> None:
    """Every source has a row; each problem has its next step."""
    drawn = ask("status").out
    assert "2022-02-22" in drawn
    assert re.search(r"who_cases +never", drawn)
    assert "vaxwatch quarantine release" in " ".join(drawn.split())
    assert drawn.splitlines()[-1] == "2 problems."


def test_quiet_is_one_line_with_figures(ask: Ask) -> None:
    """As monitoring plugins write it."""
    answer = ask("status", "--quiet")
    assert answer.code == 3
    assert PERFDATA.fullmatch(answer.out)
    assert "overdue unicef_market" in answer.out


def test_status_of_one_source(ask: Ask) -> None:
    """Only it counts; another name is wrong use."""
    answer = ask("status", "--source", "who_cases", "--json")
    assert answer.code == 0
    assert [one["name"] for one in answer.document["sources"]] == ["who_cases"]
    wrong = ask("status", "--source", "who_case")
    assert wrong.code == 2
    assert "There is no source 'who_case'" in wrong.err


def test_the_runs_of_marts_and_pages_are_listed(ask: Ask, lake: Path, tmp_path: Path) -> None:
    """As those of sources are, whatever a command on the whole lake is about."""
    own = tmp_path / "own"
    shutil.copytree(lake, own)
    for command in ("marts", "site"):
        assert ask(command, at=own).code == 0
    runs = ask("status", "--source", "who_cases", "--json", at=own).document["runs"]
    assert [(one["source"], one["operation"]) for one in runs] == [
        ("marts", "marts"),
        ("site", "site"),
    ]


def test_a_fresh_lake_is_well(ask: Ask, tmp_path: Path) -> None:
    """Exit code 0, and so says the line."""
    (tmp_path / "now.csv").write_bytes(GOOD)
    at = datetime.now(UTC).isoformat()
    words = ("ingest", "unicef_market", "--file", "now.csv", "--retrieved-at", at, "--no-quality")
    assert ask(*words, at=tmp_path / "new").code == 0
    assert ask("status", at=tmp_path / "new").out.splitlines()[-1] == "All is well."
    quiet = ask("status", "--quiet", at=tmp_path / "new")
    assert (quiet.code, quiet.out[:11]) == (0, "VAXWATCH OK")


@pytest.mark.parametrize("words", [("status",), ("status", "--json")])
def test_a_lake_that_is_not_there_is_wrong_use(
    ask: Ask, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """As for every reading command; a check gets its line and exit code 1."""
    answer = ask(*words, at=tmp_path / "none")
    assert answer.code == 2
    assert "There is no lake at" in answer.err
    quiet = ask("status", "--quiet", at=tmp_path / "none")
    assert quiet.code == 1
    assert quiet.out.startswith("VAXWATCH UNKNOWN - There is no lake at")
    assert quiet.out.count("\n") == 1


def test_a_damaged_lake_fails(ask: Ask, tmp_path: Path, lake: Path) -> None:
    """With one sentence and exit code 1."""
    copy = tmp_path / "copy"
    for path in lake.rglob("*"):
        if path.is_file():
            there = copy / path.relative_to(lake)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())
    newest = max((copy / "unicef_market" / "_vault" / "log").iterdir())
    newest.write_bytes(newest.read_bytes()[:-40])
    answer = ask("status", at=copy)
    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert ask("status", "--quiet", at=copy).out.startswith("VAXWATCH UNKNOWN - ")
