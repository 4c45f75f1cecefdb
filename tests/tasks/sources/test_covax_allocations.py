"""OCHA's real sheets of COVAX figures."""

import json
from pathlib import Path

import pytest

from tasks.read import readings
from tasks.sources import source_named
from vaxwatch.archive import archive_folder

SOURCE = source_named("covax_allocations")


def announced(body: bytes) -> dict[str, int]:
    """Return the doses announced by country; nothing may be quarantined."""
    reading = readings(SOURCE, {"main": body})["allocations"]
    assert reading.quarantined.is_empty()
    return dict(reading.frame.select("iso3", "doses_announced").rows())


@pytest.mark.corpus
def test_the_archive_repeats_the_sheet_of_the_first_round(corpus: Path) -> None:
    """The real sheet is read with its row of tags; the archive has its figures and DPR Korea's."""
    sheet = announced((corpus / "hdx_covax" / "covax_data_hxl.csv").read_bytes())
    archived = announced((archive_folder("covax_allocations") / "2021-03-02.csv").read_bytes())
    assert len(sheet) == 30
    assert archived == {iso3: sheet[iso3] for iso3 in archived if iso3 != "PRK"} | {
        "PRK": 1_704_000
    }


@pytest.mark.corpus
def test_the_archive_repeats_the_forecast_of_all_countries_in_both(corpus: Path) -> None:
    """Every country with both figures is in the archive, with the figure of the forecast."""
    sheet = announced((corpus / "hdx_covax" / "covax_data_hxl.csv").read_bytes())
    document = json.loads((corpus / "hdx_covax" / "out_2021-02-23.json").read_bytes())
    column = "#capacity+doses+forecast+covax"
    forecast = {
        row["#country+code"]: int(row[column])
        for row in document["national_data"]
        if row.get(column, "N/A") != "N/A" and row["#country+code"] in sheet
    }
    archived = announced((archive_folder("covax_allocations") / "2021-02-03.csv").read_bytes())
    assert archived == forecast | {"PRK": 1_992_000}
