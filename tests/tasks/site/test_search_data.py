"""What the search finds, and the feeds and the site map beside it."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from tasks.delivery.feeds import ATOM
from tasks.marts.builders.dim_country import countries
from tasks.marts.lake_table import MartInputs
from tasks.marts.registry import MARTS
from tasks.site import feed_files, search_data, site_map
from tasks.site.page_file import PageFile
from tasks.site.site_content import SiteContent
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import alert_event, append, fingerprint

BASE = "https://lake.example.org"
SEARCHED = ("Corée du Nord", "朝鲜", "North Korea")


def content(base_url: str = "") -> SiteContent:
    """Return a lake with an alert on a country, one on a group, and a page for every country."""
    store = MemoryStore()
    append(store, alert_event("cut", sentence="It fell </script> \u202e."))
    children = [{"key": {"iso3": "GHA"}, "column": "doses_allocated", "before": 5, "after": 1}]
    append(store, alert_event("many", key={}, evidence={"children": children}))
    found = SiteContent(store=store, on=date(2022, 6, 1), base_url=base_url)
    every = countries(MartInputs.__new__(MartInputs))
    found._marts = {mart.name: pl.DataFrame(schema=mart.schema) for mart in MARTS}
    found._marts["dim_country"] = every
    found.__dict__["countries"] = sorted(every["iso3"])
    return found


def by_name(files: Iterable[PageFile]) -> dict[str, bytes]:
    """Return the bytes of files."""
    return {one.name: one.render() for one in files}


def test_every_country_is_found_by_its_names_in_sixty_thousand_bytes() -> None:
    """Names in several languages and the spellings of publishers; no script ends early."""
    body = by_name(search_data.search_files(content()))["search.js"]
    assert len(body) <= 60_000
    entries: list[list[str]] = json.loads(body.removeprefix(b"vaxwatchSearch = ")[:-2])
    [korea] = [one for one in entries if one[1] == "country/PRK/index.html"]
    assert set(SEARCHED) <= set(korea[3].split("|"))
    assert "\u202e" not in body.decode()
    assert any("\\u202e" in one[2] for one in entries if one[0] == "alert")


@pytest.mark.parametrize("base_url", ["", BASE])
def test_a_country_has_a_feed_with_the_alerts_and_groups_that_it_is_in(base_url: str) -> None:
    """A link is absolute where it is known where the files are; a JSON feed has none without."""
    found = by_name(feed_files.feed_files(content(base_url)))
    names = {iso3: titles(found[f"feeds/country/{iso3}.atom"]) for iso3 in ("PRK", "GHA", "FRA")}
    assert {iso3: len(one) for iso3, one in names.items()} == {"PRK": 1, "GHA": 1, "FRA": 0}
    page = f"alert/{fingerprint('cut')[:12]}/index.html"
    way = f"{base_url}/site/" if base_url else "../../"
    assert f'href="{way}{page}"'.encode() in found["feeds/country/PRK.atom"]
    feed: dict[str, Any] = json.loads(found["feeds/country/PRK.json"])
    assert feed["items"][0].get("url") == (f"{way}{page}" if base_url else None)
    assert (b"PUBLIC_BASE_URL" in found["feeds/index.html"]) is (base_url == "")


def titles(body: bytes) -> list[str]:
    """Return the titles of the entries of an Atom feed."""
    top = ET.fromstring(body)  # noqa: S314 (our own)
    return [one.findtext(f"{{{ATOM}}}title") or "" for one in top.iter(f"{{{ATOM}}}entry")]


def test_the_site_map_is_there_where_addresses_are_known() -> None:
    """It has absolute addresses alone, so it is left out without a base."""
    assert by_name(site_map.site_map(content())) == {}
    body = by_name(site_map.site_map(content(BASE)))["sitemap.xml"]
    places = [one.text or "" for one in ET.fromstring(body).iter() if one.tag.endswith("loc")]  # noqa: S314 (as above)
    assert f"{BASE}/site/country/PRK/index.html" in places
    assert len(places) == len(set(places))
    assert all(place.startswith(f"{BASE}/site/") for place in places)
