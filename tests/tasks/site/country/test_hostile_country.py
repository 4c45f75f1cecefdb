"""Nothing from a source becomes markup, a script, an address or a formula."""

import json
import re
from functools import cache
from html.parser import HTMLParser

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.marts.publish_marts import publish_marts
from tests.published import publish
from tests.tasks.site.country.country_lakes import NOW, allocated, rendered, rows, weekly
from tests.thorough import examples

HOSTILE = (
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</title></desc></svg><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "=HYPERLINK(1)",
    "\u202etxt.exe\u2066",
    "]]></style><style>*{display:none}",
    "x" * 300,
    "</script>\u2028//",
)
ACTIVE = re.compile(r"\s*(javascript|data|vbscript):", re.IGNORECASE)
texts = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40
)


Tag = tuple[str, tuple[str, ...]]
"""A tag with the names of its attributes."""


class Tags(HTMLParser):
    """Collects the tags of a page, with the names of their attributes, and where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.addresses = list[Tag](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]


def tags_of(page: str) -> Tags:
    """Return the tags of a page."""
    found = Tags()
    found.feed(page)
    return found


def lake_pages(product: str, who: str, url: str) -> dict[str, str]:
    """Return the files of a lake in which a source names these."""
    versions = [allocated({"GHA": doses}, product, mechanism=product) for doses in (10, 4)]
    store = weekly(*versions)
    offers = rows(
        "offers",
        [("A", "GHA", product, "COVAX", 5, "declined", who, NOW.date(), url)],
        *("iso3", "product", "mechanism", "doses", "status", "who", "happened_on", "source_url"),
    )
    publish(store, "covax_offers", "offers", offers, week=0)
    for week, share in enumerate((0.5, 0.4)):
        shares = rows("coverage", [("GHA", product, 2020, share)], "coverage_share")
        publish(store, "unicef_wuenic", "coverage", shares, week=week)
    publish_marts(store, at=NOW)
    return rendered(store)


@cache
def harmless() -> dict[str, set[Tag]]:
    """Return by file the tags that it has with harmless names."""
    files = lake_pages("Covovax", "Gavi", "https://example.org/a")
    return {name: set(tags_of(page).tags) for name, page in files.items()}


@settings(max_examples=examples(20))
@given(product=texts, who=texts, url=texts | st.just("javascript:alert(1)"))
def test_names_never_become_markup(product: str, who: str, url: str) -> None:
    """Each page has no other tag or attribute than with harmless names, and no address acts."""
    files = lake_pages(product, who, url)
    assert set(files) == set(harmless())
    for name, page in files.items():
        if name.endswith((".html", ".svg")):
            found = tags_of(page)
            assert set(found.tags) <= harmless()[name]
            assert not [one for one in found.addresses if ACTIVE.match(one)]
            assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)
        elif name.endswith(".js"):
            json.loads(page.removeprefix("vaxwatchData = ").removesuffix(";\n"))
        else:
            cells = pl.read_csv(page.encode(), infer_schema=False)
            assert not any(
                str(cell).startswith(("=", "@", "\t"))
                for column in cells.iter_columns()
                for cell in column
            )
