"""What is known of all countries at one go is what the figures of each are."""

import polars as pl

from tasks.marts.publish_marts import publish_marts
from tasks.site.country.country_content import country_contents
from tasks.site.country.further_drawing import drawn_names, drawn_sections
from tasks.site.figures.figure_heads import newest_totals
from tasks.site.site_content import SiteContent
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tests.published import publish
from tests.tasks.site.country.country_lakes import NOW, allocated, content_of, demo_lake, rows


def mixed() -> Store:
    """Return a lake in which figures stand still, come and go, are held, and count or do not."""
    store = MemoryStore()
    promised = [
        allocated({"PRK": 5, "UGA": 3, "IND": None}),
        allocated({"PRK": 5, "UGA": None, "IND": 2}),
        allocated({"PRK": 5, "UGA": 3}),
    ]
    cases = [
        _cases(("PRK", 1, 0), ("UGA", 5, 1), ("IND", None, 1)),
        _cases(("PRK", 1, 0), ("UGA", 5, 2), ("IND", None, 3)),
    ]
    coverage = [_coverage(0.5, 0.6), _coverage(0.5, 0.7)]
    for week, frame in enumerate(promised):
        publish(store, "unicef_market", "allocations", frame, week=week, held=week == 1)
    for table, frames in {"cases_current": cases, "coverage": coverage}.items():
        source = {"cases_current": "hdx_humanitarian", "coverage": "unicef_wuenic"}[table]
        for week, frame in enumerate(frames):
            publish(store, source, table, frame, week=week)
    publish_marts(store, at=NOW)
    return store


def _cases(*values: tuple[str, int | None, int | None]) -> pl.DataFrame:
    names = ("cases_cumulative", "deaths_new")
    return rows("cases_current", list(values), *names)


def _coverage(*shares: float) -> pl.DataFrame:
    values = [("UGA", "DTP3", 2019 + year, share) for year, share in enumerate(shares)]
    return rows("coverage", values, "coverage_share")


def _same(content: SiteContent) -> int:
    """Compare every country; return how many pictures of sections there are."""
    newest, drawn = newest_totals(content.shown("country_totals")), 0
    for one in country_contents(content):
        assert drawn_names(one) == list(drawn_sections(one))
        drawn += len(drawn_names(one))
        assert newest.get(one.iso3, {}) == {
            (series.dataset, series.measure): (series.newest.value, series.newest.as_of)
            for series in one.series
        }
        assert [head.dataset for head in one.further_heads] == [
            *dict.fromkeys(line.series.dataset for line in one.further)
        ]
    return drawn


def test_heads_are_those_of_the_figures_of_each_country() -> None:
    """Of a figure that nobody moved nothing is drawn; where one counts, the others do not lead."""
    assert _same(content_of(mixed())) > 1


def test_heads_are_right_in_the_demo() -> None:
    """Whatever its archives hold."""
    assert _same(content_of(demo_lake())) >= 0
