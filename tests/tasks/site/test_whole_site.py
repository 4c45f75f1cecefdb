"""The whole site of a lake whose texts are hostile: no text becomes markup, every link leads on."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urldefrag, urlsplit
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from schemas.alerts import EventKind
from tasks.alerts.published_alerts import publish_alerts
from tasks.marts.publish_marts import publish_marts
from tasks.site.publish_site import publish_site
from tasks.site.site_content import SiteContent
from tasks.sources import SOURCES
from tasks.vault.backends.memory_store import MemoryStore
from tests.alert_entries import alert_event, append
from tests.published import allocations, publish

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></svg></style><marquee>",
    "javascript:alert(1)",
    "\u202eright to left\u200b\x07",
    "{{ 7 * 7 }}{% raw %}",
    "]]></script><!--",
    "N" * 300,
    "../../../secret",
)
BASE = "https://example.org/lake"
TAGS = frozenset(
    (
        *("html", "head", "meta", "title", "link", "script", "body", "a", "header", "nav", "main"),
        *("div", "section", "article", "footer", "h1", "h2", "h3", "h4", "p", "ul", "ol", "li"),
        *("dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "code", "pre"),
        *("span", "strong", "b", "em", "small", "br", "details", "summary", "figure", "figcaption"),
        *("img", "svg", "g", "path", "line", "rect", "circle", "polyline", "polygon", "text"),
        *("tspan", "desc", "defs", "pattern", "use", "iframe", "blockquote", "abbr", "time"),
    )
)
"""What templates are made of."""
ADDRESSES = frozenset({"href", "src", "data-src", "srcset", "action", "xlink:href", "poster"})


@pytest.fixture(scope="module")
def lake() -> MemoryStore:
    """Return a lake with hostile products, channels, sentences, reasons and addresses."""
    store = MemoryStore()
    for week, doses in enumerate((9_000_000, 1_000_000)):
        texts = pl.DataFrame({"product": HOSTILE, "mechanism": HOSTILE[::-1]})
        rows = allocations({"PRK": doses}).drop("product", "mechanism").join(texts, how="cross")
        frame = rows.select("iso3", "product", "mechanism", "doses_allocated")
        publish(store, "unicef_market", "allocations", frame, week=week)
    for number, text in enumerate(HOSTILE):
        own = {"sentence": text, "key": {"iso3": "PRK", "product": text}}
        vintage = {"vintage": {"id": "x", "source_url": text}}
        append(store, alert_event(f"alert {number}", evidence=vintage, **own))
        act = {"by": text, "reason": text, "until": None, "url": text}
        act["at"] = "2022-02-11T09:00:00+00:00"
        append(store, alert_event(f"alert {number}", "acknowledged", evidence=act, **own))
    kinds: tuple[EventKind, ...] = ("opened", "superseded")
    append(store, *(alert_event("gone", kind, sentence=HOSTILE[0]) for kind in kinds))
    append(store, alert_event("on trial"), origin="shadow")  # it has no page to link to
    publish_alerts(store, on=date(2022, 6, 1))
    publish_marts(store, at=datetime(2022, 6, 1, tzinfo=UTC))
    publish_site(store, lambda: SiteContent(store=store, on=date(2022, 6, 1), base_url=BASE))
    return store


@pytest.fixture(scope="module")
def pages(lake: MemoryStore) -> Mapping[str, "Page"]:
    """Return all pages of the site, parsed, by name below the lake."""
    found: dict[str, Page] = {}
    for name in lake.list("site/"):
        if name.endswith(".html") and (blob := lake.get(name)):
            found[name] = Page(blob.body.decode())
    assert len(found) > 10
    return found


class Page(HTMLParser):
    """A page: its elements with their attributes, and the text inside scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._is_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        self._is_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._is_script = False

    def handle_data(self, data: str) -> None:
        """Note what a script or a style would be made of."""
        self.inline += data if self._is_script else ""

    @property
    def names(self) -> set[str]:
        """The ids, to which an address may lead."""
        return {own["id"] or "" for _, own in self.elements if "id" in own}

    def addresses(self) -> Iterator[str]:
        """Yield all addresses in attributes."""
        for _, own in self.elements:
            yield from (value or "" for name, value in own.items() if name in ADDRESSES)


