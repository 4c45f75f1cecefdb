"""OData over HTTP: every row of a table, as one CSV, or as JSON in pages.

Promises: rows are requested in a fixed order; nothing that came is passed over without a word.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import polars as pl

from schemas.errors import BadBody, WrongUse
from schemas.source import Ask, Bodies, Parser
from tasks.formats.delimited import read_csv
from tasks.formats.json_records import object_in, parse_json, read_json_records
from tasks.formats.sniffing import is_json

PAGE = 10_000  # rows requested at once where the server does not name the next page
NEXT = "@odata.nextLink"
CHECK_ADDRESS = "Nothing was kept. Look at the address."


def query_of(url: str) -> dict[str, str]:
    """Return what an address asks for: values by name, unescaped.

    >>> query_of("http://example.org/V?$format=csv&$filter=YEAR%20ge%202021")
    {'$format': 'csv', '$filter': 'YEAR ge 2021'}
    """
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def asking(url: str, **query: str) -> str:
    """Return an address with other or further query options; `$` is added to their names.

    >>> asking("http://example.org/V?$format=csv", filter="REGION eq 'AFRO'")
    "http://example.org/V?$format=csv&$filter=REGION+eq+'AFRO'"
    """
    wanted = query_of(url) | {f"${name}": value for name, value in query.items()}
    return urlunsplit(urlsplit(url)._replace(query=urlencode(wanted, safe="$, '()")))


def is_csv(url: str) -> bool:
    """Return whether an address asks for one CSV (`$format` alone decides, no header does)."""
    return query_of(url).get("$format", "").startswith("csv")


@dataclass(frozen=True, kw_only=True, slots=True)
class ODataTable:
    """How the pages of one table are requested.

    `where`: the source, in errors. `order`: the columns of its key, in which rows are sorted.
    """

    where: str
    order: str

    def gather(self, ask: Ask, url: str) -> dict[str, bytes]:
        """Return the CSV as `main`, or, where `url` names no format, every page by its number.

        The next page is where `@odata.nextLink` says, and there is none where that says null.
        Without it `$skip` counts on until a page is empty: a short page may be the most that the
        server gives. `$top` is the size of a page. What is no page of OData ends the way.

        Raises WrongUse: pages of no size; BadBody: a page that was there already, or a next one
        that is no address.
        """
        if is_csv(url):
            return {"main": ask(url)}
        size = query_of(url).get("$top", str(PAGE))
        if not (size.isascii() and size.isdecimal() and int(size)):
            raise WrongUse(
                f"{self.where}: seen $top={size} in the address; expected the rows of a page."
            )
        return self._pages(ask, url)

    def tables(self, *tables: str) -> Parser:
        """Return the parser of a source, all of whose `tables` are made from this table."""
        return partial(self._tables, tables)

    def _tables(self, tables: Sequence[str], bodies: Bodies) -> dict[str, pl.DataFrame]:
        return dict.fromkeys(tables, self.read(bodies))

    def read(self, bodies: Bodies) -> pl.DataFrame:
        r"""Return the CSV, or all pages in their order: their columns, their words, no row dropped.

        Raises BadBody: a body is neither CSV nor a page of OData.

        >>> body = b"\xef\xbb\xbfCOUNTRY_CODE,ISO_WEEKSTARTDATE,INF_ALL\nPRK,2021-01-04,0\n"
        >>> ODataTable(where="example", order="").read({"main": body}).rows()
        [('PRK', '2021-01-04', '0')]
        """
        frames = [
            read_json_records(body, where=self.where, path=["value"])
            if is_json(body)
            else read_csv(body, where=self.where, odd_rows=True)
            for _, body in sorted(bodies.items())
        ]
        return pl.concat(frames, how="diagonal")

    def _pages(self, ask: Ask, url: str) -> dict[str, bytes]:
        pages: dict[str, bytes] = {}
        following: str | None = self._page(url, skip=0)
        asked: set[str] = set()
        row_count, is_linked = 0, False
        while following:
            if following in asked:
                seen = f"the next page {following} once more"
                raise BadBody(self.where, seen, "each page once", CHECK_ADDRESS)
            asked.add(following)
            body = ask(following)
            name = f"page-{len(pages) + 1:04d}"
            try:
                document = self._document(body)
            except BadBody:
                return {**pages, name: body}  # kept, and refused by who reads it
            rows = len(document["value"])
            if rows and body in pages.values():
                seen = f"as {name} the bytes of an earlier one"
                raise BadBody(self.where, seen, "each page once", CHECK_ADDRESS)
            if rows or not pages:
                pages[name] = body
            row_count += rows
            is_linked |= NEXT in document
            counted = self._page(url, skip=row_count) if rows else None
            following = self._linked(following, document) if is_linked else counted
        return pages

    def _page(self, url: str, *, skip: int) -> str:
        query = query_of(url)
        order, top = query.get("$orderby", self.order), query.get("$top", str(PAGE))
        return asking(url, orderby=order, top=top, skip=str(skip))

    def _linked(self, here: str, document: Mapping[str, Any]) -> str | None:
        link = document.get(NEXT)
        if link is None:
            return None
        with suppress(ValueError):
            if link and isinstance(link, str):
                return urljoin(here, link)
        raise BadBody(self.where, f"{NEXT} {link!r}", "an address or null", CHECK_ADDRESS)

    def _document(self, body: bytes) -> Mapping[str, Any]:
        document = object_in(parse_json(body, where=self.where)) or {}
        if not isinstance(document.get("value"), list):
            raise BadBody(
                self.where, "JSON without a list 'value'", "a page of OData", CHECK_ADDRESS
            )
        return document
