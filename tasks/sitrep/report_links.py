"""Which report is the newest, among the links of a page or the addresses of a list."""

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

_NAME = re.compile(
    r"situation-report-+(?P<first>\d{1,2})(?:-+(?P<last>\d{1,2}))?-+(?P<year>(?:19|20)\d\d)"
    r"(?!\d)[^/]*\.pdf$",
    re.IGNORECASE | re.ASCII,
)
_EDITION = re.compile(r"_(\d{1,6})$", re.ASCII)
_WRITTEN = re.compile(r"""https?://[^\s"'<>\\]{1,400}\.pdf[^\s"'<>\\]{0,100}""")
"""Addresses that a page has in its scripts instead of in links."""


class _Links(HTMLParser):
    """Gathers the addresses of all links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "href" and value and tag == "a"]


def newest_report(page: bytes, base: str) -> str | None:
    r"""Return the address of the newest report that a page links to; None where there is none.

    The newest is chosen by the year and the number in a report's name; of two links to one report,
    the one whose `sfvrsn` counts more editions. `base`: the page's own address.
    """
    text = page.decode("utf-8", "replace")
    links = _Links()
    links.feed(text.replace("<![", "<! ["))  # the library stops at sections that it does not know
    return newest_of([*links.found, *_WRITTEN.findall(text)], base)


def newest_of(links: Iterable[str], base: str) -> str | None:
    """Return the address of the newest report among links; None where none leads to one.

    `base`: what relative links are relative to.
    """
    ranked = [(rank, link.strip()) for link in links if (rank := _rank(link))]
    return urljoin(base, max(ranked, key=lambda one: one[0])[1]) if ranked else None


def _rank(link: str) -> tuple[int, int, int] | None:
    """Return year, number and edition of the report that a link leads to, if it leads to one."""
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return None
    found = _NAME.search(unquote(parts.path))
    if not found:
        return None
    edition = _EDITION.search(parse_qs(parts.query).get("sfvrsn", [""])[0])
    number = int(found["last"] or found["first"])
    return int(found["year"]), number, int(edition[1]) if edition else 0
