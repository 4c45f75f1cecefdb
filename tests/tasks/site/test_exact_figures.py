"""Figures beyond 2^53, of which a float holds no longer every digit, on pages."""

from datetime import date

import polars as pl
import pytest

from tasks.marts.mart_file import read_mart
from tasks.marts.publish_marts import publish_marts
from tasks.marts.registry import MARTS
from tasks.site.exact_figures import LARGEST, with_exact
from tasks.site.overview.front_page import front_page
from tasks.site.site_content import SiteContent
from tasks.site.tables.table_files import table_files
from tasks.vault.backends.memory_store import MemoryStore
from tests.published import publish
from tests.tasks.site.country.country_lakes import NOW, allocated, content_of, rendered, rows

FIGURES = (LARGEST, LARGEST + 1, 10 * LARGEST + 7)
"""The first two are one float; the last is none."""
WRITTEN = [f"{one:,}" for one in FIGURES]


@pytest.fixture(scope="module")
def content() -> SiteContent:
    """Return a lake whose totals and cases are large, in three versions."""
    store = MemoryStore()
    for week, figure in enumerate(FIGURES):
        parts = [allocated({"GHA": figure - 3, "KEN": 5}), allocated({"GHA": 3}, product="Sputnik")]
        publish(store, "unicef_market", "allocations", pl.concat(parts), week=week)
        cases = rows("cases", [("GHA", date(2022, 1, 1), figure)], "cases_cumulative")
        publish(store, "who_mpox", "cases", cases, week=week)
    publish_marts(store, at=NOW)
    return content_of(store)


def test_a_country_shows_every_digit(content: SiteContent) -> None:
    """On its page, in its data, pictures and CSV; a version that one float covers has a step."""
    files = rendered(content.store)
    assert WRITTEN[-1] in files["countries/index.html"]
    for name in ("country/GHA/index.html", "data/country/GHA.js"):
        assert [text for text in WRITTEN if text not in files[name]] == [], name
    for kind in ("allocation-wide", "who_mpox-cases-square"):
        assert all(text in files[f"picture/GHA/{kind}.svg"] for text in WRITTEN)
    assert WRITTEN[-1] in files["picture/GHA/ladder-wide.svg"]
    table = pl.read_csv(files["country/GHA/figures.csv"].encode(), infer_schema=False)
    assert table["total"].to_list() == [*map(str, FIGURES), *map(str, FIGURES)]
    assert f"{10 * LARGEST + 8:,}" not in files["country/GHA/index.html"]


def test_a_table_and_its_versions_show_every_digit(content: SiteContent) -> None:
    """The newest figures and their sum, each version's figures and changes; the front page."""
    files = {one.name: one.render().decode() for one in table_files(content)}
    page = files["table/unicef_market/allocations/index.html"]
    assert WRITTEN[-1] in page
    assert f"<b>{FIGURES[-1] + 5:,}</b>" in page
    assert all(text in files["data/table/unicef_market/allocations.js"] for text in WRITTEN)
    second = next(text for name, text in files.items() if "who_mpox/cases/20220110" in name)
    assert WRITTEN[0] in second
    assert WRITTEN[1] in second
    [front] = [one.render().decode() for one in front_page(content) if one.name == "index.html"]
    assert WRITTEN[2] in front


def test_smaller_figures_and_fractions_have_no_column_of_their_own(content: SiteContent) -> None:
    """The marts are read as they are, with columns of nulls."""
    totals = content.mart("country_totals")
    assert totals.filter(iso3="KEN")["whole"].to_list() == [None]
    declared = next(mart for mart in MARTS if mart.name == "country_totals")
    own = read_mart(content.store, declared).filter(iso3="KEN")
    assert with_exact("country_totals", own, content.vaults).drop("whole").equals(own)
    assert with_exact("offers", own, content.vaults) is own
