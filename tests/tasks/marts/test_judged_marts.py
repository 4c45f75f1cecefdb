"""Ladder, campaign status, testing, changes, comparison: small tables, known answers."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from tasks.marts.builders.allocation_ladder import STEPS
from tasks.marts.builders.compare_sources import SOURCES as COMPARED
from tasks.marts.builders.country_totals import TABLES
from tasks.marts.registry import MARTS
from tasks.sources import SOURCES
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.published import publish
from tests.tasks.marts.frames import allocated, inputs, rows_of

BY_NAME = {mart.name: mart for mart in MARTS}
OFFERS: dict[str, Any] = {"offers": pl.DataFrame(schema=dict(BY_NAME["offers"].schema))}


def built(store: Store, name: str, *sources: str) -> pl.DataFrame:
    """Return the rows of a mart of a lake."""
    totals = BY_NAME["country_totals"].rows(inputs(store, *sources))
    made_of = inputs(store, *sources, marts={**OFFERS, "country_totals": totals})
    return BY_NAME[name].rows(made_of)


def delivered(doses: dict[str, int | None]) -> pl.DataFrame:
    """Return doses delivered by country."""
    rows = [(iso3, "unspecified", "unspecified", given) for iso3, given in doses.items()]
    return rows_of("deliveries", *rows, figures=["doses_delivered"])


def given(doses: dict[str, int | None]) -> pl.DataFrame:
    """Return doses administered by country."""
    return rows_of("vaccinations_current", *doses.items(), figures=["doses_administered"])


def two_sources(*, other: str = "undp_vaccine_equity") -> MemoryStore:
    """Return a lake in which UNICEF's and another source show deliveries of Ghana."""
    store = MemoryStore()
    for week, doses in enumerate((100, 100, 0)):
        publish(store, "unicef_market", "deliveries", delivered({"GHA": doses or None}), week=week)
    for week, doses in ((0, 80), (1, 150)):
        publish(store, other, "deliveries", delivered({"GHA": doses}), week=week)
    return store


def test_the_ladder_takes_each_step_from_one_source() -> None:
    """The first in the list that ever had a figure, also when that is gone; its name is there."""
    ladder = built(two_sources(), "allocation_ladder", "unicef_market", "undp_vaccine_equity")
    assert ladder["delivered"].to_list() == [100, 100, None]
    assert ladder["delivered_source"].to_list() == ["unicef_market"] * 3
    assert ladder["is_newest"].to_list() == [False, False, True]
    people = ladder["people"][0]
    assert ladder["delivered_of_need"][0] == pytest.approx(100 / (2 * people))


def test_sources_stand_side_by_side() -> None:
    """A column each, as known at the end of the day; no row while one alone has a figure."""
    rows = built(two_sources(), "compare_sources", "unicef_market", "undp_vaccine_equity")
    found = rows.select("unicef_market", "undp_vaccine_equity", "ratio").rows()
    assert found == [(100, 80, 1.25), (100, 150, 1.5)]


def test_a_source_without_a_column_is_compared_as_well() -> None:
    """A new one counts at once; what it shows itself is in country_totals."""
    rows = built(two_sources(), "compare_sources", "unicef_market", "undp_vaccine_equity")
    store = two_sources(other="moh_example")
    others = built(store, "compare_sources", "unicef_market", "moh_example")
    names = ("unicef_market", "sources", "least", "most", "ratio")
    assert others.select(names).equals(rows.select(names))


def test_every_source_with_a_column_has_country_totals() -> None:
    """The others are compared without one."""
    with_totals = {one.name for one in SOURCES if set(one.tables) & TABLES}
    assert set(COMPARED) <= with_totals
    assert {name for names in STEPS.values() for name in names} <= with_totals


def test_absence_is_a_status() -> None:
    """Zero, no figure and no row are three things; the first day is the publisher's."""
    store = MemoryStore()
    publish(
        store, "who_vaccination", "vaccinations_current", given({"GHA": 0, "KEN": None}), week=0
    )
    publish(store, "who_vaccination", "vaccinations_current", given({"GHA": 9}), week=1)
    rows = built(store, "campaign_status", "who_vaccination")
    shown = rows.filter(pl.col("iso3").is_in(["GHA", "KEN", "PRK"])).select("iso3", "status")
    assert shown.rows() == [
        ("GHA", "zero"),
        ("GHA", "started"),
        ("KEN", "null"),
        ("KEN", "absent"),
        ("PRK", "absent"),
    ]


def reported(*reports: tuple[date, int | None, int, int]) -> pl.DataFrame:
    """Return reports: people, samples, positives."""
    names = ["people_tested_new", "samples_tested_new", "positives_new"]
    rows = [("PRK", day, "national", *figures) for day, *figures in reports]
    return rows_of("tests", *rows, figures=names)


def test_tests_are_summed_in_their_own_units() -> None:
    """Samples count until people are stated; with a positive no chance is given."""
    store, days = MemoryStore(), [date(2020, 4, day) for day in (1, 2, 3, 4)]
    figures = [(None, 500, 0), (100, 200, 0), (400, 800, 0), (1, 2, 1)]
    reports = [(day, *figure) for day, figure in zip(days, figures, strict=True)]
    publish(store, "who_searo_testing", "tests", reported(*reports), week=0)
    rows = built(store, "testing", "who_searo_testing")
    assert rows.select("unit", "tested").rows() == [
        ("samples", 500),
        ("people", 100),
        ("people", 500),
        ("people", 501),
    ]
    assert rows["upper_bound_95"].to_list() == [3 / 500, 3 / 100, 3 / 500, None]
    assert rows["chance_of_no_positive"][2] == pytest.approx(0.999**500)
    assert rows["is_summed"].all()


def test_changes_name_what_takes_them_back() -> None:
    """A digit too many for a week; a figure that is gone is -1, one that rose has no severity."""
    store, key = MemoryStore(), ("PRK", "Covovax")
    for week, doses in enumerate((1_000_000, 100_000, 1_010_000, None)):
        rows = {key: doses, ("GHA", "x"): 5 + week}
        publish(store, "unicef_market", "allocations", allocated(rows), week=week)
    changes = built(store, "changes_all", "unicef_market").filter(iso3="PRK")
    assert changes["rel_change"].round(2).to_list() == [-0.9, 9.1, -1]
    assert changes["is_correction"].to_list() == [False, True, False]
    assert changes["reverted_by"].to_list() == [changes["vintage_id"][1], None, None]
    assert changes["severity"].to_list() == ["high", "info", "critical"]


def test_dimensions_join() -> None:
    """Every code of the sources' figures has a country; names are in several languages."""
    countries = BY_NAME["dim_country"].rows(inputs(MemoryStore()))
    korea = countries.filter(iso3="PRK").to_dicts()[0]
    assert (korea["name"], korea["who_region"], korea["people"]) == (
        "Korea, DPR",
        "SEARO",
        25_778_815,
    )
    assert korea["name_fr"] == "Corée du Nord"
    days = BY_NAME["dim_date"].rows(inputs(MemoryStore())).filter(day=date(2022, 2, 1))
    assert days.select("iso_week", "weekday", "quarter").rows() == [(5, 2, 1)]
