"""A lake that nobody looks after: no run costs more for the vintages that came before."""

from pathlib import Path

import pytest

from tasks.pipeline.derived_records import record_problems
from tasks.steps.derived_files import derived_problems
from tasks.steps.integrity import raw_problems
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.bounded_compaction import EVERY
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.pipeline.unattended import MARKET, days, figures_of
from tests.tasks.steps.test_publish import COUNTRIES
from tests.tasks.vault.proof.operations import slow
from tests.thorough import quick

MOST, MOST_OF_A_COMPACTION = 70, 100
TABLE = "allocations"


@pytest.mark.parametrize("vintages", [quick(17, 33), slow(200)])
def test_nothing_grows_with_a_row_in_quarantine_every_day(tmp_path: Path, vintages: int) -> None:
    """Segments are gathered by the way, which the run says; every day is as it was."""
    lake = MemoryStore()
    for day in days(lake, tmp_path, vintages, is_bad=True):
        if day.number == 1:
            continue
        most = MOST_OF_A_COMPACTION if day.is_compacting else MOST
        assert len(day.requests) <= most, (day.number, day.requests)
        assert day.count(f"{MARKET}/_vault/seg/") <= EVERY
        note = f"{MARKET}.{TABLE}: {EVERY} segments were gathered."
        assert (note in day.summary.notes) == (day.number % EVERY == 0)
    vault = VaultReader(lake, MARKET)
    for number, vintage in enumerate(vault.vintages(TABLE), start=1):
        rows = state_of(vault, TABLE, vintage).sort("iso3")
        assert rows["iso3"].to_list() == sorted(COUNTRIES)
        assert dict(rows.select("iso3", "doses_allocated").iter_rows()) == figures_of(number)
    assert len(vault.vintages()) == vintages
    assert len(vault.archive(TABLE).packs) == 1
    for source in (MARKET, "quarantine"):
        vault = VaultReader(lake, source)
        assert verify_vault(vault, deep=True) == []
        assert list(raw_problems(lake, vault, deep=True)) == []
        assert [*derived_problems(vault), *record_problems(vault)] == []


@pytest.mark.thorough
def test_a_backlog_is_gathered_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that were killed before it, or a bound that is reached, leave the rest to later ones."""
    monkeypatch.setattr("tasks.vault.bounded_compaction.MOST_SEGMENTS", 5)
    lake = MemoryStore()
    seen = [
        note.split()[1]
        for day in days(lake, tmp_path, 3 * EVERY)
        for note in day.summary.notes
        if "gathered" in note
    ]
    assert seen == ["5", "5", "5"]
    vault = VaultReader(lake, MARKET)
    packed = {name for pack in vault.archive(TABLE).packs for name in pack.segments}
    assert len(packed) == 15
    assert verify_vault(vault, deep=True) == []
