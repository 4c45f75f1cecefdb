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

COVERED = ("MEX", "BRA", "PER", "COL", "TCD")
CASES = ("UGA", "RWA", "COD", "BDI", "KEN", "ZMB")
SOURCES = ("unicef_wuenic", "who_mpox")


def coverage(july: int) -> str:
    """Return WUENIC's file of a July: Chad's past falls below 80 % in the third; others rise."""
    lines = ["DATAFLOW,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_FOOTNOTE"]
    for at, iso3 in enumerate(COVERED):
        for year in range(2015, 2020 + july):
            percent = 60 if (iso3, july >= 2, year) == ("TCD", True, 2018) else 85 + at
            lines.append(f"UNICEF:IMMUNISATION(1.0),{iso3},IM_DTP3,{year},{percent},A,")
    return "\n".join([*lines, ""])


def cases(day: int) -> str:
    """Return WHO's table of a day: Uganda's total falls by a third on the fifth, Zambia stops."""
    figures = "TOTAL_CONF_CASES,NEW_CONF_CASES,TOTAL_CONF_DEATHS,NEW_CONF_DEATHS"
    lines = [f"COUNTRY,ISO3,WHO_REGION,DATE,{figures}"]
    for at, iso3 in enumerate(CASES):
        for seen in range(1, 2 if iso3 == "ZMB" else day + 1):
            total = 9_000 + 700 * at + (40 + 3 * at) * seen + seen * (at + 3) % 7
            shown = total * 2 // 3 if iso3 == "UGA" and day >= 5 else total
            lines.append(f"{iso3},{iso3},AFRO,2025-02-{seen:02},{shown},,{at},")
    return "\n".join([*lines, ""])


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake with four Julys of coverage and six days of cases, marts and all."""
    folder = tmp_path_factory.mktemp("living")
    files = {f"unicef_wuenic/{2020 + at}-07-15.csv": coverage(at) for at in range(4)}
    files |= {f"who_mpox/2025-02-{day + 1:02}.csv": cases(day) for day in range(1, 7)}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
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
