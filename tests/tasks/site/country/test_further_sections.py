"""Sections of cases, coverage and the like: by the declared tables, with sentences by rules."""

import json
import re
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tasks.marts.publish_marts import publish_marts
from tasks.site.country.country_content import country_contents
from tasks.site.figures.further_lines import MOST_DRAWN, further_lines, thinned
from tasks.site.search_data import search_files
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.derived_tables import publish_tables
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction
from tasks.vault.vault_reader import VaultReader
from tests.published import publish
from tests.tasks.site.country.country_lakes import NOW, allocated, content_of, rendered, rows

PAGE, DATA = "country/UGA/index.html", "data/country/UGA.js"
FIGURES = ("cases_cumulative", "deaths_cumulative")


def counted(*cases: int | None, deaths: int | None = 0, iso3: str = "UGA") -> pl.DataFrame:
    """Return the cases of a country from 1 January on, a day each."""
    values = [(iso3, date(2022, 1, day), one, deaths) for day, one in enumerate(cases, 1)]
    return rows("cases", values, *FIGURES)


def covered(*shares: tuple[str, int, float | None], iso3: str = "UGA") -> pl.DataFrame:
    """Return the coverage of a country: antigen, year, share."""
    return rows("coverage", [(iso3, *one) for one in shares], "coverage_share")


def lake(table: str, *versions: pl.DataFrame, **how: Any) -> MemoryStore:
    """Return a lake with versions of a table, a week apart, and with its marts."""
    store, source = MemoryStore(), {"cases": "who_mpox", "coverage": "unicef_wuenic"}[table]
    for week, frame in enumerate(versions):
        publish(store, source, table, frame, week=week, **how)
    publish_marts(store, at=NOW)
    return store


def words(page: str) -> str:
    """Return the text of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def page_of(store: MemoryStore) -> str:
    """Return the text of the country's page."""
    return words(rendered(store, PAGE)[PAGE])


def test_a_country_of_cases_alone_has_a_page_and_search_finds_it() -> None:
    """Its first sentence is what is known, and no dose is made up."""
    store = lake("cases", counted(5, 9, deaths=1), counted(5, 9, 20, deaths=2))
    page = page_of(store)
    assert "WHO&#39;s mpox table showed 20 cases and 2 deaths by 3 Jan 2022 in Uganda" in page
    assert "in the version of 10 Jan 2022." in page
    assert "No source shows a promise of doses to Uganda (UGA)." in page
    assert "No figure of an earlier day was revised by a later version." not in page
    listed = rendered(store, "countries/index.html")["countries/index.html"]
    assert "cases, WHO&#39;s mpox table" in listed
    found = {one.name: one for one in search_files(content_of(store))}["search.js"].render()
    assert PAGE.encode() in found


def test_falls_and_revisions_are_stated_with_their_largest() -> None:
    """A count that fell, days of the past that differ, and a day that is gone."""
    page = page_of(lake("cases", counted(5, 9, 20), counted(5, 6, 12), counted(5, None, 12)))
    assert "Cases fell once, on 10 Jan 2022 from 20 to 12 (" in page
    assert "revised in 2 versions, last in that of 17 Jan 2022, where 1 differs" in page
    assert "cases for 2 Jan 2022, from 6 to no figure (" in page
    assert "2 times, last on 17 Jan 2022" in page


def test_coverage_has_each_antigen_with_its_newest_year_and_what_was_revised() -> None:
    """Few antigens one by one; of many the lowest and the highest."""
    first = covered(("DTP3", 2019, 0.8), ("DTP3", 2020, 0.85), ("MCV1", 2020, 0.5))
    later = covered(("DTP3", 2019, 0.6), ("DTP3", 2021, 0.9), ("MCV1", 2020, 0.5))
    page = page_of(lake("coverage", first, later))
    assert "showed 90.0 % coverage (DTP3) for 2021 and 50.0 % coverage (MCV1) for 2020 in" in page
    assert "from 85.0 % to no figure" in page
    assert "coverage (MCV1) 50.0 % for 2020 3 Jan 2022 never" in page
    many = [(f"A{at}", 2020, 0.5 + at / 100) for at in range(6)]
    page = page_of(lake("coverage", covered(*many)))
    assert "coverage of 6 antigens, from 50.0 % (A0, 2020) to 55.0 % (A5, 2020)," in page


def test_the_time_machine_has_every_line_of_every_day() -> None:
    """The figure with its day, no figure, and the days of versions."""
    files = rendered(lake("cases", counted(5, 9), counted(5, 9, 20), counted(None, deaths=None)))
    data = json.loads(files[DATA].removeprefix("vaxwatchData = ").removesuffix(";\n"))
    assert data["days"] == ["2022-01-03", "2022-01-10", "2022-01-17"]
    assert data["rows"]["who_mpox.cases/cases_cumulative"] == [
        ["2022-01-03", "9 by 2 Jan 2022"],
        ["2022-01-10", "20 by 3 Jan 2022"],
        ["2022-01-17", None],
    ]
    assert all(f'data-row="{name}"' in files[PAGE] for name in data["rows"])
    assert "It shows no figure any more of cases, deaths since 17 Jan 2022." in words(files[PAGE])


