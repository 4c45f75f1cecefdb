"""Snapshots that lack a table, tables that are not about countries, and slices of two columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from schemas.columns import Always, From, Slice
from schemas.source import Bodies, Source
from tasks.alerts.evaluate import evaluate
from tasks.alerts.judged_history import rule_inputs
from tasks.formats.delimited import read_csv
from tasks.sources import source_named
from tasks.steps.parse import parse_fetched
from tasks.steps.publish import ParsedSnapshot, publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.queries import difference
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.parsed import readings

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = datetime(2022, 2, 10, tzinfo=UTC)
COUNTRIES = ["AFG", "BGD", "BOL", "COD", "COL", "ETH", "GHA", "HTI", "IND", "KEN"]
COUNTRIES += ["LBR", "MLI", "MMR", "NER", "NGA", "NPL", "PAK", "PER", "PRK", "UGA"]


def parse(bodies: Bodies) -> Mapping[str, pl.DataFrame]:
    """Read one file for all tables."""
    return dict.fromkeys(MARKET.tables, read_csv(bodies["main"], where="market"))


MARKET = replace(
    source_named("undp_vaccine_equity"),
    name="market",
    parse=parse,
    tables={
        "allocations": {
            "iso3": From(("who",)),
            "product": Always("unspecified"),
            "mechanism": From(("round",), default="COVAX"),
            "doses_allocated": From(("allocated",)),
        },
        "supply_deals": {
            "buyer": From(("who",)),
            "supplier": Always("unspecified"),
            "product": Always("unspecified"),
            "deal_on": Always("2021-03-29"),
            "doses_committed": From(("committed",)),
        },
    },
    not_countries={},
    may_lack=frozenset({"allocations", "supply_deals"}),
)


def take(
    lake: MemoryStore,
    folder: Path,
    rows: Sequence[str],
    *,
    day: int,
    source: Source = MARKET,
    scope: Sequence[str] = (),
) -> str:
    """Publish a snapshot with these lines, had so many days after the first; return its verdict."""
    path = folder / f"{day}.csv"
    path.write_text("\n".join([*rows, ""]))
    had_at = DAY + timedelta(days=day)
    fetched = from_file(source, path, retrieved_at=had_at, scope=scope)
    parsed = ParsedSnapshot(fetched=fetched, tables=readings(source, fetched.contents))
    [outcome] = publish(lake, source, [parsed], at=NOW)
    return outcome.verdict


def test_a_table_that_a_snapshot_lacks_keeps_its_rows(tmp_path: Path) -> None:
    """Absent is not empty: the table has no such vintage, and its last state stands."""
    lake = MemoryStore()
    both = ["who,round,allocated,committed", *(f"{iso3},,1000,5000" for iso3 in COUNTRIES)]
    take(lake, tmp_path, both, day=0)
    take(lake, tmp_path, ["who,round,allocated", "PRK,,252000"], day=1)
    vault = VaultReader(lake, "market")
    assert [len(vault.vintages(table)) for table in ("allocations", "supply_deals")] == [2, 1]
    assert state_of(vault, "supply_deals", vault.find("latest", "supply_deals")).height == 20
    later = vault.find(DAY + timedelta(days=5), "supply_deals")
    assert later.as_of == DAY
    latest = lake.get("market/supply_deals/latest.parquet")
    assert latest is not None
    assert pl.read_parquet(latest.body).height == 20


def test_acceptance_compares_a_table_with_its_last_state_over_snapshots_without_it(
    tmp_path: Path,
) -> None:
    """A mass loss is held also where the snapshot before lacked that table."""
    lake = MemoryStore()
    full = ["who,round,allocated,committed", *(f"{iso3},,1000,5000" for iso3 in COUNTRIES)]
    take(lake, tmp_path, full, day=0)
    assert take(lake, tmp_path, [full[0].removesuffix(",committed"), *full_less(full)], day=1) == (
        "new"
    )
    assert take(lake, tmp_path, [full[0], "PRK,,1000,5000"], day=2) == "held"


def full_less(lines: Sequence[str]) -> list[str]:
    """Return the rows without their last cell, one figure changed."""
    rows = [line.rpartition(",")[0] for line in lines[1:]]
    return [rows[0].replace("1000", "1001"), *rows[1:]]


def test_a_table_about_buyers_goes_all_the_way(tmp_path: Path) -> None:
    """Without iso3 in its key a table is published, diffed, catalogued and looked at."""
    lake = MemoryStore()
    source = replace(MARKET, tables={"supply_deals": MARKET.tables["supply_deals"]})
    take(lake, tmp_path, ["who,committed", "African Union,220", "Gavi,40"], day=0, source=source)
    take(lake, tmp_path, ["who,committed", "African Union,110"], day=1, source=source)
    vault = VaultReader(lake, "market")
    changed = difference(vault, "supply_deals", *(vault.vintages()))
    assert changed.select("buyer", "before", "after", "kind").rows() == [
        ("African Union", 220, 110, "revised"),
        ("Gavi", 40, None, "withdrawn"),
    ]
    assert evaluate(rule_inputs(vault), shown_by="The market") == []
    sql = lake.get("catalog/views.sql")
    assert sql is not None
    assert b"market_supply_deals" in sql.body


def test_a_scope_of_countries_is_no_scope_of_buyers(tmp_path: Path) -> None:
    """Where a table has no countries, a snapshot's scope says nothing about its rows."""
    lake = MemoryStore()
    take(lake, tmp_path, ["who,committed", "PRK,0", "KHM,5"], day=0)
    assert take(lake, tmp_path, ["who,committed", "PRK,1"], day=1, scope=["PRK"]) == "new"
    vault = VaultReader(lake, "market")
    assert state_of(vault, "supply_deals", vault.find("latest")).height == 1


def test_a_slice_of_two_columns_is_what_occurs_in_both(tmp_path: Path) -> None:
    """A sheet of other countries, or of other rounds, withdraws nothing beside them."""
    lake = MemoryStore()
    source = replace(MARKET, covers=Slice("iso3", beside=("mechanism",)))
    head = "who,round,allocated"
    take(lake, tmp_path, [head, "PRK,COVAX,7", "KHM,COVAX,8"], day=0, source=source)
    take(lake, tmp_path, [head, "KHM,round 6,1", "LAO,round 6,2"], day=1, source=source)
    take(lake, tmp_path, [head, "KHM,round 6,3"], day=2, source=source)
    vault = VaultReader(lake, "market")
    state = state_of(vault, "allocations", vault.find("latest"))
    assert sorted(state.select("iso3", "mechanism", "doses_allocated").rows()) == [
        ("KHM", "COVAX", 8),
        ("KHM", "round 6", 3),
        ("LAO", "round 6", 2),
        ("PRK", "COVAX", 7),
    ]


def test_what_does_not_add_up_is_in_the_outcome(tmp_path: Path) -> None:
    """The remarks of a source are notes of the snapshot's outcome, whatever becomes of it."""
    source = replace(MARKET, remarks=lambda _: ["A total is not its sum."])
    path = tmp_path / "one.csv"
    path.write_text("who,round,allocated\nPRK,,7\n")
    fetched = from_file(source, path, retrieved_at=DAY)
    lake, parsed = MemoryStore(), parse_fetched(source, fetched)
    for verdict in ("new", "known"):
        [outcome] = publish(lake, source, [parsed], at=NOW)
        assert (outcome.verdict, outcome.notes) == (verdict, ("A total is not its sum.",))
