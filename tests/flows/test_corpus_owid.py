"""Our World in Data's vaccinations: 36 real vintages, every figure and every revision."""

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from tasks.sources import source_named
from vaxwatch.reader import Lake, open_lake

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
SOURCE, DATASET = "owid_vaccinations", "owid_vaccinations.vaccinations"
FIGURES = {
    "doses_administered": "total_vaccinations",
    "people_first_dose": "people_vaccinated",
    "people_last_dose": "people_fully_vaccinated",
}
Key = tuple[str, date]
Table = Mapping[Key, tuple[int | None, ...]]


def read(file: Path) -> Table:
    """Return the figures of a file by country and day, as its cells say them."""
    none = set(source_named(SOURCE).not_countries)
    with file.open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["iso_code"] not in none]
    return {
        (
            "XKX" if row["iso_code"] == "OWID_KOS" else row["iso_code"],
            date.fromisoformat(row["date"]),
        ): tuple(number(row[name]) for name in FIGURES.values())
        for row in rows
    }


def number(cell: str) -> int | None:
    """Return a cell as a number; their software writes some with a point."""
    return int(float(cell)) if cell else None


def changes(before: Table, now: Table) -> set[tuple[Any, ...]]:
    """Return every figure that differs, with its key, its column, what it was and what it is."""
    return {
        (*key, column, was, is_now)
        for key in before.keys() | now.keys()
        for column, was, is_now in zip(
            FIGURES, before.get(key, (None,) * 3), now.get(key, (None,) * 3), strict=True
        )
        if was != is_now
    }


@pytest.fixture(scope="module")
def files(corpus: Path) -> list[Path]:
    """Return the files, oldest first."""
    return sorted((corpus / SOURCE).glob("*.csv"))


@pytest.fixture(scope="module")
def tables(files: list[Path]) -> list[Table]:
    """Return what each file says, without our software."""
    return [read(file) for file in files]


@pytest.fixture(scope="module")
def lake(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake with all of them."""
    where = str(tmp_path_factory.mktemp("owid"))
    done = backfill_source.fn(SOURCE, f"dir:{corpus / SOURCE}", where).document()
    assert (done["new"], done["failed"], done["held"], done["blocked"]) == (36, [], 0, 0)
    return open_lake(where)


@pytest.fixture(scope="module")
def ids(lake: Lake) -> list[str]:
    """Return the ids of the vintages, oldest first."""
    return lake.vintages(DATASET)["id"].to_list()


def test_each_file_is_a_vintage_at_the_time_of_its_name(lake: Lake, files: list[Path]) -> None:
    """Where a day has two files it has two vintages."""
    named = [datetime.strptime(file.stem, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC) for file in files]
    known = lake.vintages(DATASET)["as_of"].to_list()
    assert [one.replace(tzinfo=UTC) for one in known] == named
    days = [one.date() for one in named]
    assert sum(days.count(day) == 2 for day in set(days)) == len(days) - len(set(days)) >= 5


def test_as_of_equals_the_file(lake: Lake, ids: list[str], tables: list[Table]) -> None:
    """Every figure of every vintage is its cell."""
    for vintage, table in zip(ids, tables, strict=True):
        known = lake.asof(DATASET, vintage).select("iso3", "observed_on", *FIGURES)
        assert {(row[0], row[1]): row[2:] for row in known.iter_rows()} == table


def test_every_revision_is_in_the_diff(lake: Lake, ids: list[str], tables: list[Table]) -> None:
    """Added, revised and withdrawn figures between any two that follow each other, and no other."""
    compared = 0
    for (before, now), (earlier, later) in zip(pairwise(ids), pairwise(tables), strict=True):
        found = lake.diff(DATASET, before, now)
        rows = found.select("iso3", "observed_on", "column", "before", "after").rows()
        expected = changes(earlier, later)
        assert len(rows) == len(set(rows))
        assert set(rows) == expected
        compared += len(expected)
    assert compared > 10_000


def test_a_diff_across_all_vintages_is_that_of_the_first_and_the_last(
    lake: Lake, ids: list[str], tables: list[Table]
) -> None:
    """What went there and back between them is no change."""
    found = lake.diff(DATASET, ids[0], ids[-1])
    rows = found.select("iso3", "observed_on", "column", "before", "after").rows()
    assert set(rows) == changes(tables[0], tables[-1])


def falls_between(before: Table, now: Table) -> set[Key]:
    """Return the keys whose doses are fewer in the later file."""
    return {
        key
        for key in before.keys() & now.keys()
        if None not in (was := before[key][0], is_now := now[key][0]) and is_now < was  # pyright: ignore[reportOperatorIssue]
    }


def falls_within(table: Table) -> set[Key]:
    """Return the keys whose doses are fewer than on the last day before that has some."""
    found: set[Key] = set()
    last: dict[str, int] = {}
    for iso3, day in sorted(table):
        if (doses := table[iso3, day][0]) is not None:
            if doses < last.get(iso3, 0):
                found.add((iso3, day))
            last[iso3] = doses
    return found


def test_falls_of_a_running_total_between_vintages_are_changes(
    lake: Lake, ids: list[str], tables: list[Table]
) -> None:
    """A total that is corrected downwards stands in the diff with its change."""
    falls = 0
    for (before, now), (earlier, later) in zip(pairwise(ids), pairwise(tables), strict=True):
        found = lake.diff(DATASET, before, now).filter(
            pl.col("column") == "doses_administered", pl.col("change") < 0, kind="revised"
        )
        expected = falls_between(earlier, later)
        assert set(found.select("iso3", "observed_on").rows()) == expected
        falls += len(expected)
    assert falls > 100


def test_falls_of_a_running_total_inside_a_vintage_stand_as_published(
    lake: Lake, ids: list[str], tables: list[Table]
) -> None:
    """A day with fewer doses than the day before is what the file says."""
    falls = 0
    for vintage, table in zip(ids, tables, strict=True):
        known = lake.asof(DATASET, vintage).drop_nulls("doses_administered")
        fewer = pl.col("doses_administered").diff().over("iso3", order_by="observed_on") < 0
        expected = falls_within(table)
        assert set(known.filter(fewer).select("iso3", "observed_on").rows()) == expected
        falls += len(expected)
    assert falls > 0
