"""Feeds of alerts: one for each country and each source, as Atom and as JSON, and a page of all.

Promises: an entry has the same id in every feed of the lake. Links are absolute where it is known
where people open the lake's files, and relative otherwise; a JSON feed has absolute ones alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from schemas.wording import country
from tasks.delivery.feed_entries import Entry, entries_of
from tasks.delivery.feeds import FeedHead, atom_feed, json_feed
from tasks.delivery.numbered_events import Lives, lives_of
from tasks.delivery.targets import countries_of
from tasks.site.addresses import FOLDER, alert_page, country_page, info_page, root_from, source_page
from tasks.site.page_file import PageFile, hash_of, page_file
from tasks.site.rendering import html_page
from tasks.site.site_content import SiteContent

ALL: Final = ("../alerts/feed.atom", "../alerts/feed.json", "../alerts/open.csv")
"""The feeds of all alerts and the list of open ones, as seen from `site/`."""


def feed_files(content: SiteContent) -> Iterator[PageFile]:
    """Yield the feeds of all countries that have a page and all sources with a version."""
    lives = lives_of(content.entries)
    by_country, by_source = _shared(lives)
    for iso3 in content.countries:
        title = f"vaxwatch: alerts on {country(iso3)}"
        yield from _both(content, by_country.get(iso3, {}), "country", iso3, title)
    for source, vault in content.vaults.items():
        title = f"vaxwatch: alerts on {vault.source}"
        yield from _both(content, by_source.get(source, {}), "source", source, title)
    name = info_page("feeds")
    values = {
        "countries": content.countries,
        "sources": list(content.vaults),
        "base_url": content.base_url,
        "all_feeds": [one for one in ALL if content.store.get(one.removeprefix("../"))],
    }
    yield page_file(name, partial(html_page, "feeds.html", name), values)


def feed_name(kind: str, value: str, ending: str) -> str:
    """Return where a feed is.

    >>> feed_name("country", "PRK", "atom")
    'feeds/country/PRK.atom'
    """
    return f"feeds/{kind}/{value}.{ending}"


def _shared(lives: Lives) -> tuple[Mapping[str, Lives], Mapping[str, Lives]]:
    """Return the lives of alerts by country, groups with each of theirs, and by source."""
    by_country: dict[str, dict[str, Any]] = {}
    by_source: dict[str, dict[str, Any]] = {}
    for name, life in lives.items():
        for iso3 in {code for one in life for code in countries_of(one.alert)}:
            by_country.setdefault(iso3, {})[name] = life
        source = life[-1].alert.dataset.partition(".")[0]
        by_source.setdefault(source, {})[name] = life
    return by_country, by_source


def _both(
    content: SiteContent, lives: Lives, kind: str, value: str, title: str
) -> Iterator[PageFile]:
    """Yield a feed as Atom and as JSON."""
    entries = entries_of(lives, content.alerts_by_fingerprint)
    made_of = hash_of([entries, title, content.base_url])
    for ending in ("atom", "json"):
        name = feed_name(kind, value, ending)
        render = partial(_feed, content.base_url, name, entries, title)
        yield PageFile(name=name, made_of=made_of, render=render)


def _feed(base_url: str, name: str, entries: Sequence[Entry], title: str) -> bytes:
    kind, value = name.split("/")[1], name.rpartition("/")[2].rpartition(".")[0]
    page = country_page(value) if kind == "country" else source_page(value)
    way = f"{base_url}/{FOLDER}/" if base_url else root_from(name)
    head = FeedHead(
        id=f"alerts/{kind}/{value}",
        title=title,
        own=f"{way}{name}" if base_url else "",
        home=f"{way}{page}",
        pages=f"{way}{alert_page('{}')}",
    )
    if name.endswith(".atom"):
        return atom_feed(entries, head)
    known = head if base_url else FeedHead(id=head.id, title=title)
    return json_feed(entries, {kind: value}, known)
