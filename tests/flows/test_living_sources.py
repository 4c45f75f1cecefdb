"""Sources that are overwritten today, in a lake: what they show is in every product, by no line."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.backfill_source import backfill_source
from tasks.site.publish_site import publish_site
from tasks.site.site_content import SiteContent
from tasks.vault.backends.open_store import open_store
from tests.living import living_files

SOURCES = ("unicef_wuenic", "who_mpox")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake with four Julys of coverage and six days of cases, marts and all."""
    folder = tmp_path_factory.mktemp("living")
    living_files(folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("VAXWATCH_MARTS", "on")
        for source in SOURCES:
            backfill_source.fn(source, f"dir:{folder / source}", str(folder / "lake"))
    return folder / "lake"


def test_what_happened_is_alerted_and_nothing_else(lake: Path) -> None:
    """A past year below a line it had passed, and a total that fell."""
    alerts = pl.read_parquet(lake / "alerts/alerts.parquet")
    found = [(row["rule"], json.loads(row["key"]).get("iso3")) for row in alerts.to_dicts()]
    assert sorted(found) == [("R14", "TCD"), ("R7", "UGA")]


def test_every_product_has_them(lake: Path) -> None:
    """Marts, views, the data package, the dictionary and the README of the lake."""
    for mart in ("changes_all", "freshness", "dim_source", "alerts"):
        assert set(SOURCES) <= set(pl.read_parquet(lake / f"marts/{mart}.parquet")["source"]), mart
    for path in ("README.md", "datapackage.json", "catalog/views.sql", "catalog/dictionary.csv"):
        text = (lake / path).read_text()
        assert all(f"{source}" in text for source in SOURCES), path


def test_the_pages_have_them(lake: Path) -> None:
    """Every table has a page, and every country with an alert."""
    store = open_store(str(lake))
    publish_site(store, lambda: SiteContent(store=store, on=date(2024, 1, 1)))
    texts = [path.read_text() for path in (lake / "site").rglob("*.html")]
    for dataset in ("unicef_wuenic.coverage", "who_mpox.cases"):
        assert any(dataset in text for text in texts), dataset
    for country in ("Chad", "Uganda"):
        assert any(f"<h1>{country}" in text for text in texts), country
