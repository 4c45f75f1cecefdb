"""FIND's real files: 192 days, four series, five segregated tables, and tables that are none."""

import csv
import json
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from schemas.countries import iso3_of
from tasks.schema_drift.schema_diff import change_sentences, schema_diff
from tasks.schema_drift.source_schema import schema_from_document
from tasks.vault.backends.folder_store import FolderStore
from vaxwatch.reader import Lake, open_lake

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
SOURCE = "find_tests"
TABLE = f"{SOURCE}.tests"


def filled(corpus: Path, folder: str, lake: Path) -> Mapping[str, Any]:
    """Backfill one of the folders into a lake, and return what the flow says."""
    return backfill_source.fn(SOURCE, f"dir:{corpus / folder}", str(lake)).document()


@pytest.fixture(scope="module")
def daily(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake with the 192 days, one a snapshot."""
    lake = tmp_path_factory.mktemp("daily")
    done = filled(corpus, "find_testing_daily", lake)
    assert (done["new"], done["failed"], done["held"]) == (192, [], 0)
    return open_lake(str(lake))


def raw(file: Path) -> dict[tuple[str, date], str]:
    """Return the cumulative figure as it stands in a file, by country and day, without Scotland."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return {
            (str(iso3_of(row["country"])), date.fromisoformat(row["date"])): row["tests_cumulative"]
            for row in csv.DictReader(text)
            if row["country"] != "Scotland"
        }


def figures(frame: pl.DataFrame) -> dict[tuple[str, date], int | None]:
    """Return the cumulative figure by country and day."""
    named = frame.select("iso3", "observed_on", "tests_performed_cumulative")
    return {(iso3, day): tests for iso3, day, tests in named.iter_rows()}


def number(cell: str) -> int | None:
    """Return a cell as a number; NA is none."""
    return None if cell == "NA" else int(cell)


def test_every_day_is_its_file(corpus: Path, daily: Lake) -> None:
    """After 192 slices each day still is what its own file said, all 34,944 rows."""
    expected: dict[tuple[str, date], str] = {}
    for file in sorted((corpus / "find_testing_daily").glob("*.csv")):
        expected |= raw(file)
    known = figures(daily.asof(TABLE, "latest"))
    assert len(known) == 192 * 182
    assert known == {key: number(cell) for key, cell in expected.items()}
    assert daily.quarantined(SOURCE).is_empty()


def test_a_negative_sum_is_published_and_alerted(daily: Lake) -> None:
    """Rwanda's figure below zero can be read: it is published, and the rules raise alerts."""
    day = daily.asof(TABLE, "2021-07-21").filter(iso3="RWA", observed_on=date(2021, 7, 21))
    assert day["tests_performed_cumulative"].to_list() == [-889_137]
    alerts = [
        alert
        for alert in daily.alert_records()
        if alert.rule == "R11" and alert.column == "tests_performed_cumulative"
    ]
    assert any("889,137" in alert.sentence and "Rwanda" in alert.sentence for alert in alerts)


@pytest.mark.parametrize(
    ("iso3", "steps"),
    [
        ("PER", {date(2021, 5, 14): 11_761_084, date(2021, 5, 15): 1_294_786}),
        (
            "COD",
            {date(2021, 4, 16): 143_643, date(2021, 4, 17): 1_434_333, date(2021, 4, 18): 144_508},
        ),
    ],
)
def test_slipped_digits_are_published_day_by_day(
    daily: Lake, iso3: str, steps: dict[date, int]
) -> None:
    """A digit lost or too many is seen on its day, not on the next; each vintage adds its own."""
    known = figures(daily.asof(TABLE, "latest").filter(iso3=iso3))
    assert {day: known[iso3, day] for day in steps} == steps
    first, *_, last = sorted(steps)
    added = daily.diff(TABLE, first.isoformat(), last.isoformat(), where={"iso3": iso3})
    cumulative = added.filter(pl.col("column") == "tests_performed_cumulative")
    added_by_day = dict(cumulative.select("observed_on", "after").rows())
    assert {day: added_by_day[day] for day in steps if day != first} == {
        day: steps[day] for day in steps if day != first
    }


