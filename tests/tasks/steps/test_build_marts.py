"""The step of each run that builds marts."""

from datetime import timedelta
from pathlib import Path

import pytest

from tasks.catalog.duckdb_file import DUCKDB_FILE
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext, open_run
from tasks.sources import source_named
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.read_once import ReadOnce
from tests.tasks.pipeline.unattended import DAY, MARKET, table_of
from tests.tasks.vault.faults import Disturbed, left_alone

MOST = 30
"""Requests of the step after one new small vintage; the first one of a lake reads every source."""


def ingested(lake: MemoryStore, folder: Path, day: int, table: int) -> tuple[list[str], list[str]]:
    """Ingest a table on a day; return the requests of the step that builds marts, and its notes."""
    file = folder / "table.csv"
    file.write_text(table_of(table, is_bad=False))
    asked: list[str] = []
    counting = Disturbed(lake, left_alone)

    def step(name: str, work: object) -> object:
        before = len(counting.calls)
        result = work()  # pyright: ignore[reportCallIssue]
        if name == "publish-marts":
            calls = counting.calls[before:]
            asked.extend(f"{call.method} {call.key}" for call in calls if call.is_done)
        return result

    run = RunContext(
        store=ReadOnce(counting),
        source=source_named(MARKET),
        at=DAY + timedelta(days=day),
        check_quality=False,
        build_marts=True,
        run_step=step,  # pyright: ignore[reportArgumentType]
    )
    summary = ingest_snapshot(run, file=str(file), retrieved_at=run.at)
    return asked, list(summary.mart_notes)


def test_a_run_builds_the_marts_that_it_changes(tmp_path: Path) -> None:
    """Requests are bounded; an observation of the same page reads no table and writes no figure."""
    lake = MemoryStore()
    ingested(lake, tmp_path, 1, 1)
    asked, notes = ingested(lake, tmp_path, 2, 2)
    assert notes == []
    assert "put_if_match marts/country_totals.parquet" in asked
    assert len(asked) <= MOST, asked
    same, _ = ingested(lake, tmp_path, 3, 2)
    assert not [key for key in same if "country_totals" in key or "history" in key]


def test_a_blocked_first_snapshot_leaves_whole_marts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No source is published yet; what the database's views read is there all the same."""
    monkeypatch.setenv("VAXWATCH_MARTS", "on")
    store, file = open_store(str(tmp_path / "lake")), tmp_path / "table.csv"
    file.write_text("Land,Figure\nGhana,1\n")
    run = open_run("un_population", store.uri, at=DAY, check_quality=False)
    summary = ingest_snapshot(run, file=str(file), retrieved_at=DAY)
    assert [one.verdict for one in summary.outcomes] == ["blocked"]
    assert not summary.mart_notes
    assert store.get(DUCKDB_FILE) is not None


def test_a_mart_that_cannot_be_built_is_a_note(tmp_path: Path) -> None:
    """The run has published everything; its note names the file and the command."""
    lake = MemoryStore()
    ingested(lake, tmp_path, 1, 1)
    lake.put_if_absent("undp_vaccine_equity/_vault/log/1.json", b"{}")
    lake.delete("marts/inputs.json")
    _, notes = ingested(lake, tmp_path, 2, 2)
    assert len(notes) == 1
    assert "undp_vaccine_equity" in notes[0]
    assert notes[0].endswith("Then run `vaxwatch marts`.")


@pytest.mark.parametrize(("text", "wanted"), [("", True), ("on", True), ("off", False)])
def test_a_setting_turns_the_step_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, *, wanted: bool
) -> None:
    """Then `vaxwatch marts` builds them."""
    monkeypatch.setenv("VAXWATCH_MARTS", text)
    assert open_run(MARKET, str(tmp_path), at=DAY).build_marts == wanted
