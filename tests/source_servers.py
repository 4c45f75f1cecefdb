"""Publishers on loopback: servers that send a table as OData, SDMX, CKAN, Power BI or a file does.

They serve the rows of a source's fixture (a CSV), so that a source that is new has a server of its
kind at once. `FAULTS` are the answers that must never be taken for a table.
"""

import csv
import gzip
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from io import StringIO
from typing import Any

import polars as pl
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody, FetchFailed, FetchRefused
from tasks.sources import source_named
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch
from tests.golden import FIXTURES, bodies_of
from tests.parsed import readings
from tests.tasks.powerbi.dashboard import Dashboard

AT = datetime(2026, 2, 10, 6, tzinfo=UTC)
BRISK = FetchPolicy(attempts=2, patience=0.01, timeout=5)
PAGE = 2  # rows of a page: a table of three rows has two
REFUSED = (BadBody, SourceChanged, FetchFailed, FetchRefused)
"""What fetching and reading a faulty answer may raise."""
Answer = Callable[[bytes], Response]
Row = dict[str, Any]


def cut_off(body: bytes) -> bytes:
    """Return a body that ends behind the first letter of its last line, or before the only one."""
    whole = body.rstrip()
    return whole[: min(whole.rfind(b"\n") + 2, len(whole) - 1)]


FAULTS: Mapping[str, Answer] = {
    "a web page": lambda _: Response(b"<!DOCTYPE html><title>Sorry</title>"),
    "an error in words": lambda _: Response(b"The table is being updated"),
    "an error in JSON": lambda _: Response(b'{"error": {"message": "no such table"}}'),
    "nothing": lambda _: Response(b""),
    "a cut": lambda body: Response(cut_off(body)),
    "damaged gzip": lambda body: Response(gzip.compress(body, mtime=0)[:-9]),
    "status 404": lambda _: Response(status=404),
    "status 503": lambda _: Response(status=503),
}
"""What a server sends instead of its last answer, by its name."""


def sound(body: bytes) -> Response:
    """Send a body as it is."""
    return Response(body)


def fixture_of(name: str) -> bytes:
    """Return the example of a source, a CSV."""
    return bodies_of(FIXTURES / name / "example.csv")["main"]


def tables_of(name: str, bodies: Mapping[str, bytes]) -> dict[str, pl.DataFrame]:
    """Return the tables that a source reads in bodies, rows in one order."""
    read = readings(source_named(name), bodies)
    return {table: reading.frame.sort(pl.all()) for table, reading in read.items()}


def tables_at(name: str, url: str) -> dict[str, pl.DataFrame]:
    """Return the tables that a source fetches at an address, rows in one order."""
    got = fetch(source_named(name), at=AT, url=url, fetch_policy=BRISK)
    return tables_of(name, got.contents)


def tables_in_fixture(name: str) -> dict[str, pl.DataFrame]:
    """Return the tables that a source reads in its example, rows in one order."""
    return tables_of(name, {"main": fixture_of(name)})


def file_server(server: HTTPServer, name: str, answer: Answer = sound) -> str:
    """Serve the example as one file; return its address."""
    server.expect_request("/table.csv").respond_with_response(answer(fixture_of(name)))
    return server.url_for("/table.csv")


sdmx_server = file_server
"""An SDMX service sends one CSV."""


def odata_server(server: HTTPServer, name: str, answer: Answer = sound) -> str:
    """Serve the example as pages of OData, the last of which is `answer`'s; return the address."""
    rows = _rows(name)

    def respond(request: Request) -> Response:
        skip = int(request.args["$skip"])
        page = {"@odata.context": "example", "value": rows[skip : skip + PAGE]}
        is_last = skip + PAGE >= len(rows) > skip
        return (answer if is_last else sound)(json.dumps(page).encode())

    server.expect_request("/odata/table").respond_with_handler(respond)
    return server.url_for("/odata/table")


def ckan_server(
    server: HTTPServer, name: str, answer: Answer = sound, *, kind: str = "CSV", page: int = PAGE
) -> str:
    """Serve the example as the resource of a dataset; return the address of package_show.

    `kind`: the format of the resource; one that is no CSV is read from the datastore, by `page`
    rows at most.
    """
    rows = [{"_id": at, **row} for at, row in enumerate(_rows(name), 1)]
    resource = import_module(f"tasks.sources.{name}").RESOURCE.name
    described = {"id": "b2a1", "name": resource, "format": kind, "url": "/download/table.csv"}
    others = [{"id": "0c4f", "name": "Notes", "format": "PDF", "url": "/download/notes.pdf"}]

    def search(request: Request) -> Response:
        assert (request.args["resource_id"], request.args["sort"]) == ("b2a1", "_id")
        offset = int(request.args["offset"])
        records = rows[offset : offset + page]
        body = json.dumps(_acted({"records": records, "total": len(rows)})).encode()
        return (answer if offset + page >= len(rows) else sound)(body)

    server.expect_request("/api/3/action/package_show").respond_with_json(
        _acted({"name": "example", "resources": [*others, described]})
    )
    server.expect_request("/api/3/action/datastore_search").respond_with_handler(search)
    server.expect_request("/download/table.csv").respond_with_response(answer(fixture_of(name)))
    return server.url_for("/api/3/action/package_show?id=example")


def powerbi_server(server: HTTPServer, name: str, answer: Answer = sound) -> str:
    """Serve the example as the one table of a Power BI report; return the page's address."""
    report = import_module(f"tasks.sources.{name}").REPORT
    [entities] = report.entities.values()
    dashboard = Dashboard(server, {entities[0]: _rows(name)})
    if answer is not sound:
        dashboard.faults["querydata"] = lambda _: answer(b'{"results": [{"result": {"data": {}}}]}')
    return dashboard.url


def _acted(result: Row) -> Row:
    return {"help": "https://example.org/help", "success": True, "result": result}


def _rows(name: str) -> list[Row]:
    """Return the rows of the example: numbers as such, blank cells as None."""
    text = fixture_of(name).decode("utf-8-sig")
    return [
        {column: _cell(cell) for column, cell in row.items()}
        for row in csv.DictReader(StringIO(text))
    ]


def _cell(cell: str) -> str | int | None:
    return int(cell) if cell.isascii() and cell.isdecimal() else cell or None
