"""The 136 real vintages of OCHA's humanitarian dashboard: every figure, every event."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from vaxwatch.reader import Lake, open_lake

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
SOURCE = "hdx_humanitarian"
FIGURES = {
    "deliveries": {"doses_delivered": "#capacity+doses+delivered+total"},
    "vaccinations_current": {"doses_administered": "#capacity+doses+administered+total"},
    "cases_current": {
        "cases_new": "#affected+infected+new+weekly",
        "cases_cumulative": "#affected+infected",
        "deaths_new": "#affected+killed+new+weekly",
        "deaths_cumulative": "#affected+killed",
    },
}


@pytest.fixture(scope="module")
def summary(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Backfill all vintages into a lake, and return what the flow says."""
    lake = str(tmp_path_factory.mktemp("hdx"))
    folder = corpus / "hdx_humanitarian_dashboard"
    return {**backfill_source.fn(SOURCE, f"dir:{folder}", lake).document(), "lake": lake}


@pytest.fixture(scope="module")
def lake(summary: Mapping[str, Any]) -> Lake:
    """Return the lake that was filled."""
    return open_lake(summary["lake"])


def test_every_vintage_is_there(summary: Mapping[str, Any], lake: Lake) -> None:
    """136 snapshots; none failed, none was held, no row waits in quarantine."""
    assert (len(summary["outcomes"]), summary["failed"], summary["held"]) == (136, [], 0)
    assert lake.quarantined(SOURCE).is_empty()
    assert lake.vintages(f"{SOURCE}.cases_current").height == 136


def test_doses_begin_with_their_tags(lake: Lake) -> None:
    """Before 28 April 2021 no snapshot has doses, and none is made up."""
    for table in ("deliveries", "vaccinations_current"):
        vintages = lake.vintages(f"{SOURCE}.{table}")
        assert vintages.height == 76
        assert f"{vintages['as_of'][0]:%Y-%m-%d}" == "2021-04-28"


def test_as_of_equals_the_raw_file(corpus: Path, lake: Lake) -> None:
    """Every figure of every table is its value in the file of its vintage."""
    files = sorted((corpus / "hdx_humanitarian_dashboard").glob("2*.json"))
    compared = 0
    for table, figures in FIGURES.items():
        vintages = lake.vintages(f"{SOURCE}.{table}")
        with_table = files[-vintages.height :]
        for file, vintage in list(zip(with_table, vintages["id"], strict=True))[::5]:
            raw = {one["#country+code"]: one for one in json.loads(file.read_bytes())["cumulative"]}
            known = lake.asof(f"{SOURCE}.{table}", vintage)
            assert set(known["iso3"]) == set(raw)
            for row in known.iter_rows(named=True):
                for column in set(figures) & set(known.columns):
                    cell = raw[row["iso3"]].get(figures[column])
                    assert row[column] == (int(cell) if cell else None), (file.name, row, column)
                    compared += 1
    assert compared > 4_000


def test_seven_countries_vanish_on_8_february_2021(lake: Lake) -> None:
    """63 rows become 56: DPR Korea, Iran and five others are withdrawn."""
    found = lake.diff(f"{SOURCE}.cases_current", "2021-02-07", "2021-02-08")
    gone = found.filter(pl.col("kind") == "withdrawn")
    assert set(gone["iso3"]) == {"PRK", "IRN", "BEN", "BGD", "COG", "SLE", "TGO"}
    rows = lake.vintages(f"{SOURCE}.cases_current").filter(
        pl.col("as_of").dt.date().is_between(pl.date(2021, 2, 7), pl.date(2021, 2, 8))
    )
    assert rows["rows"].to_list() == [63, 56]


@pytest.mark.parametrize(
    ("iso3", "steps"),
    [("PSE", [2_522_776, 12_922_776, 2_922_776]), ("PAK", [21_559_384, 29_659_884, 21_659_384])],
)
def test_a_slip_and_its_correction_are_both_published(
    lake: Lake, iso3: str, steps: list[int]
) -> None:
    """What can be read is published, the digit too many as well as the fall that puts it right."""
    delivered = lake.history(f"{SOURCE}.deliveries", {"iso3": iso3})["doses_delivered"].to_list()
    start = delivered.index(steps[0])
    assert delivered[start : start + 3] == steps


@pytest.mark.parametrize(
    ("iso3", "days", "figures"),
    [
        ("PSE", ("2021-10-13", "2021-10-15"), (2_522_776, 12_922_776)),
        ("PSE", ("2021-10-18", "2021-10-19"), (12_922_776, 2_922_776)),
        ("PAK", ("2021-08-02", "2021-08-03"), (21_559_384, 29_659_884)),
        ("PAK", ("2021-08-03", "2021-08-04"), (29_659_884, 21_659_384)),
    ],
)
def test_known_slips_come_out_of_diff(
    lake: Lake, iso3: str, days: tuple[str, str], figures: tuple[int, int]
) -> None:
    """Each step has its day, to the dose."""
    found = lake.diff(f"{SOURCE}.deliveries", *days, where={"iso3": iso3})
    assert found.select("before", "after", "kind").rows() == [(*figures, "revised")]
