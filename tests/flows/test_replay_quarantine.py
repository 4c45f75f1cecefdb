from dataclasses import replace
from pathlib import Path

import pytest

from flows.backfill_source import backfill_source
from flows.replay_quarantine import replay_quarantine
from schemas.errors import WrongUse
from tasks.sources import source_named
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.flows.lakes import GOOD, SOURCE, Lake

BAD = b"".join(b"Atlantis,Vaccine %d,5\n" % number for number in range(9))
SUNK = replace(source_named(SOURCE), not_countries={"Atlantis": "it has sunk"})


def test_what_was_blocked_is_published_at_its_own_time_after_a_fix(lake: Lake) -> None:
    """The summary counts what was released, and the figures are those of the archived body."""
    lake.take(GOOD)
    blocked = lake.take(GOOD.replace(b"8115600", b"1540800") + BAD, day=1)
    assert blocked["outcomes"][0]["verdict"] == "blocked"
    lake.take(GOOD, day=2)
    summary = lake.replay(SUNK)
    assert (summary["released"], summary["waiting"], summary["failed"]) == (9, 0, [])
    assert any("1,540,800" in alert["sentence"] for alert in summary["alerts"])
    vault = VaultReader(lake.store, SOURCE)
    _, middle, _ = vault.vintages()
    state = state_of(vault, "allocations", middle).filter(iso3="PRK")
    assert state["doses_allocated"].to_list() == [1_540_800]
    assert verify_vault(vault, deep=True) == []


def test_a_replay_without_anything_in_quarantine_is_refused(lake: Lake) -> None:
    """It is a wrong call, and changes nothing."""
    lake.take(GOOD)
    with pytest.raises(WrongUse, match="nothing to read again"):
        replay_quarantine.fn(SOURCE, lake.uri)


def test_a_blocked_snapshot_does_not_stop_the_others_of_a_backfill(
    lake: Lake, tmp_path: Path
) -> None:
    """It is counted by itself, and no failure: its bytes are archived, and can be replayed."""
    folder = tmp_path / "old"
    folder.mkdir()
    for day, body in (("2022-02-01", GOOD), ("2022-02-02", GOOD + BAD), ("2022-02-03", GOOD)):
        (folder / f"{day}.csv").write_bytes(body)
    summary = backfill_source.fn(SOURCE, f"dir:{folder}", lake.uri).document()
    assert (summary["new"], summary["unchanged"], summary["blocked"]) == (1, 1, 1)
    assert summary["failed"] == []
    again = backfill_source.fn(SOURCE, f"dir:{folder}", lake.uri).document()
    assert [plan["file"] for plan in again["planned"]] == ["2022-02-02.csv"]


def test_the_same_blocked_bytes_are_blocked_again(lake: Lake) -> None:
    """Every fetch of them says so, until the parser or the page is mended."""
    lake.take(GOOD)
    for day in (1, 2):
        summary = lake.take(GOOD + BAD, day=day)
        assert [one["verdict"] for one in summary["outcomes"]] == ["blocked"]
