"""Real pages with something wrong in them: each is where docs/validation.md says it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from schemas.wording import MINUS
from tests.flows.lakes import first_copies
from vaxwatch.reader import open_lake

pytestmark = pytest.mark.corpus


def filled(lake: Path, source: str, folder: Path, **how: Any) -> Mapping[str, Any]:
    """Backfill a folder of real files, and return what the flow says."""
    return backfill_source.fn(source, f"dir:{folder}", str(lake), **how).document()


def flags(lake: Path, source: str, table: str) -> pl.DataFrame:
    """Return what is published as implausible."""
    return pl.read_parquet(lake / source / table / "flags.parquet")


def sentences(summary: Mapping[str, Any]) -> str:
    """Return all alerts of a run."""
    return "\n".join(f"{one['rule']}: {one['sentence']}" for one in summary["alerts"])


@pytest.fixture(scope="module")
def rwanda(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Return a lake with two days of FIND's tests of July 2021, and the run's summary."""
    folder, lake = tmp_path_factory.mktemp("find"), tmp_path_factory.mktemp("lake")
    for name in ("2021-07-20", "2021-07-21", "2021-07-22"):
        [file] = (corpus / "find_testing_daily").glob(f"{name}*.csv")
        (folder / f"{name}.csv").write_bytes(file.read_bytes())
    return lake, filled(lake, "find_tests", folder)


def test_a_negative_total_is_published_flagged_and_raises_an_alert(
    rwanda: tuple[Path, Any],
) -> None:
    """Rwanda's 889,137 tests below zero are what the source shows; nobody takes them for tests."""
    lake, summary = rwanda
    published = open_lake(str(lake)).asof("find_tests.tests", "2021-07-21")
    row = published.filter(iso3="RWA").sort("observed_on").tail(1)
    assert row["tests_performed_cumulative"].to_list() == [-889_137]
    flagged = flags(lake, "find_tests", "tests").filter(value="-889137")
    assert flagged.select("iso3", "column", "rule").rows() == [
        ("RWA", "tests_performed_cumulative", "count_not_negative")
    ]
    assert f"R11: FIND's test tracker showed {MINUS}889,137 tests in" in sentences(summary)
    assert "A count cannot be below zero; it is published as the source shows it." in sentences(
        summary
    )


def test_contradictory_figures_raise_an_alert(rwanda: tuple[Path, Any]) -> None:
    """The day after, more tests are new than there are in all."""
    assert "2,806,084 new tests beside 1,916,947 tests for Rwanda (RWA)" in sentences(rwanda[1])
    rules = flags(rwanda[0], "find_tests", "tests").filter(iso3="RWA")["rule"]
    assert "new_within_cumulative" in rules.to_list()


@pytest.fixture(scope="module")
def cases(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Return a lake with WHO's table of cases, and the run's summary."""
    lake = tmp_path_factory.mktemp("cases")
    copies = first_copies(corpus / "who_global_cases", tmp_path_factory.mktemp("copies") / "cases")
    return lake, filled(lake, "who_cases", copies)


def test_namibia_is_a_country_and_blank_entities_are_none(cases: tuple[Path, Any]) -> None:
    """The text NA is a code; six entities a week have none, and are left out by declaration."""
    lake, summary = cases
    published = open_lake(str(lake)).latest("who_cases.cases")
    assert published.filter(iso3="NAM").height == 208
    assert published.height == 49_920 - 1_248
    assert summary["outcomes"][0]["tables"]["cases"]["quarantined"] == 0


def test_deaths_above_cases_are_flagged_and_one_alert(cases: tuple[Path, Any]) -> None:
    """31 rows of one page, in five countries: one alert for each, on its worst day."""
    lake, summary = cases
    deaths = flags(lake, "who_cases", "cases").filter(rule="deaths_within_cases")
    assert deaths.height == 31
    assert "17,430 deaths beside 693 cases for France (FRA) (2020-05-17)" in sentences(summary)
    lakes = open_lake(str(lake))
    alerts = [one for one in lakes.alert_records() if "deaths beside" in one.sentence]
    evidence = [lakes.events(one.fingerprint)[0].evidence for one in alerts]
    assert sorted(one.get("days", 1) for one in evidence) == [1, 3, 4, 7, 16]


def test_gzip_under_the_name_csv_and_a_renamed_column_are_read(
    corpus: Path, tmp_path: Path
) -> None:
    """Six versions, none refused; the rename raises an alert, and figures go on under one name."""
    copies = first_copies(corpus / "who_vaccination_data", tmp_path / "copies")
    summary = filled(tmp_path, "who_vaccination", copies)
    assert (summary["failed"], summary["blocked"], summary["held"]) == ([], 0, 0)
    assert "'PERSONS_LAST_DOSE' as declared, and was from 'PERSONS_FULLY_VACCINATED'" in sentences(
        summary
    )
    latest = open_lake(str(tmp_path)).latest("who_vaccination.vaccinations_current")
    assert latest["people_last_dose"].null_count() < latest.height


def test_a_rename_and_its_way_back_are_one_alert(corpus: Path, tmp_path: Path) -> None:
    """FIND's table of units has no counts: blocked, with the guess, which the 20th resolves."""
    folder = tmp_path / "units"
    folder.mkdir()
    for file in (corpus / "find_unit_info").glob("2020-08-*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    summary = filled(tmp_path / "lake", "find_tests", folder)
    assert {one["verdict"] for one in summary["outcomes"]} == {"blocked"}
    alerts = [one for one in summary["alerts"] if "comment_on_testing_data" in one["sentence"]]
    assert len({one["fingerprint"] for one in alerts}) == 1
    assert "'comment' is called 'comment_on_testing_data' now" in alerts[0]["sentence"]
    assert alerts[0]["state"] == "resolved"


def test_a_total_that_counts_a_round_twice_is_noted_and_not_published(
    corpus: Path, tmp_path: Path
) -> None:
    """Of COVAX's rounds 4 to 9 the rounds are published, not the printed total."""
    rounds = corpus / "hdx_covax" / "allocations_rounds4-9_dashboard.csv"
    (tmp_path / "2022-06-08.csv").write_bytes(rounds.read_bytes())
    lake = tmp_path / "lake"
    summary = filled(lake, "covax_allocations", tmp_path)
    assert any(
        "22 of 30 countries (BFA: 4,817,070 printed, 4,286,670 in its rounds)" in note
        for note in summary["notes"]
    )
    published = open_lake(str(lake)).latest("covax_allocations.allocations").filter(iso3="BFA")
    assert published["doses_allocated"].sum() == 4_286_670
