from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schemas.errors import SameTimeOtherBytes
from schemas.source import Source
from tasks.acceptance.holding import accept
from tasks.sources import source_named
from tasks.steps.publish import ParsedSnapshot, commit, publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.parsed import readings

NOW = datetime(2026, 11, 22, tzinfo=UTC)
DAY = datetime(2022, 2, 10, tzinfo=UTC)
COUNTRIES = ["AFG", "BGD", "BOL", "COD", "COL", "ETH", "GHA", "HTI", "IND", "KEN"]
COUNTRIES += ["LBR", "MLI", "MMR", "NER", "NGA", "NPL", "PAK", "PER", "PRK", "UGA"]


@pytest.fixture
def market() -> Source:
    """Return a source whose snapshots cover the whole table."""
    return source_named("unicef_market")


def parsed_snapshot(
    folder: Path, source: Source, rows: Sequence[str], *, day: int = 0, scope: Sequence[str] = ()
) -> ParsedSnapshot:
    """Return a snapshot of UNICEF's table with these rows, retrieved some days after the first."""
    path = folder / f"{day}.csv"
    path.write_text("\n".join(["Recipient ISO,Vaccine Name,Doses Allocated", *rows, ""]))
    fetched = from_file(source, path, retrieved_at=DAY + timedelta(days=day), scope=scope)
    return ParsedSnapshot(fetched=fetched, tables=readings(source, fetched.contents))


def everywhere(doses: int, countries: Sequence[str] = COUNTRIES) -> list[str]:
    """Return a row for each country."""
    return [f"{iso3},AstraZeneca,{doses}" for iso3 in countries]


def test_published_snapshot_can_be_read_as_of_its_time(tmp_path: Path, market: Source) -> None:
    """What was published is the vintage of its day, and the files people open are there."""
    lake = MemoryStore()
    [outcome] = publish(lake, market, [parsed_snapshot(tmp_path, market, everywhere(1000))], at=NOW)
    vault = VaultReader(lake, "unicef_market")
    assert (outcome.verdict, outcome.tables["allocations"].rows) == ("new", 20)
    assert vault.find(DAY).id == outcome.id
    assert vault.vintages()[0].ingested_at == NOW
    names = {key.rsplit("/", 1)[1] for key in lake.list("unicef_market/allocations/")}
    assert {"latest.parquet", "history.parquet", "changes.parquet", "vintages.parquet"} <= names


def test_publishing_twice_is_publishing_once(tmp_path: Path, market: Source) -> None:
    """The same snapshot again is known, and no object of the lake changes."""
    lake, one = MemoryStore(), parsed_snapshot(tmp_path, market, everywhere(1000))
    publish(lake, market, [one], at=NOW)
    before = {key: lake.get(key) for key in lake.list("")}
    [outcome] = publish(lake, market, [one, one], at=NOW + timedelta(days=1))
    assert outcome.verdict == "known"
    assert {key: lake.get(key) for key in lake.list("")} == before


def test_crash_between_commit_and_files_is_mended(tmp_path: Path, market: Source) -> None:
    """What a killed run did not derive is derived by the next one, without any snapshot."""
    lake = MemoryStore()
    commit(lake, market, [parsed_snapshot(tmp_path, market, everywhere(1000))], at=NOW)
    assert lake.get("unicef_market/allocations/latest.parquet") is None
    assert publish(lake, market, [], at=NOW) == []
    assert lake.get("unicef_market/allocations/latest.parquet") is not None


def test_nothing_to_publish_leaves_an_empty_lake_empty(market: Source) -> None:
    """A backfill that found nothing writes nothing."""
    lake = MemoryStore()
    publish(lake, market, [], at=NOW)
    assert list(lake.list("")) == []


def test_outcomes_come_in_the_order_of_time(tmp_path: Path, market: Source) -> None:
    """Whatever the order of the snapshots, vintages are ordered by retrieval time."""
    lake = MemoryStore()
    snapshots = [
        parsed_snapshot(tmp_path, market, everywhere(1000 + day), day=day) for day in (2, 0, 1)
    ]
    outcomes = publish(lake, market, snapshots, at=NOW)
    assert [outcome.as_of for outcome in outcomes] == [DAY + timedelta(days=n) for n in range(3)]


