"""CKAN over HTTP: one resource of a dataset, as the file that is published, or from the datastore.

By CKAN's documentation of its action API (package_show, datastore_search), and by a server that
answers so. The file is read where it is a CSV, since it is what was published, byte for byte; any
other resource by the rows that the portal keeps of it, in pages. Promises: the resource is found by
its name each time, as its id and its address change when it is uploaded again; no row is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import polars as pl

from schemas.errors import BadBody
from schemas.source import Ask, Bodies, Parser
from tasks.formats.delimited import read_csv
from tasks.formats.json_records import list_in, object_in, parse_json, read_json_records
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, is_json

PAGE = 10_000  # rows requested at once; a portal gives 32,000 at most, or less by its settings
PACKAGE, FILE = "package", "main"
ROW_ID = "_id"
"""The datastore's own number of a row, by which pages are sorted; no column of the publisher."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CkanResource:
    """One resource of a dataset.

    `where`: the source, in errors. `name`: what the dataset's page calls the resource, in any case.
    """

    where: str
    name: str

    def gather(self, ask: Ask, url: str) -> dict[str, bytes]:
        """Return the dataset's description as `package`, and the resource.

        That is the CSV as `main`, else every page of its rows as `page-0001` and so on. `url`: that
        of package_show for the dataset; where it serves no JSON it is a file, which comes alone as
        `main`. An answer that is none is the last body, and refused by who reads it.
        """
        body = ask(url)
        if not is_json(body):
            return {FILE: body}
        bodies = {PACKAGE: body}
        try:
            resource = self._resource(body)
        except BadBody:
            return bodies
        if _is_csv(resource):
            return bodies | {FILE: ask(urljoin(url, resource["url"]))}
        return bodies | self._pages(ask, urljoin(url, "datastore_search"), resource["id"])

    def tables(self, *tables: str) -> Parser:
        """Return the parser of a source, all of whose `tables` are made from this resource."""
        return partial(self._tables, tables)

    def _tables(self, tables: Sequence[str], bodies: Bodies) -> dict[str, pl.DataFrame]:
        return dict.fromkeys(tables, self.read(bodies))

    def read(self, bodies: Bodies) -> pl.DataFrame:
        r"""Return the resource as it stands: strings under the publisher's names, no row dropped.

        Raises BadBody: the dataset has no such resource, or two; a page is none; rows are missing.

        >>> resource = CkanResource(where="example", name="Doses")
        >>> resource.read({"main": b"iso3,doses\nPRK,0\n"}).rows()
        [('PRK', '0')]
        """
        if PACKAGE in bodies:
            self._resource(bodies[PACKAGE])
        if FILE in bodies:
            return read_csv(bodies[FILE], where=self.where, odd_rows=True)
        pages = [body for name, body in sorted(bodies.items()) if name != PACKAGE]
        return self._joined(pages)

    def _pages(self, ask: Ask, url: str, resource: str) -> dict[str, bytes]:
        pages: dict[str, bytes] = {}
        row_count, is_last = 0, False
        while not is_last:
            query = {"resource_id": resource, "sort": ROW_ID, "limit": PAGE, "offset": row_count}
            body = ask(f"{url}?{urlencode(query)}")
            pages[f"page-{len(pages) + 1:04d}"] = body
            try:
                rows, total = self._page(body)
            except BadBody:
                break
            row_count += rows
            is_last = not rows or row_count >= total
        return pages

    def _page(self, body: bytes) -> tuple[int, int]:
        """Return how many rows a page has, and the whole resource. Raises BadBody."""
        result = self._result(body)
        records, total = list_in(result.get("records")), result.get("total")
        if records is None or not isinstance(total, int):
            seen = "an answer without a list 'records' and a number 'total'"
            raise BadBody(self.where, seen, "a page of datastore_search", CHECK_SOURCE)
        return len(records), total

    def _joined(self, pages: Sequence[bytes]) -> pl.DataFrame:
        counts = [self._page(body) for body in pages]
        row_count, totals = sum(rows for rows, _ in counts), sorted({total for _, total in counts})
        if totals != [row_count]:
            stated = " and ".join(f"{total:,}" for total in totals) or "an unknown number of"
            seen = f"{row_count:,} rows in {len(pages)} pages, of {stated} rows in all"
            raise BadBody(self.where, seen, "every row of the resource once", FETCH_AGAIN)
        path = ("result", "records")
        frames = [read_json_records(body, where=self.where, path=path) for body in pages]
        frame = pl.concat(frames, how="diagonal")
        if ROW_ID in frame.columns and frame[ROW_ID].is_duplicated().any():
            seen = "the same row on two pages"
            raise BadBody(self.where, seen, "every row of the resource once", FETCH_AGAIN)
        return frame.drop(ROW_ID, strict=False)

    def _resource(self, package: bytes) -> Mapping[str, Any]:
        """Return the description of the resource: its id and address are texts. Raises BadBody."""
        listed = map(object_in, list_in(self._result(package).get("resources")) or [])
        resources = [one for one in listed if one]
        named = [one for one in resources if _plain(one.get("name")) == _plain(self.name)]
        if len(named) != 1:
            names = ", ".join(repr(one.get("name")) for one in resources) or "no resource"
            expected = f"one resource '{self.name}'"
            raise BadBody(self.where, f"a dataset with {names}", expected, CHECK_SOURCE)
        [resource] = named
        odd = [name for name in ("id", "url") if not isinstance(resource.get(name), str)]
        if odd:
            seen = f"a resource '{self.name}' without {odd[0]}"
            raise BadBody(self.where, seen, "its id and its address", CHECK_SOURCE)
        try:
            urlsplit(resource["url"])
        except ValueError:
            seen = f"a resource '{self.name}' with the address {resource['url']!r}"
            raise BadBody(self.where, seen, "an address", CHECK_SOURCE) from None
        return resource

    def _result(self, body: bytes) -> Mapping[str, Any]:
        """Return the result of an action. Raises BadBody with its words."""
        document = object_in(parse_json(body, where=self.where)) or {}
        result = object_in(document.get("result"))
        if document.get("success") is not True or result is None:
            error = object_in(document.get("error")) or {}
            words = error.get("message") or error.get("__type") or "no words"
            seen = f"an answer without result ({words})"
            raise BadBody(self.where, seen, "the result of an action of CKAN", CHECK_SOURCE)
        return result


def _is_csv(resource: Mapping[str, Any]) -> bool:
    return _plain(resource.get("format")) in {"csv", "text/csv"}


def _plain(name: object) -> str:
    return " ".join(name.casefold().split()) if isinstance(name, str) else ""
