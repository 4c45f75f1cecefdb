"""The flags beside the published figures."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.parsing.flags import flags_of, publish_flags
from tasks.sources import source_named
from tasks.steps.publish import commit, publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.vault_reader import VaultReader
from tasks.web.fetch import from_file
from tests.parsed import readings

DAY = datetime(2022, 2, 10, tzinfo=UTC)
SOURCE = source_named("unicef_market")
FLAGS = "unicef_market/allocations/flags.parquet"


def shown(lake: MemoryStore, folder: Path, doses: int, *, day: int = 0) -> bool:
    """Publish a snapshot in which one figure is `doses`; return whether its flags were written."""
    before = lake.get(FLAGS)
    path = folder / f"{day}.csv"
    path.write_text(f"Recipient ISO,Vaccine Name,Doses Allocated\nRWA,Covovax,{doses}\nPRK,,5\n")
    fetched = from_file(SOURCE, path, retrieved_at=DAY + timedelta(days=day))
    snapshot = ParsedSnapshot(fetched=fetched, tables=readings(SOURCE, fetched.contents))
    publish(lake, SOURCE, [snapshot], at=DAY + timedelta(days=day))
    return lake.get(FLAGS) != before


def read(lake: MemoryStore) -> PublishedFile:
    """Return the flags as they stand in the lake."""
    return PublishedFile(FLAGS, lake.get(FLAGS))


def test_flags_name_the_figure_the_rule_and_the_reason() -> None:
    """One row a figure and rule, by key; what is plausible has none."""
    frame = pl.DataFrame(
        {
            "iso3": ["PRK", "RWA"],
            "observed_on": [date(2022, 2, 14)] * 2,
            "origin": ["national"] * 2,
            "people_tested_new": [54_187, -889_137],
            "positives_new": [55_000, 3],
        }
    )
    flags = flags_of(frame, "tests")
    key = ("PRK", date(2022, 2, 14), "national"), ("RWA", date(2022, 2, 14), "national")
    assert flags.rows() == [
        (
            *key[0],
            *("positives_new", "positives_within_tests", 1, "55000"),
            "positives_new is 55000, more than people_tested_new, which is 54187.",
        ),
        (
            *key[1],
            *("people_tested_new", "count_not_negative", 1, "-889137"),
            "people_tested_new is -889137; expected: at least 0.",
        ),
    ]
    plausible = flags_of(frame.clear(), "tests")
    assert plausible.schema == flags.schema


def test_a_day_after_the_last_one_is_flagged() -> None:
    """Days are judged by the day of the vintage, where one is given."""
    frame = pl.DataFrame({"iso3": ["PRK"], "published_on": [date(2022, 2, 14)]})
    assert flags_of(frame, "vaccinations_current").is_empty()
    (flag,) = flags_of(frame, "vaccinations_current", until=date(2022, 2, 13)).to_dicts()
    assert (flag["column"], flag["rule"]) == ("published_on", "day_not_in_future")
    assert flag["reason"] == "published_on is 2022-02-14; expected: at most 2022-02-13."


def test_a_day_before_the_outbreak_is_flagged() -> None:
    """It can be read, and is published as the source shows it."""
    frame = pl.DataFrame({"iso3": ["PRK"], "published_on": [date(1901, 2, 14)]})
    (flag,) = flags_of(frame, "vaccinations_current").to_dicts()
    assert (flag["column"], flag["rule"]) == ("published_on", "day_not_too_early")


def test_columns_that_the_table_no_longer_has_are_not_judged() -> None:
    """A vintage of another time may have other columns and types."""
    old = pl.DataFrame({"iso3": ["PRK"], "secured_share": ["-5"], "other": [-1]})
    assert flags_of(old, "secured_supply").is_empty()


def test_there_is_no_file_before_the_first_flag(tmp_path: Path) -> None:
    """A table without a flag is left alone."""
    lake = MemoryStore()
    assert not shown(lake, tmp_path, 5)
    assert lake.get(FLAGS) is None


def test_flags_follow_what_latest_shows(tmp_path: Path) -> None:
    """They come with the figure, stay as they are while it stands, and go with it."""
    lake = MemoryStore()
    assert shown(lake, tmp_path, -5)
    first = read(lake)
    assert first.frame()["value"].to_list() == ["-5"]
    assert first.metadata["as_of"] == DAY.isoformat()
    assert first.metadata["dataset"] == "unicef_market.allocations"
    descriptions = json.loads(first.metadata["columns"])
    assert all(descriptions[name] for name in first.frame().columns)
    assert publish_flags(VaultReader(lake, SOURCE.name)) == []
    assert shown(lake, tmp_path, -6, day=1)
    assert shown(lake, tmp_path, 6, day=2)
    assert read(lake).frame().is_empty()
    assert not shown(lake, tmp_path, 7, day=3)


def test_an_unchanged_flag_is_not_written_again(tmp_path: Path) -> None:
    """Other rows may change beside it."""
    lake = MemoryStore()
    shown(lake, tmp_path, -5)
    before = lake.get(FLAGS)
    (tmp_path / "1.csv").write_text(
        "Recipient ISO,Vaccine Name,Doses Allocated\nRWA,Covovax,-5\nPRK,,6\n"
    )
    fetched = from_file(SOURCE, tmp_path / "1.csv", retrieved_at=DAY + timedelta(days=1))
    snapshot = ParsedSnapshot(fetched=fetched, tables=readings(SOURCE, fetched.contents))
    publish(lake, SOURCE, [snapshot], at=DAY + timedelta(days=1))
    assert lake.get(FLAGS) == before


def test_flags_follow_a_backfill_that_published_last(tmp_path: Path) -> None:
    """What is derived after the commits, by another reader of them, is of the newest, too."""
    lake = MemoryStore()
    shown(lake, tmp_path, -5)
    path = tmp_path / "1.csv"
    path.write_text("Recipient ISO,Vaccine Name,Doses Allocated\nRWA,Covovax,-6\nPRK,,5\n")
    fetched = from_file(SOURCE, path, retrieved_at=DAY + timedelta(days=1))
    snapshot = ParsedSnapshot(fetched=fetched, tables=readings(SOURCE, fetched.contents))
    commit(lake, SOURCE, [snapshot], at=DAY + timedelta(days=1), kind="backfill")
    publish(lake, SOURCE, [], at=DAY + timedelta(days=1))
    assert read(lake).frame()["value"].to_list() == ["-6"]


def test_flags_that_are_gone_are_made_again(tmp_path: Path) -> None:
    """They follow from what is published: whoever lost them has them back."""
    lake = MemoryStore()
    shown(lake, tmp_path, -5)
    before = read(lake).frame()
    lake.delete(FLAGS)
    assert publish_flags(VaultReader(lake, SOURCE.name)) == [FLAGS]
    assert read(lake).frame().equals(before)


def test_an_empty_lake_has_no_flags() -> None:
    """A source that never published has nothing to flag."""
    lake = MemoryStore()
    assert publish_flags(VaultReader(lake, SOURCE.name)) == []
    assert list(lake.list("")) == []
