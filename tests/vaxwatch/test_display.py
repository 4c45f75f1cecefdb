"""What people see: harmless text, whole words at every width, any encoding, exact JSON."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.wording import listed, printable
from tests.vaxwatch.hostile import harmful
from tests.vaxwatch.lakes import Ask
from vaxwatch.display import number

DATASET = "unicef_market.allocations"
WIDTHS = (60, 80, 120)
READING = {
    "sources": ["sources"],
    "vintages": ["vintages", DATASET],
    "asof": ["asof", DATASET, "latest"],
    "diff": ["diff", DATASET, "2021-12-23", "latest"],
    "history": ["history", DATASET, "--where", "iso3=PRK"],
}


@given(st.text())
def test_printable_text_is_printable(text: str) -> None:
    """Whatever comes in; printable text is unchanged."""
    clean = printable(text)
    assert harmful(clean) == []
    assert "\n" not in clean
    assert printable(clean) == clean


def test_a_list_that_is_cut_counts_the_rest() -> None:
    """So no reader takes a part for the whole."""
    assert listed([str(number) for number in range(25)]).endswith("18, 19 and 5 more")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("command", READING)
def test_no_word_is_broken_at_any_width(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, width: int, command: str
) -> None:
    """Every word of the wide answer is in the narrow one, and no line is wider than asked."""
    monkeypatch.setenv("COLUMNS", "400")
    wide = ask(*READING[command]).out
    monkeypatch.setenv("COLUMNS", str(width))
    narrow = ask(*READING[command]).out
    words = {word for word in wide.split() if not set(word) <= set("─-")}
    assert words <= set(narrow.split())
    longest = max(map(len, words))
    assert max(map(len, narrow.splitlines())) <= max(width, longest + 20)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("command", ["diff", "sources"])
def test_output_never_fails_on_an_encoding(
    lake: Path, encoding: str, options: list[str], command: str
) -> None:
    """A minus stays a minus, JSON stays exact, and the exit code is 0."""
    words = [sys.executable, "-m", "vaxwatch", "--lake", str(lake), *READING[command], *options]
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C", "PYTHONUTF8": "0"}
    ended = subprocess.run(words, env=environment, capture_output=True, check=True)
    text = ended.stdout.decode(encoding)
    if options:
        json.loads(text)
    elif command == "diff":
        assert "6,826,800" in text
        assert text.count("-6,826,800") + text.count("\N{MINUS SIGN}6,826,800") == 1


def test_cells_are_written_for_people() -> None:
    """Separators, dashes for what was not published, days without a clock."""
    assert number(1234567) == "1,234,567"
    assert number(None) == "\N{EN DASH}"
    assert number(datetime(2022, 2, 10, tzinfo=UTC)) == "2022-02-10"
