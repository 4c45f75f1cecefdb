"""UNDP's real files: what is published equals the cells of the raw file, all of them."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from schemas.columns import From
from tasks.sources import source_named
from tests.parsed import readings

SOURCE = source_named("undp_vaccine_equity")
FIGURES = {
    ("deliveries", "doses_delivered"): "vaccinesdelivered",
    ("donations", "doses_donated"): "total_donations",
    ("secured_supply", "secured_share"): "securedvaccineofpopulation",
    ("vaccinations_current", "doses_administered"): "total_vaccinations",
    ("vaccinations_current", "people_first_dose"): "persons_vaccinated_1plus_dose",
    ("vaccinations_current", "people_last_dose"): "persons_fully_vaccinated",
    ("vaccinations_current", "first_vaccinated_on"): "first_vaccine_date",
}


def converted(cell: str, figure: str) -> object:
    """Return a raw cell in canonical form, worked out here without the code under test."""
    if not cell:
        return None
    if figure == "secured_share":
        return float(cell) / 100
    if figure == "first_vaccinated_on":
        return datetime.strptime(cell, "%d%b%Y").replace(tzinfo=UTC).date()
    return int(cell)


def test_every_figure_of_the_declaration_is_checked_against_the_raw_files() -> None:
    """No declared figure escapes the comparison below."""
    declared = {
        (table, name)
        for table, columns in SOURCE.tables.items()
        for name, how in columns.items()
        if isinstance(how, From) and name != "iso3"
    }
    assert declared == set(FIGURES)


@pytest.mark.corpus
def test_every_published_figure_equals_its_raw_cell(corpus: Path) -> None:
    """All vintages, tables, rows and figures; nothing is quarantined, nothing left out."""
    folder = corpus / "undp_vaccine_equity"
    manifest = json.loads((folder / "_manifest.json").read_bytes())
    assert len(manifest["versions"]) == 38
    for version in manifest["versions"]:
        body = (folder / version["file"]).read_bytes()
        raw = {
            row["iso3"]: row
            for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
            if row["iso3"] not in SOURCE.not_countries
        }
        assert len(raw) == 253
        tables = readings(SOURCE, {"main": body})
        assert all(reading.quarantined.is_empty() for reading in tables.values())
        for (table, figure), column in FIGURES.items():
            frame = tables[table].frame
            found_figures = dict(frame.select("iso3", figure).rows())
            assert frame.height == len(raw)
            assert found_figures == {iso3: converted(raw[iso3][column], figure) for iso3 in raw}


def test_the_later_name_of_people_with_the_last_dose_wins() -> None:
    """A file that has both names is read by the newer one."""
    names = "vaccinesdelivered,total_donations,securedvaccineofpopulation,first_vaccine_date"
    header = f"iso3,{names},total_vaccinations,persons_vaccinated_1plus_dose"
    body = f"{header},persons_fully_vaccinated,persons_last_dose\nABW,,,,,,,1,2\n".encode()
    frame = readings(SOURCE, {"main": body})["vaccinations_current"].frame
    assert frame["people_last_dose"].to_list() == [2]


def test_boosters_are_doses_and_never_counted_as_people() -> None:
    """`total_boosters` has no place among people with a booster."""
    body = (Path(__file__).parents[2] / "fixtures/undp_vaccine_equity/early.csv").read_bytes()
    frame = readings(SOURCE, {"main": body})["vaccinations_current"].frame
    assert "people_booster" not in frame.columns
    assert frame.filter(pl.col("iso3") == "BGD")["doses_administered"].to_list() == [245_000_000]
