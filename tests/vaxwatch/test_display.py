"""What people see: harmless text, whole words at every width, any encoding, exact JSON."""

import json
import os
import pty
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.wording import listed, printable
from tasks.alerts.record_findings import publish_alerts, record_findings
from tasks.quarantine.record_quarantine import record_quarantine
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.open_store import open_store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.vault_reader import VaultReader
from tests.ladder import CURRENT
from tests.vaxwatch.lakes import NOW, Ask, alert_event, finding, snapshot
from vaxwatch.display import number

DATASET = "unicef_market.allocations"
HOSTILE = "Red\x1b[31m\x9b2J\x07\u202e\u2066\u200b\u061c\ufeff\x00end\r\n[bold]"
WIDTHS = (60, 80, 120)
READING = {
    "sources": ["sources"],
    "vintages": ["vintages", DATASET],
    "asof": ["asof", DATASET, "latest"],
    "diff": ["diff", DATASET, "2021-12-23", "latest"],
    "history": ["history", DATASET, "--where", "iso3=PRK"],
    "history of no row": ["history", DATASET, "--where", "product=Red"],
    "alerts list": ["alerts", "list"],
    "alerts show": ["alerts", "show", ""],
    "quarantine list": ["quarantine", "list"],
    "verify": ["verify"],
    "unknown dataset": ["asof", HOSTILE.replace("\x00", ""), "latest"],
}


def hostile_lake(folder: Path) -> Path:
    """Fill a lake whose cells, reasons, addresses and alerts act on a terminal."""
    store = open_store(str(folder))
    vault = VaultReader(store, "unicef_market")
    bad = pl.DataFrame(
        {
            "row": [2],
            "column": [HOSTILE],
            "rule": ["not-a-number"],
            "value": [HOSTILE],
            "reason": [f"'{HOSTILE}' is no whole number."],
            "iso3": ["GHA"],
            "product": [HOSTILE],
        }
    )
    drafts = [
        Draft(
            snapshot=snapshot("unicef_market", day),
            tables={
                "allocations": TableDraft(
                    frame=pl.DataFrame(
                        {"iso3": ["PRK"], "product": [HOSTILE], "doses_allocated": [doses]}
                    ),
                    key=("iso3", "product"),
                    quarantined=bad,
                )
            },
        )
        for day, doses in (("2021-12-23", 8_115_600), ("2022-02-10", 1_288_800))
    ]
    commit_snapshots(vault, drafts, at=NOW)
    publish_tables(vault)
    record_quarantine(store, vault, at=NOW)
    event = alert_event("opened", "2022-02-10", "critical", f"It fell {HOSTILE}.", after=1)
    record_findings(
        store,
        [finding("R1", HOSTILE, event)],
        source="unicef_market",
        origin="replay",
        at=NOW,
        judged=CURRENT,
    )
    publish_alerts(store)
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the hostile lake, which is only read."""
    return hostile_lake(tmp_path_factory.mktemp("hostile") / "lake")


def harmful(text: str) -> list[str]:
    """Return the characters of a text that act on a terminal or hide."""
    return [one for one in text if unicodedata.category(one) in {"Cc", "Cf", "Cs"} and one != "\n"]


@pytest.mark.parametrize("command", READING)
def test_text_from_outside_never_acts_on_a_terminal(ask: Ask, hostile: Path, command: str) -> None:
    """Neither the answer nor the error has a control character; JSON has the exact value."""
    answer = ask(*READING[command], at=hostile)
    assert answer.code in {0, 1, 2}
    assert harmful(answer.out + answer.err) == []
    with_json = ask(*READING[command], "--json", at=hostile)
    assert harmful(with_json.out + with_json.err) == []
    document = json.loads(with_json.out)
    if command == "asof":
        assert document["rows"][0]["product"] == HOSTILE


def test_a_file_has_the_exact_cells(ask: Ask, hostile: Path, tmp_path: Path) -> None:
    """What a program reads is what was published."""
    out = tmp_path / "rows.parquet"
    assert ask("asof", DATASET, "latest", "--out", str(out), at=hostile).code == 0
    assert pl.read_parquet(out)["product"].to_list() == [HOSTILE]


def test_a_terminal_gets_only_styles(hostile: Path) -> None:
    """With colours on, the only escapes are those of styles."""
    main, other = pty.openpty()
    words = [sys.executable, "-m", "vaxwatch", "--lake", str(hostile), "asof", DATASET, "latest"]
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(words, stdout=other, stderr=other, env=environment) as process:
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
@pytest.mark.parametrize("command", ["sources", "vintages", "asof", "diff", "history"])
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
