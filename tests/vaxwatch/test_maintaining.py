import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.catalog.views import VIEWS
from tasks.vault.backends.open_store import open_store
from tasks.vault.conformance.conformance_report import conformance
from tests.vaxwatch.lakes import NOW, Ask

MARKET = "unicef_market"


@pytest.fixture
def own(lake: Path, tmp_path: Path) -> Path:
    """Return a lake of one's own, to work in."""
    copy = tmp_path / "own"
    shutil.copytree(lake, copy)
    return copy


def latest(lake: Path, dataset: str) -> Path:
    """Return where a dataset's newest figures are."""
    return lake.joinpath(*dataset.split("."), "latest.parquet")


def test_repair_publishes_what_a_killed_run_left_undone(ask: Ask, own: Path) -> None:
    """Derived files are rebuilt, and a second repair finds nothing to do."""
    path = latest(own, f"{MARKET}.allocations")
    before = path.read_bytes()
    path.unlink()
    (own / VIEWS).unlink()
    assert ask("verify", at=own).code == 1
    answer = ask("repair", "--json", at=own)
    assert (answer.code, answer.document["problems"]) == (0, [])
    text = [one["done"] for one in answer.document["repaired"]]
    assert any("latest.parquet" in one for one in text)
    assert any(VIEWS in one for one in text)
    assert pl.read_parquet(before).equals(pl.read_parquet(path))
    assert ask("verify", "--deep", at=own).code == 0
    again = ask("repair", at=own)
    assert "There was nothing to repair." in again.out


def test_verify_counts_sources_and_not_the_lakes_own_tables(ask: Ask, own: Path) -> None:
    """Quality and quarantine are checked too, and are no sources."""
    checked = ask("verify", "--json", at=own).document["sources"]
    sources = {*checked} - {*SYSTEM_SOURCES}
    assert len(sources) < len(checked)
    assert f"{len(sources)} sources in " in ask("verify", at=own).out


def test_repair_reports_what_it_cannot_mend(ask: Ask, own: Path) -> None:
    """A segment that is gone needs a copy of the lake: exit code 1."""
    next((own / MARKET / "_vault" / "seg").iterdir()).unlink()
    answer = ask("repair", at=own)
    assert answer.code == 1
    assert "is gone" in answer.out


def test_compaction_changes_no_answer(ask: Ask, own: Path) -> None:
    """Every as-of is what it was; sources may be named."""
    times = ("2021-12-23", "2022-02-10", "latest")
    asked = [("asof", f"{MARKET}.allocations", time, "--json") for time in times]
    before = [ask(*words, at=own).document for words in asked]
    answer = ask("compact", MARKET, "--json", at=own)
    assert answer.code == 0
    assert [one["source"] for one in answer.document] == [MARKET]
    assert [ask(*words, at=own).document for words in asked] == before
    assert MARKET in ask("compact", at=own).out


def test_only_old_garbage_is_collected(ask: Ask, own: Path) -> None:
    """What no commit names goes when it is a week old; a dry run only says so."""
    ask("repair", at=own)  # the lake's alerts are made up
    bodies = [b"written by one who never committed", b"and by another"]
    names = [hashlib.sha256(body).hexdigest() for body in bodies]
    orphans = [own / MARKET / "_vault" / "seg" / f"{name}.parquet" for name in names]
    old = (NOW - timedelta(days=8)).timestamp()
    for path, body in zip(orphans, bodies, strict=True):
        path.write_bytes(body)
    os.utime(orphans[0], (old, old))
    asked = ("compact", MARKET, "--collect")
    views = own / "catalog" / "views.sql"
    catalog = views.read_bytes()
    views.unlink()
    [listed] = ask(*asked, "--dry-run", "--json", at=own).document
    assert not views.exists()
    views.write_bytes(catalog)
    assert listed["removed"] == [f"_vault/seg/{names[0]}.parquet"]
    assert orphans[0].exists()
    assert "1 object would be removed" in ask(*asked, "--dry-run", at=own).out
    assert "1 object removed" in ask(*asked, at=own).out
    assert [path.exists() for path in orphans] == [False, True]
    assert ask("verify", "--deep", at=own).code == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from tasks.vault.backends.folder_store import FolderStore