@pytest.fixture(scope="module")
def series(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake with the four series."""
    lake = tmp_path_factory.mktemp("flips")
    filled(corpus, "find_tests_timeseries", lake)
    return open_lake(str(lake))


def drift(lake: Lake) -> list[tuple[str, str, list[str]]]:
    """Return severity, sentence and kinds of events of each alert on the shape, oldest first."""
    alerts = [alert for alert in lake.alert_records() if alert.rule == "R18"]
    lives = {one.fingerprint: lake.events(one.fingerprint) for one in alerts}
    alerts.sort(key=lambda one: lives[one.fingerprint][0].as_of)
    return [
        (one.severity, one.sentence, [event.kind for event in lives[one.fingerprint]])
        for one in alerts
    ]


def test_row_numbers_that_come_and_go_are_one_alert(series: Lake) -> None:
    """`ind` goes on 14 August 2020, comes on the 29th and goes on 12 September."""
    [(severity, sentence, kinds)] = drift(series)
    assert (severity, kinds) == ("low", ["opened", "updated", "updated"])
    assert sentence.startswith(
        "FIND's test tracker came in another shape on 14 Aug 2020 13:55 UTC: gone from tests: "
        "columns 'ind', 'X'. Figures of many countries changed in the same version."
    )


def test_series_with_a_column_of_row_numbers_are_whole(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`ind` comes and goes and nothing changes for it; each vintage is its file."""
    lake = tmp_path_factory.mktemp("series")
    done = filled(corpus, "find_tests_timeseries", lake)
    assert (done["new"], done["failed"]) == (4, [])
    ids = open_lake(str(lake)).vintages(TABLE)["id"].to_list()
    files = sorted((corpus / "find_tests_timeseries").glob("*.csv"))
    for file, vintage in zip(files, ids, strict=True):
        known = figures(open_lake(str(lake)).asof(TABLE, vintage))
        printed = {key: number(cell) for key, cell in raw(file).items()}
        assert {key: known[key] for key in printed} == printed


def test_segregated_tables_give_the_same_figure(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """PCR and rapid tests stand beside it and come and go; the sum of both is read."""
    lake = tmp_path_factory.mktemp("segregated")
    done = filled(corpus, "find_segregated_pcr_rapid", lake)
    assert (len(done["outcomes"]), done["failed"]) == (5, [])
    newest = max((corpus / "find_segregated_pcr_rapid").glob("*.csv"))
    known = figures(open_lake(str(lake)).asof(TABLE, "latest"))
    printed = {key: number(cell) for key, cell in raw(newest).items()}
    assert {key: known[key] for key in printed} == printed


@pytest.fixture(scope="module")
def rates(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Mapping[str, Any], FolderStore]:
    """Return what a flow says of the tables of rates, and the store that it filled."""
    lake = tmp_path_factory.mktemp("units")
    return filled(corpus, "find_unit_info", lake), FolderStore(lake)


def test_rates_by_country_are_refused_by_name(rates: tuple[Mapping[str, Any], Any]) -> None:
    """65 tables of rates per head without a day count no test: each is refused, none published."""
    done, _ = rates
    assert (done["failed"], {one["verdict"] for one in done["outcomes"]}) == ([], {"blocked"})
    gone = "columns country, date, tests_cumulative are gone from tests; the body has: set, unit"
    assert sum(gone in note for note in done["notes"]) == 65
    [other] = [note for note in done["notes"] if gone not in note]
    assert other.endswith("6 historic incidents, 5 still open.")


def test_a_rename_is_seen_in_tables_that_are_refused(
    rates: tuple[Mapping[str, Any], FolderStore],
) -> None:
    """On 19 August 2020 a column has another name, on the 20th its own again.

    A second one begins with a capital for that day, which is no other name.
    """
    _, store = rates
    objects = {
        key.rpartition("/")[2]: store.get(key) for key in store.list(f"raw/{SOURCE}/unread/")
    }
    source_schemas = {
        name[:8]: schema_from_document(json.loads(one.body)) for name, one in objects.items() if one
    }
    sentences = {
        now: change_sentences(schema_diff(source_schemas[before], source_schemas[now]))
        for before, now in pairwise(sorted(source_schemas))
    }
    assert len(source_schemas) == 65
    theirs, other = "'comment'", "'comment_on_testing_data'"
    assert sentences["20200819"] == [
        f"The wire format changed in tests: new column {other}; gone column {theirs}."
    ]
    assert sentences["20200820"] == [
        f"The wire format changed in tests: new column {theirs}; gone column {other}."
    ]


def test_a_refused_source_is_frozen_and_its_renames_are_guessed(
    corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One grave alert for 65 refused tables; the rename and its return are one other."""
    lake = tmp_path_factory.mktemp("frozen")
    filled(corpus, "find_unit_info", lake)
    frozen, *others = drift(Lake(FolderStore(lake)))
    severity, sentence, kinds = frozen
    assert (severity, kinds) == ("high", ["opened"])
    assert sentence == (
        "FIND's test tracker broke its contract on 7 Aug 2020 16:41 UTC: columns country, date, "
        "tests_cumulative are gone from tests. Nothing is published until that is mapped or as "
        "before; what was published stays."
    )
    assert {severity for severity, *_ in others} == {"low"}
    renamed = "Perhaps 'comment' is called 'comment_on_testing_data' now: the same in 100 % of 204 "
    [(_, sentence, kinds)] = [one for one in others if renamed in one[1]]
    assert kinds == ["opened", "resolved"]
    assert sentence.endswith("Undone: the version of 20 Aug 2020 18:03 UTC is as before.")
