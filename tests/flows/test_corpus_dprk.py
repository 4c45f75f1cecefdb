"""What was compiled about DPR Korea by others, against the embedded archive and the lake."""

import csv
from pathlib import Path

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from vaxwatch.archive import archive_folder
from vaxwatch.reader import Lake, open_lake

pytestmark = pytest.mark.corpus
ALLOCATIONS, ANNOUNCED = "unicef_market.allocations", "covax_allocations.allocations"
TESTS = "who_searo_testing.tests"
BEFORE_THE_ARCHIVE = {"2021-02-03": 1_992_000, "2021-11-06": 2_092_800}
"""A forecast, which is COVAX's, and a total that nobody printed: the difference of two others."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake with the embedded archive's figures of DPR Korea."""
    where = str(tmp_path_factory.mktemp("lake"))
    for source in ("unicef_market", "covax_allocations", "who_searo_testing"):
        done = backfill_source.fn(source, f"dir:{archive_folder(source)}", where).document()
        assert done["failed"] == []
    return open_lake(where)


def compiled(file: Path) -> list[dict[str, str]]:
    """Return the rows of a compiled table, their words."""
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def number(cell: str) -> int | None:
    """Return a cell as a number; blank is none."""
    return int(cell) if cell else None


def test_allocations_are_the_compiled_ladder(corpus: Path, lake: Lake) -> None:
    """On each day the products known then sum to the total that was compiled, down to 0 and up."""
    rows = compiled(corpus / "dprk_allocations" / "dprk_covax_allocations.csv")
    ladder = {row["as_of"]: int(row["total_allocated_doses"]) for row in rows}
    assert {day: ladder.pop(day) for day in BEFORE_THE_ARCHIVE} == BEFORE_THE_ARCHIVE
    assert ladder == {
        day: lake.asof(ALLOCATIONS, day).filter(iso3="PRK")["doses_allocated"].sum()
        for day in ladder
    }
    assert list(ladder.values()) == [6_826_800, 8_115_600, 1_540_800, 1_288_800, 0, 1_828_800]


def test_the_forecast_is_the_compiled_one(lake: Lake) -> None:
    """What COVAX forecast is in its own table, on its own day."""
    known = lake.asof(ANNOUNCED, "2021-02-03").filter(iso3="PRK")
    assert known["doses_announced"].to_list() == [BEFORE_THE_ARCHIVE["2021-02-03"]]


def test_every_report_of_tests_is_the_compiled_one(corpus: Path, lake: Lake) -> None:
    """People and samples of each of the reports, to the last 54,187 people; blank is null."""
    rows = compiled(corpus / "dprk_tests" / "tests.csv")
    theirs = {
        row["Date"]: (
            number(row["Change in people tested"]),
            number(row["Change in samples tested"]),
        )
        for row in rows
    }
    known = lake.asof(TESTS, "latest").with_columns(pl.col("observed_on").cast(pl.String))
    ours = {
        day: (people, samples)
        for day, people, samples in known.select(
            "observed_on", "people_tested_new", "samples_tested_new"
        ).iter_rows()
    }
    assert len(theirs) == len(rows)
    assert ours == theirs
    assert known["people_tested_new"].sum() == 54_187