os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
FolderStore(Path(sys.argv[1])).put_if_absent("raw/bodies/aa/aa.zst", b"half")
"""
"""A writer that is killed before its object has its name."""


def test_what_a_killed_writer_left_is_listed_and_collected(ask: Ask, own: Path) -> None:
    """Its temporary file, a day later; the one of a writer that may still be at work stays."""
    for _ in range(2):
        ended = subprocess.run([sys.executable, "-c", KILLED, str(own)], check=False)
        assert ended.returncode == -signal.SIGKILL
    left, working = (own / "raw" / "bodies" / "aa").iterdir()
    assert ask("verify", "--json", at=own).document["unfinished"] == []
    old = (datetime.now(UTC) - timedelta(hours=25)).timestamp()
    os.utime(left, (old, old))
    name = str(left.relative_to(own))
    answer = ask("verify", "--json", at=own)
    assert (answer.code, answer.document["unfinished"]) == (0, [name])
    drawn = " ".join(ask("verify", at=own).out.split())
    assert f"{left} was left by a killed run" in drawn
    collect = ("compact", "--collect", "--json")
    for words in ((*collect, "--dry-run"), collect):
        assert left.exists()
        assert ask(*words, at=own).document[-1]["removed"] == [name]
    assert not left.exists()
    assert working.exists()
    assert ask(*collect, at=own).document[-1]["source"] != "lake"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["compact", "--dry-run"], "--dry-run is for --collect"),
        (["compact", "nobody"], "no source 'nobody'"),
        (["compact", "undp_vaccine_equity"], "has no vintage"),
        (["rebuild", "nobody"], "no source 'nobody'"),
        (["quarantine", "release", "nobody", "x"], "no source 'nobody'"),
        (["quarantine", "release", MARKET, "x"], "no vintage 'x'"),
        (["doctor", "--conformance", "nowhere"], "no folder nowhere"),
        (["doctor", "--conformance", "s3://"], "names no bucket"),
    ],
)
def test_a_wrong_call_changes_nothing(ask: Ask, words: list[str], text: str) -> None:
    """Exit code 2 and one clear sentence."""
    answer = ask(*words)
    assert answer.code == 2
    assert text in answer.err


def test_folder_that_keeps_its_promises_passes(ask: Ask, tmp_path: Path) -> None:
    """Every promise is listed with what was seen, and the folder is left as it was."""
    folder = tmp_path / "place"
    folder.mkdir()
    answer = ask("doctor", "--conformance", str(folder), "--json")
    assert (answer.code, answer.document["fit"]) == (0, True)
    assert {"promise", "seen", "verdict"} == set(answer.document["checks"][0])
    assert list(folder.iterdir()) == []


def test_store_that_breaks_a_promise_fails(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, and the last line says not to keep a lake there."""

    def link(*_: Any) -> None:
        raise OSError(95, "no hard links here")

    monkeypatch.setattr(os, "link", link)
    answer = ask("doctor", "--conformance", str(tmp_path))
    assert answer.code == 1
    assert "no hard links here" in " ".join(answer.out.split())
    assert "do not keep a lake there" in answer.out


def test_store_in_memory_is_looked_at_directly(ask: Ask) -> None:
    """Any address of a store may be named."""
    assert (
        ask("doctor", "--conformance", "memory:doctor", "--json").document["checks"][0]["verdict"]
        == "kept"
    )
    assert list(open_store("memory:doctor").list("")) == []
    assert conformance(open_store("memory:doctor"))


def test_missing_raw_body_is_found(ask: Ask, own: Path) -> None:
    """A vintage whose bytes are gone cannot be proven: `verify` says which."""
    body = next((own / "raw" / "bodies").rglob("*.zst"))
    body.unlink()
    answer = ask("verify", "--json", at=own)
    assert answer.code == 1
    assert body.name in answer.document["problems"][0]["problem"]


def test_other_raw_bytes_are_found_by_the_deep_check(ask: Ask, own: Path) -> None:
    """The hash of every body is computed again."""
    bodies = sorted((own / "raw" / "bodies").rglob("*.zst"))
    bodies[0].write_bytes(bodies[1].read_bytes())
    assert ask("verify", at=own).code == 0
    assert bodies[0].stem in ask("verify", "--deep", at=own).out


def test_gap_in_the_alert_log_is_found(ask: Ask, own: Path) -> None:
    """An entry that is gone, and one that is no entry."""
    log = own / "alerts" / "log"
    [entry] = log.iterdir()
    (log / f"{3:012d}.json").write_text(json.dumps({"events": "x"}))
    problems = ask("verify", "--json", at=own).document["problems"]
    text = " ".join(one["problem"] for one in problems if one["source"] == "alerts")
    assert "alerts/log/000000000002.json: seen no object" in text
    assert "is no entry (" in text
    entry.unlink()
    assert ask("verify", at=own).code == 1


def test_a_damaged_source_stops_no_repair_of_another(ask: Ask, own: Path) -> None:
    """Its problem stays, with the step that helps; the others' files are put right."""
    for entry in (own / MARKET / "_vault" / "log").iterdir():
        entry.write_bytes(b"{")
    latest = own / "who_searo_testing" / "tests" / "latest.parquet"
    latest.unlink()
    answer = ask("repair", "--json", at=own)
    assert answer.code == 1
    assert {one["source"] for one in answer.document["problems"]} == {MARKET}
    assert latest.exists()
