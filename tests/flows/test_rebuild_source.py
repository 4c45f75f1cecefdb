from dataclasses import replace
from datetime import UTC, datetime
from typing import Never

import pytest

from flows.rebuild_source import rebuild_source
from schemas.errors import SameTimeOtherBytes, WrongUse
from tasks.pipeline import rebuild
from tasks.runs.run_context import open_run
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.flows.lakes import CUT, DAY, GOOD, SOURCE, Lake


def test_rebuild_publishes_the_same_and_raises_nothing(lake: Lake) -> None:
    """The same parser: the same figures, no alert is raised twice, all is published."""
    lake.take(GOOD)
    lake.take(CUT, day=1)
    before = lake.latest()
    summary = rebuild_source.fn(SOURCE, lake.uri).document()
    assert [one["verdict"] for one in summary["outcomes"]] == ["new", "new"]
    assert (summary["before"], summary["number"], summary["failed"]) == (2, 3, [])
    assert summary["alerts"] == []
    assert lake.latest().equals(before)
    assert verify_vault(VaultReader(lake.store, SOURCE), deep=True) == []


def test_rebuild_that_cannot_read_a_vintage_changes_nothing(lake: Lake) -> None:
    """The vintages that fail are listed with their sentences."""
    lake.take(GOOD)
    before = lake.published()

    def refuse(_: object) -> Never:
        raise WrongUse("not any more")

    run = open_run(SOURCE, lake.uri, at=datetime.now(UTC))
    refusing = replace(run, source=replace(run.source, parse=refuse))
    summary = rebuild.rebuild_source(refusing).document()
    assert [one["error"] for one in summary["failed"]] == ["not any more"]
    assert summary["outcomes"] == []
    assert lake.published() == before


def test_other_bytes_supersede_only_when_asked(lake: Lake) -> None:
    """A corrected file of the same instant replaces the vintage; the old commit is kept."""
    lake.take(GOOD)
    with pytest.raises(SameTimeOtherBytes):
        lake.take(CUT)
    summary = lake.take(CUT, supersede=True)
    assert [one["verdict"] for one in summary["outcomes"]] == ["new"]
    [vintage] = VaultReader(lake.store, SOURCE).vintages()
    assert vintage.as_of == DAY
    assert lake.latest().filter(iso3="PRK")["doses_allocated"].to_list() == [1_540_800]
    old = VaultReader(lake.store, SOURCE, number=1)
    state = state_of(old, "allocations", old.find("latest"))
    assert state.filter(iso3="PRK")["doses_allocated"].to_list() == [8_115_600]
