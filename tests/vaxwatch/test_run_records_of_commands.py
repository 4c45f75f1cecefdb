"""Every command that changes a lake leaves a record of its run; those that read change nothing."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tasks.runs.run_records import KEY
from tests.vaxwatch.lakes import Ask
from tests.vaxwatch.test_marts_follow import COUNTRIES, FEW, MARKET, ingest, vintage
from vaxwatch.commands.app import COMMANDS

pytestmark = pytest.mark.long

TOML = '[[targets]]\nname = "feed"\nurl = "json://127.0.0.1:9/in"\n'
RECORDED = {
    "ingest": "ingest",
    "backfill": "backfill",
    "demo": "backfill",
    "rebuild": "rebuild",
    "retract": "retract",
    "quarantine replay": "replay",
    "quarantine release": "release",
    "repair": "repair",
    "compact": "compact",
    "deliver": "deliver",
    "marts": "marts",
    "site": "site",
}
"""The operation of the record that each command leaves."""
IN_THE_ALERT_LOG = {f"alerts {name}" for name in ("ack", "silence", "unsilence", "explain")}
"""What people decide is recorded there, with who, when and why."""
WITHOUT = {
    *("sources", "vintages", "asof", "diff", "history", "chart", "status", "metrics", "verify"),
    *("export xlsx", "export csv", "export delta", "config check", "doctor"),
    *("alerts list", "alerts show", "alerts backtest", "alerts test-target"),
    *("quarantine list", "quarantine show"),
    "catalog",  # makes descriptions of the lake again
    *("serve", "deploy"),  # their runs are those of flows
}
SOURCE_OBJECTS = ("/_vault/", "raw/", "alerts/log/", "alerts/outbox/")


def names() -> set[str]:
    """Return the names of all commands."""
    found: set[str] = set()
    for name, place in COMMANDS.items():
        found |= {f"{name} {own}" for own in place} if isinstance(place, dict) else {name}
    return found


def test_it_is_decided_of_every_command() -> None:
    """A new one has to be put into one of the lists."""
    assert names() == RECORDED.keys() | IN_THE_ALERT_LOG | WITHOUT


def records(lake: Path) -> Mapping[str, str]:
    """Return the operation of each run record, by its name."""
    found = [str(one.relative_to(lake)) for one in lake.glob("runs/*/*/*/*.json")]
    return {name: parts["operation"] for name in found if (parts := KEY.fullmatch(name))}


def sources_of(lake: Path) -> set[str]:
    """Return the names of the objects that everything else is made of."""
    found = (str(one.relative_to(lake)) for one in lake.rglob("*") if one.is_file())
    return {one for one in found if any(part in one for part in SOURCE_OBJECTS)}


def commands(ask: Ask, lake: Path) -> Iterator[tuple[str, ...]]:
    """Yield commands that change a lake, one after another; files change between them."""
    yield ingest(lake.parent, 0, COUNTRIES, 9_000_000)
    yield ingest(lake.parent, 1, COUNTRIES, 4_000_000)
    alert, *_ = ask("alerts", "list", "--json", "--open", at=lake).document
    yield "alerts", "ack", alert["fingerprint"], "--reason", "seen"
    yield ingest(lake.parent, 2, FEW, 4_000_000)  # it is held
    yield "quarantine", "release", MARKET, vintage(lake, 2), "--no-quality"
    yield "retract", MARKET, vintage(lake, 1), "--reason", "a wrong file", "--no-quality"
    yield "retract", MARKET, vintage(lake, 1), "--undo", "--reason", "a right one", "--no-quality"
    bad = ingest(lake.parent, 3, COUNTRIES, 4_000_000)
    file = lake.parent / "3.csv"
    file.write_text(file.read_text().replace("PRK,AstraZeneca,4000000", "PRK,AstraZeneca,x"))
    yield bad
    yield "quarantine", "replay", MARKET, "--no-quality"
    yield "rebuild", MARKET, "--no-quality"
    yield "backfill", MARKET, "--origin", f"dir:{_folder(lake.parent)}", "--no-quality"
    yield "compact", "--collect"
    (lake / MARKET / "allocations" / "latest.parquet").unlink()
    yield ("repair",)
    (lake.parent / "vaxwatch.toml").write_text(TOML)
    yield ("deliver",)  # the target begins
    yield ingest(lake.parent, 4, COUNTRIES, 1_000)
    yield "deliver", "--again"
    yield "marts", "--from-scratch"


def _folder(parent: Path) -> Path:
    folder = parent / "older"
    folder.mkdir()
    words = ingest(parent, -9, COUNTRIES, 8_000_000)
    Path(words[3]).rename(folder / "2022-01-23.csv")
    return folder


def test_a_command_that_commits_leaves_a_record(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One each, of its own operation; also where nothing came of it."""
    monkeypatch.setenv("VAXWATCH_MARTS", "off")
    lake, seen = tmp_path / "lake", set[str]()
    for words in commands(ask, lake):
        name = next(
            name
            for name in sorted(names(), reverse=True)
            if (" ".join(words) + " ").startswith(f"{name} ")
        )
        before, objects = records(lake), sources_of(lake)
        answer = ask(*words, at=lake)
        assert answer.code in {0, 3}, (words, answer.err)
        new = [one for key, one in records(lake).items() if key not in before]
        is_silent = words == ("deliver",) or name in IN_THE_ALERT_LOG
        assert new == ([] if is_silent else [RECORDED[name]]), words
        assert name not in WITHOUT or sources_of(lake) == objects
        seen.add(name)
    assert RECORDED.keys() - seen == {"demo", "site"}, "which have tests of their own"


def test_the_record_names_what_was_decided(ask: Ask, tmp_path: Path) -> None:
    """A release and a retraction name the vintage; a wrong call leaves no record."""
    lake = tmp_path / "lake"
    for words in (ingest(tmp_path, 0, COUNTRIES, 9), ingest(tmp_path, 1, FEW, 9)):
        ask(*words, at=lake)
    name = vintage(lake, 1)
    ask("quarantine", "release", MARKET, name, "--no-quality", at=lake)
    ask("retract", MARKET, name, "--reason", "no", "--no-quality", at=lake)
    before = records(lake)
    assert ask("quarantine", "release", MARKET, name, at=lake).code == 2
    assert records(lake) == before
    named = {
        one["operation"]: one["vintages"]
        for one in (json.loads((lake / key).read_text()) for key in before)
    }
    assert (named["release"], named["retract"]) == ([name], [name])
