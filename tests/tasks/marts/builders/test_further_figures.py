"""Further figures: the newest of each part, revisions of the past, and what is listed without."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from schemas.tables import TABLES, key_of
from tasks.marts.builders import country_totals, further_figures, part_entities
from tasks.vault.backends.memory_store import MemoryStore
from tests.tasks.marts.frames import inputs, published, rows_of


def covered(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Return coverage: country, antigen, year, share."""
    return rows_of("coverage", *rows, figures=["coverage_share"])


def counted(**cases: list[int | None]) -> pl.DataFrame:
    """Return the cases of each country from 1 January on, a day each."""
    rows = [
        (iso3, date(2022, 1, day), total)
        for iso3, totals in cases.items()
        for day, total in enumerate(totals, 1)
    ]
    return rows_of("cases", *rows, figures=["cases_cumulative"])


def made(store: MemoryStore, *names: str, source: str = "unicef_wuenic") -> list[tuple[Any, ...]]:
    """Return columns of the mart, sorted by part and version."""
    found = further_figures.further_figures(inputs(store, source))
    return found.sort("iso3", "part", "as_of").select(names).rows()


def test_every_table_by_country_is_in_one_of_the_two_marts() -> None:
    """Without a list of names; what a new table shows is on the pages at once."""
    by_country = {name for name in TABLES if "iso3" in key_of(name)}
    assert by_country <= further_figures.TABLES | country_totals.TABLES
    assert not further_figures.TABLES & country_totals.TABLES


def test_a_part_has_its_newest_year_and_the_largest_revision_of_the_past() -> None:
    """Every antigen by itself; a new year is no revision."""
    store = published(
        "unicef_wuenic",
        "coverage",
        covered(
            ("TCD", "DTP3", 2019, 0.8), ("TCD", "DTP3", 2020, 0.82), ("TCD", "MCV1", 2020, 0.5)
        ),
        covered(
            ("TCD", "DTP3", 2019, 0.6), ("TCD", "DTP3", 2020, 0.81), ("TCD", "MCV1", 2020, 0.5)
        ),
        covered(
            *(("TCD", "DTP3", 2019, 0.6), ("TCD", "DTP3", 2020, 0.81), ("TCD", "DTP3", 2021, 0.83)),
            ("TCD", "MCV1", 2020, 0.5),
        ),
    )
    names = ("part", "observed_on", "figure", "before", "revised", "revised_on", "revised_from")
    assert made(store, *names, "revised_to") == [
        ("DTP3", date(2020, 1, 1), 0.82, None, 0, None, None, None),
        ("DTP3", date(2020, 1, 1), 0.81, 0.82, 2, date(2019, 1, 1), 0.8, 0.6),
        ("DTP3", date(2021, 1, 1), 0.83, 0.81, 0, None, None, None),
        ("MCV1", date(2020, 1, 1), 0.5, None, 0, None, None, None),
    ]


def test_a_version_that_revises_the_past_alone_is_a_row() -> None:
    """The newest figure stands; a day that is gone counts as revised."""
    store = published(
        "who_mpox", "cases", counted(UGA=[5, 9, 20]), counted(UGA=[5, None, 20]), counted(UGA=[5])
    )
    names = ("observed_on", "figure", "change", "revised", "revised_on", "revised_to")
    assert made(store, *names, source="who_mpox") == [
        (date(2022, 1, 3), 20, None, 0, None, None),
        (date(2022, 1, 3), 20, 0, 1, date(2022, 1, 2), None),
        (date(2022, 1, 1), 5, -15, 1, date(2022, 1, 3), None),
    ]


def test_a_country_without_a_figure_is_listed() -> None:
    """It has a row, and so a page."""
    store = published("who_mpox", "cases", counted(UGA=[None], BRA=[0]))
    assert made(store, "iso3", "figure", source="who_mpox") == [("BRA", 0), ("UGA", None)]


def test_a_year_to_come_counts_from_the_first_version_in_it_on() -> None:
    """A projection to 2100 is not what a country has now; the versions here are of 2022."""
    people = rows_of(
        "population", *(("TCD", year, year * 10) for year in (2021, 2023, 2100)), figures=["people"]
    )
    store = published("un_population", "population", people)
    assert made(store, "figure", "observed_on", source="un_population") == [
        (20_210, date(2021, 1, 1))
    ]


def test_of_a_large_table_the_newest_figures_alone_are_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its revisions are, too."""
    monkeypatch.setattr(part_entities, "MOST_ROWS", 1)
    store = published("who_mpox", "cases", counted(UGA=[5, 9]), counted(UGA=[4, 9]))
    assert made(store, "figure", "revised", source="who_mpox") == [(9, 1)]


def test_a_table_without_days_revises_no_past() -> None:
    """Each version shows one figure; the one before is beside it."""
    versions = (
        rows_of("cases_current", ("PSE", total), figures=["cases_cumulative"])
        for total in (4_422, 4_400)
    )
    store = published("hdx_humanitarian", "cases_current", *versions)
    names = ("observed_on", "figure", "before", "revised")
    assert made(store, *names, source="hdx_humanitarian") == [
        (None, 4_422, None, None),
        (None, 4_400, 4_422, None),
    ]