def test_no_text_becomes_an_element_or_an_attribute(pages: Mapping[str, Page]) -> None:
    """Only tags of the templates, no handler, no inline style or script."""
    for name, page in pages.items():
        assert {tag for tag, _ in page.elements} <= TAGS, name
        attributes = {one for _, own in page.elements for one in own}
        assert not [one for one in attributes if one.startswith("on") or one == "style"], name
        assert not page.inline.strip(), name


def test_every_page_states_the_policy(pages: Mapping[str, Page]) -> None:
    """Nothing is loaded from outside, and no script is inside."""
    for name, page in pages.items():
        policies = [
            own["content"] or ""
            for tag, own in page.elements
            if tag == "meta" and own.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(policies) == 1, name
        assert policies[0].startswith("default-src 'none'"), name
        assert "unsafe" not in policies[0], name
        assert "http" not in policies[0], name


def test_every_link_leads_to_a_file_or_to_a_source(
    lake: MemoryStore, pages: Mapping[str, Page]
) -> None:
    """Relative ones to a file of the lake, and a place in it; others to the web alone.

    What is below `raw/` is missing here, since no snapshot was fetched.
    """
    known, outside = set(lake.list("")), set[str]()
    for name, page in pages.items():
        for address in page.addresses():
            parts = urlsplit(address)
            if parts.scheme:
                outside.add(address)
                continue
            path, place = urldefrag(address)
            target = normpath(join(dirname(name), unquote(path))) if path else name
            assert target in known or target.startswith("raw/"), f"{name}: {address}"
            if place and target in pages and not place.startswith("asof="):
                assert place in pages[target].names, f"{name}: {address}"
    assert {urlsplit(one).scheme for one in outside} <= {"https", "http"}
    hosts = {urlsplit(one.url).hostname for one in SOURCES} | {"example.org"}
    assert {urlsplit(one).hostname for one in outside} - hosts <= ELSEWHERE


def test_a_page_that_is_shared_shows_a_picture_that_is_there(
    lake: MemoryStore, pages: Mapping[str, Page]
) -> None:
    """That of its country on a page of an alert, under an absolute address."""
    shown = {
        name: own["content"]
        for name, page in pages.items()
        for _, own in page.elements
        if own.get("property") == "og:image"
    }
    assert len([name for name in shown if name.startswith("site/alert/")]) == len(HOSTILE)
    assert shown["site/country/PRK/index.html"] in {*shown.values()}
    for address in shown.values():
        assert lake.get((address or "").removeprefix(f"{BASE}/")), address


ELSEWHERE = frozenset[str | None]()
"""Hosts of links that our own texts name, beside those of the sources."""


def test_no_hidden_character_is_in_a_page(lake: MemoryStore) -> None:
    """Marks of direction, characters without width and controls are written out."""
    for name in lake.list("site/"):
        blob = lake.get(name)
        if blob and name.endswith((".html", ".svg", ".js", ".atom", ".json")):
            text = blob.body.decode()
            assert not {"\u202e", "\u200b", "\x07"} & {*text}, name


def test_pictures_and_feeds_are_whole_and_without_script(lake: MemoryStore) -> None:
    """SVG and Atom are XML in which no source has made an element."""
    for name in lake.list("site/"):
        blob = lake.get(name)
        if blob and name.endswith((".svg", ".atom", ".xml")):
            for one in ET.fromstring(blob.body).iter():  # noqa: S314 (our own)
                tag = one.tag.rpartition("}")[2].lower()
                assert tag not in {"script", "foreignobject", "img", "b", "iframe"}, name
                assert not [key for key in one.attrib if key.lower().startswith("on")], name