def test_mass_disappearance_is_held_with_its_reason(tmp_path: Path, market: Source) -> None:
    """A page that lost half of its rows is kept and shown as of its time, but is not the latest."""
    lake = MemoryStore()
    publish(lake, market, [parsed_snapshot(tmp_path, market, everywhere(1000))], at=NOW)
    half = parsed_snapshot(tmp_path, market, everywhere(1000, COUNTRIES[:10]), day=1)
    [outcome] = publish(lake, market, [half], at=NOW)
    vault = VaultReader(lake, "unicef_market")
    assert outcome.verdict == "held"
    [reason] = outcome.notes
    assert reason.startswith("allocations: 10 of 20 rows are gone (50.0 %)")
    assert vault.find("latest").as_of == DAY
    assert vault.find(DAY + timedelta(days=1)).held


def test_next_snapshot_is_judged_by_the_last_good_one(tmp_path: Path, market: Source) -> None:
    """In one commit or in several: a held vintage is no measure for the one after it."""
    rows = [everywhere(1), everywhere(2, COUNTRIES[:10]), everywhere(3, COUNTRIES[:9])]
    rows += [everywhere(4, COUNTRIES[:14])]
    snapshots = [
        parsed_snapshot(tmp_path, market, table, day=day) for day, table in enumerate(rows)
    ]
    together, apart = MemoryStore(), MemoryStore()
    outcomes = publish(together, market, snapshots, at=NOW)
    assert [outcome.verdict for outcome in outcomes] == ["new", "held", "held", "new"]
    one_by_one = [publish(apart, market, [one], at=NOW)[0].verdict for one in snapshots]
    assert one_by_one == ["new", "held", "held", "new"]


def test_older_snapshot_is_not_judged_by_a_newer_one(tmp_path: Path, market: Source) -> None:
    """A table that was small last year was not cut off."""
    lake = MemoryStore()
    publish(lake, market, [parsed_snapshot(tmp_path, market, everywhere(1000), day=9)], at=NOW)
    older = parsed_snapshot(tmp_path, market, everywhere(1000, COUNTRIES[:5]))
    [outcome] = publish(lake, market, [older], at=NOW)
    assert outcome.verdict == "new"
    assert VaultReader(lake, "unicef_market").find("latest").as_of == DAY + timedelta(days=9)


def test_scope_is_spoken_for_and_never_held(tmp_path: Path, market: Source) -> None:
    """A snapshot of one country says nothing about the others, whose rows stay."""
    lake = MemoryStore()
    publish(lake, market, [parsed_snapshot(tmp_path, market, everywhere(1000))], at=NOW)
    one = parsed_snapshot(tmp_path, market, ["PRK,Covovax,252000"], day=1, scope=["PRK"])
    [outcome] = publish(lake, market, [one], at=NOW)
    vault = VaultReader(lake, "unicef_market")
    state = state_of(vault, "allocations", vault.find("latest"))
    assert outcome.verdict == "new"
    assert outcome.tables["allocations"].rows == 20
    assert state.filter(iso3="PRK")["product"].to_list() == ["Covovax"]


def test_slice_covers_its_values_quarantined_rows_included(tmp_path: Path) -> None:
    """A report covers its own days, also a day whose row could not be read."""
    who = source_named("who_searo_testing")
    path = tmp_path / "report.csv"
    path.write_text(
        "Country,Date,People tested,Samples tested,Positives\n"
        "PRK,2021-04-20,705,1410,0\nPRK,2021-04-27,unknown,1432,0\n"
    )
    fetched = from_file(who, path, retrieved_at=DAY)
    parsed = ParsedSnapshot(fetched=fetched, tables=readings(who, fetched.contents))
    [judged] = accept(who, [parsed]).values()
    assert judged.draft.tables["tests"].covers == {"observed_on": ["2021-04-20", "2021-04-27"]}
    assert not judged.reasons


def test_same_instant_with_other_bytes_changes_nothing(tmp_path: Path, market: Source) -> None:
    """Two truths for one instant are refused, and none of the commit is there."""
    lake = MemoryStore()
    first = parsed_snapshot(tmp_path, market, everywhere(1000))
    publish(lake, market, [first], at=NOW)
    other = parsed_snapshot(tmp_path, market, everywhere(2000))
    later = parsed_snapshot(tmp_path, market, everywhere(3000), day=1)
    with pytest.raises(SameTimeOtherBytes, match="--retrieved-at"):
        publish(lake, market, [later, other], at=NOW)
    ids = [vintage.id for vintage in VaultReader(lake, "unicef_market").vintages()]
    assert ids == [first.fetched.snapshot.id]


def test_parser_version_is_written_down(tmp_path: Path, market: Source) -> None:
    """A vintage says which version of the parser read it."""
    lake, newer = MemoryStore(), replace(market, parser_version=7)
    publish(lake, newer, [parsed_snapshot(tmp_path, newer, everywhere(1000))], at=NOW)
    assert VaultReader(lake, "unicef_market").vintages()[0].parser_version == 7
