"""OCHA's real files of COVAX figures: forecast, first round, rounds 4 to 9, and what is neither."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from vaxwatch.archive import archive_folder
from vaxwatch.reader import Lake, open_lake

pytestmark = pytest.mark.corpus
SOURCE = "covax_allocations"
TABLE = f"{SOURCE}.allocations"
FORECAST, FIRST, ROUNDS = "2021-02-23", "2021-03-02", "2021-11-23"
FILES = {
    "out_2021-02-23.json": f"{FORECAST}.json",
    "covax_data_hxl.csv": f"{FIRST}.csv",
    "allocations_rounds4-9_dashboard.csv": f"{ROUNDS}.csv",
    "deliveries_googlesheet_2022-06-09.csv": "2022-06-09.csv",
    "ckan_covax-round-6-allocations.json": "2022-06-10.json",
    "owid_vaccinations_fixture.csv": "2022-06-11.csv",
}
"""Each real file under the day at which a backfill dates it."""


@pytest.fixture(scope="module")
def summary(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Backfill the real files upon the archive's forecast, and return what the flow says."""
    folder = tmp_path_factory.mktemp("covax")
    for theirs, dated in FILES.items():
        shutil.copy(corpus / "hdx_covax" / theirs, folder / dated)
    lake = str(tmp_path_factory.mktemp("lake"))
    before = datetime(2021, 2, 22, tzinfo=UTC)
    backfill_source.fn(SOURCE, f"dir:{archive_folder(SOURCE)}", lake, until=before)
    return {**backfill_source.fn(SOURCE, f"dir:{folder}", lake).document(), "lake": lake}


@pytest.fixture(scope="module")
def lake(summary: Mapping[str, Any]) -> Lake:
    """Return the lake that was filled."""
    return open_lake(summary["lake"])


def test_other_tables_are_refused_by_name(summary: Mapping[str, Any]) -> None:
    """A list of single deliveries, a page about a data set and another source's file are none."""
    assert (summary["new"], summary["blocked"]) == (3, 2)
    errors = {one["file"]: one["error"] for one in summary["failed"]}
    assert set(errors) == {"2022-06-10.json"}
    assert "no 'national_data'" in errors["2022-06-10.json"]
    blocked = {
        one["as_of"][:10]: one["notes"][0]
        for one in summary["outcomes"]
        if one["verdict"] == "blocked"
    }
    assert set(blocked) == {"2022-06-09", "2022-06-11"}
    assert "column COVAX Forecast Total" in blocked["2022-06-09"]
    assert "is gone" in blocked["2022-06-11"]


def test_the_first_round_cuts_24_countries_at_once(lake: Lake) -> None:
    """21 fall by 13.7 to 16.1 %, Colombia and Ukraine by more, Venezuela to 0; Syria stands."""
    found = lake.diff(TABLE, FORECAST, FIRST)
    falls = dict(found.filter(pl.col("change") < 0).select("iso3", "rel_change").rows())
    assert len(falls) == 24
    beside = {iso3: round(100 * falls.pop(iso3), 1) for iso3 in ("COL", "UKR", "VEN")}
    assert beside == {"COL": -18.2, "UKR": -18.8, "VEN": -100.0}
    assert all(-0.1613 <= fall <= -0.1369 for fall in falls.values())
    figures = {iso3: (before, after) for iso3, before, after in pairs(found)}
    assert figures["AFG"] == (3_024_000, 2_580_000)
    assert figures["NGA"] == (16_008_000, 13_656_000)
    assert figures["ETH"] == (8_928_000, 7_620_000)
    assert "SYR" not in figures
    assert figures["PSE"] == (34_000, 205_440)


def pairs(found: pl.DataFrame) -> list[tuple[str, float, float]]:
    """Return country, before and after of every changed figure."""
    return found.select("iso3", "before", "after").rows()


def test_the_cut_is_one_group_with_venezuela_beside_it(summary: Mapping[str, Any]) -> None:
    """24 falls are one event of the source; a country left with nothing has its own alert."""
    alerts = [(alert["rule"], alert["column"], alert["key"]) for alert in summary["alerts"]]
    assert ("R2", "doses_announced", {"iso3": "VEN"}) in alerts
    sentences = [alert["sentence"] for alert in summary["alerts"] if alert["rule"] == "R17"]
    assert any("fewer doses announced for 24 of" in sentence for sentence in sentences)


def test_sheets_of_some_countries_withdraw_no_other(lake: Lake) -> None:
    """DPR Korea is in neither file; its figure of the archive stands beside them."""
    assert lake.history(TABLE, {"iso3": "PRK"})["doses_announced"].to_list() == [1_992_000]
    assert lake.asof(TABLE, "latest").filter(iso3="PRK").height == 1


def test_rounds_are_published_and_their_total_is_not(
    summary: Mapping[str, Any], lake: Lake
) -> None:
    """Burkina Faso's rounds have 4,286,670 doses; the 4,817,070 that are printed are noted."""
    rounds = lake.asof(TABLE, "latest").filter(pl.col("mechanism") != "COVAX")
    sums = dict(rounds.group_by("iso3").agg(pl.col("doses_allocated").sum()).rows())
    assert (len(sums), sums["BFA"], sums["HND"]) == (30, 4_286_670, 100_620)
    [note] = [one for one in summary["notes"] if "not the sum" in one]
    assert "for 22 of 30 countries (BFA: 4,817,070 printed, 4,286,670 in its rounds)" in note


def test_other_rounds_are_no_cut(lake: Lake) -> None:
    """Honduras's 496,800 of the first round stand beside the 100,620 of the later rounds."""
    honduras = lake.asof(TABLE, "latest").filter(iso3="HND", mechanism="COVAX")
    assert honduras["doses_announced"].to_list() == [496_800]
    found = lake.diff(TABLE, FIRST, ROUNDS)
    assert found.filter(pl.col("kind") != "added").is_empty()
