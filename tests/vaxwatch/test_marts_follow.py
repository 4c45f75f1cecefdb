"""Marts follow every command that changes what they are made of, so that `verify` is content."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tasks.pipeline.evaluate import evaluate_rules
from tasks.runs.run_context import open_run
from tasks.vault.backends.open_store import open_store
from tasks.vault.vault_reader import VaultReader
from tests.vaxwatch.lakes import Ask

pytestmark = pytest.mark.long

MARKET = "unicef_market"
DAY = datetime(2022, 2, 1, tzinfo=UTC)
COUNTRIES = (
    *("AFG", "BGD", "BOL", "COD", "COL", "ETH", "GHA", "HTI", "IND", "KEN", "LBR", "MLI"),
    *("MMR", "NER", "NGA", "NPL", "PAK", "PER", "PRK", "TCD", "TZA", "UGA", "YEM", "ZMB"),
)
FEW = COUNTRIES[:9]
Words = Callable[[Path], tuple[str, ...]]


def ingest(folder: Path, day: int, countries: tuple[str, ...], doses: int) -> tuple[str, ...]:
    """Return the words that take the promises of a day."""
    rows = "".join(f"{iso3},AstraZeneca,{doses}\n" for iso3 in countries)
    file = folder / f"{day}.csv"
    file.write_text(f"Recipient ISO,Vaccine Name,Doses Allocated\n{rows}")
    at = (DAY + timedelta(days=day)).isoformat()
    return "ingest", MARKET, "--file", str(file), "--retrieved-at", at, "--no-quality"


def vintage(lake: Path, day: int) -> str:
    """Return the id of the vintage of a day."""
    vault = VaultReader(open_store(str(lake)), MARKET)
    known = (*vault.vintages(), *vault.retracted.values())
    return next(one.id for one in known if one.as_of == DAY + timedelta(days=day))


def commands(ask: Ask, lake: Path) -> Iterator[tuple[str, ...]]:
    """Yield commands one after another, each of which changes what marts are made of."""
    yield ingest(lake.parent, 0, COUNTRIES, 9_000_000)
    yield ingest(lake.parent, 1, COUNTRIES, 4_000_000)
    alert, *_ = ask("alerts", "list", "--json", "--open", at=lake).document
    name = alert["fingerprint"]
    yield "alerts", "ack", name, "--reason", "seen"
    yield "alerts", "silence", name, "--reason", "known", "--until", "2999-01-01"
    yield "alerts", "unsilence", name, "--reason", "not known"
    yield "alerts", "explain", name, "--reason", "they cut it"
    yield ingest(lake.parent, 2, FEW, 4_000_000)  # it is held
    yield "quarantine", "release", MARKET, vintage(lake, 2), "--no-quality"
    yield "retract", MARKET, vintage(lake, 1), "--reason", "a wrong file", "--no-quality"
    yield "retract", MARKET, vintage(lake, 1), "--undo", "--reason", "a right one", "--no-quality"
    yield "rebuild", MARKET, "--no-quality"
    yield "compact", "--collect"


def states(file: Path) -> dict[str, str]:
    """Return the state of each alert in a file."""
    frame = pl.read_parquet(file)
    return dict(zip(frame["fingerprint"], frame["state"], strict=True))


def test_marts_are_right_after_each_command(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And after the rules were evaluated again."""
    monkeypatch.delenv("VAXWATCH_MARTS")
    lake = tmp_path / "lake"
    for words in commands(ask, lake):
        answer = ask(*words, at=lake)
        assert answer.code in {0, 3}, (words, answer.err)
        verified = ask("verify", "--json", at=lake)
        assert json.loads(verified.out)["problems"] == [], words
        if (lake / "marts" / "alerts.parquet").exists():
            shown, known = (states(lake / it / "alerts.parquet") for it in ("marts", "alerts"))
            assert shown.items() <= known.items(), words
    assert evaluate_rules(open_run(MARKET, str(lake), at=DAY + timedelta(days=99))).mart_notes == []
    assert ask("verify", "--deep", at=lake).code == 0
