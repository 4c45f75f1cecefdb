"""What people see: harmless text, whole words at every width, any encoding, exact JSON."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from schemas.wording import listed, printable
from tests.thorough import covering
from tests.vaxwatch.hostile import harmful
from tests.vaxwatch.lakes import Ask
from vaxwatch.console import AnswerConsole
from vaxwatch.display import draw_table, number

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


WORDS = st.text("abcXYZ0123\u6f22\u8a9e\u00e9\u0301", min_size=1, max_size=30)
CELLS = st.text(max_size=60) | st.lists(WORDS, max_size=12).map(" ".join) | st.none() | st.floats()
TABLES = st.integers(1, 5).flatmap(
    lambda count: st.lists(st.lists(CELLS, min_size=count, max_size=count), min_size=1, max_size=4)
)


@given(width=st.integers(1, 140), lines=TABLES)
def test_a_table_of_any_text_has_every_word_whole(width: int, lines: list[list[Any]]) -> None:
    """Wide and combining characters, too; only a longer word makes a line wider than asked."""
    headings = [f">{'figure' * (at % 2)}" for at in range(len(lines[0]))]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        console = AnswerConsole()
    with console.capture() as held:
        draw_table(console, None, headings=headings, lines=lines)
    drawn = held.get()
    words = {word for line in lines for cell in line for word in printable(number(cell)).split()}
    assert words <= set(drawn.split())
    margin, longest = len("figure") + 2, max(map(cell_len, words), default=0)
    drawn_widths = [cell_len(line.rstrip()) for line in drawn.splitlines()]
    assert max(drawn_widths) <= max(width, margin + longest)


@pytest.mark.parametrize("columns", ["0", "", "x", "-5"])
def test_a_terminal_that_does_not_know_its_width_shows_everything(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """Some containers and schedulers set COLUMNS to 0."""
    monkeypatch.setenv("COLUMNS", columns)
    console = AnswerConsole()
    with console.capture() as held:
        draw_table(console, None, headings=("a",), lines=[("b",)])
        console.print("A sentence.")
    assert (console.width, held.get().split()) == (
        100,
        ["a", "\N{BOX DRAWINGS LIGHT HORIZONTAL}", "b", "A", "sentence."],
    )


@pytest.mark.parametrize("width", ["20", "120"])
def test_figures_are_aligned_at_their_end(monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    """Also beside a sentence that is wrapped."""
    monkeypatch.setenv("COLUMNS", width)
    console = AnswerConsole()
    with console.capture() as held:
        draw_table(console, None, headings=(">n", "a"), lines=[(5, "b"), (1000, "c"), (None, "d")])
    lines = [line.rstrip() for line in held.get().splitlines()]
    assert lines == ["    n   a", "─" * 9, "    5   b", "1,000   c", "    \N{EN DASH}   d"]


@pytest.mark.parametrize(
    ("command", "encoding", "options"),
    covering(product(["diff", "sources"], ["ascii", "cp1252"], [[], ["--json"]])),
)
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
