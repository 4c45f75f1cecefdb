"""A vintage that was held back and is released: what people see then, and which alerts come."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tasks.alerts.update_alerts import update_alerts
from tasks.sources import source_named
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.open_store import open_store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.vault_reader import VaultReader
from tests.rule_inputs import ALLOCATIONS, allocations
from tests.vaxwatch.lakes import KEY, NOW, Ask, promised, snapshot

MARKET = "unicef_market"
HELD = snapshot("who_searo_testing", "2022-02-14").id
COUNTRIES = ["AFG", "BGD", "BOL", "COD", "COL", "ETH", "GHA", "HTI", "IND", "KEN"]
WHOLE, FEW = COUNTRIES, COUNTRIES[:4]
LINE = {"2022-01-01": WHOLE, "2022-01-08": FEW, "2022-01-15": FEW}


@pytest.fixture
def own(lake: Path, tmp_path: Path) -> Path:
    """Return a lake of one's own, to work in."""
    copy = tmp_path / "own"
    shutil.copytree(lake, copy)
    return copy


def come(lake: Path, day: str, *, held: bool = False) -> str:
    """Let the promises of a day come into a lake, and be watched; return the id."""
    store, seen = open_store(str(lake)), snapshot(MARKET, day)
    rows = [(iso3, "AZ", 1_000_000) for iso3 in LINE[day]]
    table = TableDraft(frame=allocations(rows, "doses_allocated"), key=ALLOCATIONS)
    draft = Draft(snapshot=seen, tables={"allocations": table}, held=held)
    commit_snapshots(VaultReader(store, MARKET), [draft], at=NOW)
    update_alerts(
        VaultReader(store, MARKET), source_named(MARKET), at=NOW, origin="replay", in_force=[]
    )
    return seen.id


def alerts_of(ask: Ask, lake: Path) -> list[dict[str, object]]:
    """Return the alerts of a lake, in the order of their identities."""
    alerts = ask("alerts", "list", "--json", at=lake).document
    return sorted(alerts, key=lambda one: one["fingerprint"])


def test_released_vintage_is_the_latest(ask: Ask, own: Path) -> None:
    """It is held no more; a second release, and that of a sound one, are wrong use."""
    ask("repair", at=own)  # the lake's alerts are made up
    answer = ask("quarantine", "release", "who_searo_testing", HELD, "--json", at=own)
    assert (answer.code, answer.document["latest"]["tests"]["id"]) == (0, HELD)
    [vintage] = VaultReader(open_store(str(own)), "who_searo_testing").vintages()
    assert not vintage.held
    again = ask("quarantine", "release", "who_searo_testing", HELD, at=own)
    assert again.code == 2
    assert "is not held. Held are: none." in again.err
    assert ask("verify", "--deep", at=own).code == 0


def test_flags_follow_a_release_and_a_repair(ask: Ask, own: Path) -> None:
    """They describe the latest figures."""
    vault = VaultReader(open_store(str(own)), MARKET)
    figures = promised("2022-02-22").with_columns(doses_allocated=pl.lit(-1, pl.Int64))
    drafted = TableDraft(frame=figures, key=KEY)
    held = snapshot(MARKET, "2022-02-23")
    commit_snapshots(
        vault, [Draft(snapshot=held, tables={"allocations": drafted}, held=True)], at=NOW
    )
    publish_tables(vault)
    flags = own / MARKET / "allocations" / "flags.parquet"
    assert not flags.exists()
    assert ask("quarantine", "release", MARKET, held.id, at=own).code == 0
    assert pl.read_parquet(flags)["value"].to_list() == ["-1"] * figures.height
    flags.unlink()
    repaired = ask("repair", "--json", at=own).document["repaired"]
    assert any("flags.parquet" in one["done"] for one in repaired)
    assert flags.exists()


def test_release_is_drawn(ask: Ask, own: Path) -> None:
    """A person sees what the latest figures are now."""
    answer = ask("quarantine", "release", "who_searo_testing", HELD, at=own)
    assert "who_searo_testing.tests: latest is of 2022-02-14." in answer.out


def test_the_alerts_on_its_figures_come_with_the_release(ask: Ask, tmp_path: Path) -> None:
    """Before it one alert says that it is held; then what the rules find, at its own time."""
    come(tmp_path, "2022-01-01")
    name = come(tmp_path, "2022-01-08", held=True)
    (held,) = alerts_of(ask, tmp_path)
    assert (held["rule"], held["key"]) == ("R17", {})
    assert "6 of 10 rows with figures are gone" in str(held["sentence"])
    answer = ask("quarantine", "release", MARKET, name, "--json", at=tmp_path).document
    alerts = alerts_of(ask, tmp_path)
    assert sorted(answer["alerts"], key=lambda one: one["fingerprint"]) == alerts
    assert {one["rule"] for one in alerts} == {"R2", "R17"}
    assert {one["as_of"] for one in alerts} == {datetime(2022, 1, 8, tzinfo=UTC).isoformat()}
    assert held["fingerprint"] not in {one["fingerprint"] for one in alerts}


def test_when_it_is_released_is_no_matter_for_the_alerts(ask: Ask, tmp_path: Path) -> None:
    """Before or after later vintages: the same alerts, as if it had never been held."""
    never, early, late = tmp_path / "never", tmp_path / "early", tmp_path / "late"
    for lake in (never, early, late):
        come(lake, "2022-01-01")
        name = come(lake, "2022-01-08", held=lake is not never)
        if lake is early:
            assert ask("quarantine", "release", MARKET, name, at=lake).code == 0
        come(lake, "2022-01-15")
        if lake is late:
            assert ask("quarantine", "release", MARKET, name, at=lake).code == 0
    assert alerts_of(ask, never) == alerts_of(ask, early) == alerts_of(ask, late)
    assert any(one["rule"] == "R2" for one in alerts_of(ask, late))


def test_a_release_draws_the_alerts_that_come_with_it(ask: Ask, tmp_path: Path) -> None:
    """A person sees at once what was held back from the alerts."""
    come(tmp_path, "2022-01-01")
    name = come(tmp_path, "2022-01-08", held=True)
    answer = ask("quarantine", "release", MARKET, name, at=tmp_path)
    assert f"{MARKET}.allocations: latest is of 2022-01-08." in answer.out
    assert "fewer doses allocated for 6 of 10 countries on 8 Jan 2022" in " ".join(
        answer.out.split()
    )