@pytest.mark.parametrize(
    ("versions", "text"),
    [
        ((counted(0, 0),), "showed 0 cases and 0 deaths by 2 Jan 2022"),
        ((counted(0), counted(0, 0)), "showed 0 cases and 0 deaths by 2 Jan 2022"),
        ((counted(None, deaths=None),), "lists Uganda (UGA) without a figure."),
        ((counted(7),), "showed 7 cases and 0 deaths by 1 Jan 2022"),
    ],
)
def test_zeros_nothing_and_one_version_are_stated(
    versions: tuple[pl.DataFrame, ...], text: str
) -> None:
    """Nothing is drawn where nothing ever changed."""
    store = lake("cases", *versions)
    assert text in page_of(store)
    assert "version by version" not in page_of(store)


def test_a_section_has_its_picture_as_files_and_as_a_page_to_embed() -> None:
    """In both sizes, linked from the page, with title, source and day inside."""
    files = rendered(lake("cases", counted(5, 9), counted(5, 9, 20)))
    section = "who_mpox-cases"
    for size, width in {"wide": 1200, "square": 1080}.items():
        name = f"picture/UGA/{section}-{size}.svg"
        assert f'href="../../{name}"' in files[PAGE]
        assert f'width="{width}"' in files[name]
        assert "Cases in Uganda (UGA), version by version" in files[name]
        assert "as of 10 Jan 2022" in files[name]
    embed = files[f"embed/UGA/{section}.html"]
    assert f'href="../../embed/UGA/{section}.html"' in files[PAGE]
    assert "<h1>Cases in Uganda (UGA), version by version</h1>" in embed
    assert "<script" not in embed
    assert not any(section in name for name in rendered(lake("cases", counted(5))))


def test_a_held_and_a_retracted_version_are_not_shown() -> None:
    """The section is as if they were not there."""
    store = lake("cases", counted(5), counted(5, 9))
    publish(store, "who_mpox", "cases", counted(1), week=2, held=True)
    publish_marts(store, at=NOW)
    assert "showed 9 cases" in page_of(store)
    vault = VaultReader(store, "who_mpox")
    wrong = vault.vintages()[1].id
    commit_retraction(vault, Retraction(id=wrong, at=NOW, reason="a slip", by="x", vintage=None))
    publish_tables(vault)
    publish_marts(store, at=NOW + timedelta(hours=1))
    assert "showed 5 cases" in page_of(store)


def test_the_leading_promise_is_explained_where_there_are_several() -> None:
    """Which one, why, and what the others show."""
    store = lake("cases", counted(5))
    publish(store, "unicef_market", "allocations", allocated({"UGA": 10}), week=0)
    secured = rows("secured_supply", [("UGA", 0.25)], "secured_share")
    publish(store, "undp_vaccine_equity", "secured_supply", secured, week=0)
    publish_marts(store, at=NOW)
    page = page_of(store)
    assert "The line is of doses allocated as UNICEF&#39;s dashboard shows them" in page
    assert "of doses allocated and secured share a page begins with the first that is known" in page
    assert "The other one: 25.0 % secured share" in page
    assert "More than one promise" not in page_of(lake("cases", counted(5)))


def test_a_long_past_is_drawn_with_few_steps() -> None:
    """First, peak, newest and falls stay; each step begins where the one before ended."""
    totals = [*range(1, 901), 400, *range(901, 1001)]
    figures = pl.DataFrame({"figure": totals}).with_row_index("n")
    mart = figures.select(
        dataset=pl.lit("who_mpox.cases"),
        measure=pl.lit("cases_cumulative"),
        part=pl.lit(""),
        as_of=pl.lit(NOW) + pl.duration(days="n"),
        observed_on=pl.lit(NOW.date()) + pl.duration(days="n"),
        figure=pl.col("figure").cast(pl.Float64),
        vintage_id=pl.col("n").cast(pl.String),
        source_url=pl.lit("https://example.org"),
        whole=pl.lit(None, pl.Int128),
        revised=pl.lit(0),
        revised_on=pl.lit(None, pl.Date),
        revised_from=pl.lit(None, pl.Float64),
        revised_to=pl.lit(None, pl.Float64),
    )
    [line] = further_lines(mart)
    drawn = thinned(line.series)
    assert len(drawn.steps) <= MOST_DRAWN + 2
    assert {1, 1000, 400} <= {one.value for one in drawn.steps}
    assert [one.before for one in drawn.steps[1:]] == [one.value for one in drawn.steps[:-1]]


def test_a_version_changes_only_the_countries_that_it_changes() -> None:
    """The hash of the others is as before."""
    before = {one.iso3: one.made_of for one in country_contents(content_of(two(counted(5))))}
    after = {one.iso3: one.made_of for one in country_contents(content_of(two(counted(6))))}
    assert before["KEN"] == after["KEN"]
    assert before["UGA"] != after["UGA"]


def two(changed: pl.DataFrame) -> MemoryStore:
    """Return a lake with two countries, of which one has another figure in the second version."""
    other = counted(3, iso3="KEN")
    return lake("cases", pl.concat([counted(5), other]), pl.concat([changed, other]))
