"""A public dashboard on this machine: it answers questions about its tables as Power BI does."""

import base64
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.tasks.powerbi.encoding import Shape, answer

SUM, COUNT = 0, 5
TENANT = "77410195-14e1-4fb8-904b-ab1892023667"
SORRY = b"<!DOCTYPE html><html><title>Sorry, we are down</title></html>"
Row = dict[str, Any]


@dataclass
class Dashboard:
    """A page with a report, and the server behind it.

    `tables`: rows by the name of their table; days are dates. `page_size`: rows of one page at
    most. `is_packed`: answers in gzip without saying so. `faults`: what is answered instead, by the
    last word of the address; it is called with the number of the request to that address.
    """

    server: HTTPServer
    tables: Mapping[str, Sequence[Row]]
    key: str = "4f1e2d3c-0000-4000-8000-aaaaaaaaaaaa"
    page_size: int = 30_000
    is_packed: bool = False
    faults: dict[str, Callable[[int], Response | None]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server.expect_request("/dashboard").respond_with_handler(self._page)
        self.server.expect_request(f"/public/routing/cluster/{TENANT}").respond_with_json(
            {"FixedClusterUri": self.server.url_for("/")}
        )
        for path in ("conceptualschema", "querydata"):
            self.server.expect_request(
                f"/public/reports/{path}", method="POST"
            ).respond_with_handler(self._respond)
        self.server.expect_request(
            f"/public/reports/{self.key}/modelsAndExploration"
        ).respond_with_handler(self._respond)

    @property
    def url(self) -> str:
        """The address that people open."""
        return self.server.url_for("/dashboard")

    @property
    def view(self) -> str:
        """The address of the report itself."""
        report = json.dumps({"k": self.key, "t": TENANT, "c": 8}).encode()
        return self.server.url_for(f"/view?r={base64.b64encode(report).decode().rstrip('=')}")

    def questions(self) -> list[Any]:
        """Return every window that was asked for."""
        commands = [
            body["queries"][0]["Query"]["Commands"][0]["SemanticQueryDataShapeCommand"]
            for path, body in self.asked
            if path == "querydata"
        ]
        return [one["Binding"]["DataReduction"]["Primary"]["Window"] for one in commands]

    def _page(self, _: Request) -> Response:
        page = f'<html><p>Dashboard</p><iframe src="{self.view}&amp;pageName=a"></iframe></html>'
        return Response(page, content_type="text/html")

    def _respond(self, request: Request) -> Response:
        word = request.path.rsplit("/", maxsplit=1)[-1]
        self.asked.append((word, request.get_json(silent=True)))
        count = sum(1 for path, _ in self.asked if path == word)
        instead = self.faults.get(word, lambda _: None)(count)
        if instead is not None:
            return instead
        if request.headers.get("X-PowerBI-ResourceKey") != self.key:
            return Response(status=401)
        body = json.dumps(getattr(self, f"_{word}")(request), ensure_ascii=False).encode()
        packed = gzip.compress(body) if self.is_packed else body
        return Response(packed, content_type="application/json")

    def _modelsAndExploration(self, _: Request) -> Any:  # noqa: N802 - their word
        return {
            "models": [{"id": 12516632, "dbName": "9cf2f5a8", "LastRefreshTime": "/Date(0)/"}],
            "exploration": {"report": {"objectId": "3abfe7a3"}, "sections": []},
        }

    def _conceptualschema(self, request: Request) -> Any:
        assert request.get_json() == {"modelIds": [12516632]}
        entities = [
            {"Name": name, "Properties": [{"Name": column, "Column": {}} for column in rows[0]]}
            for name, rows in self.tables.items()
        ]
        return {"schemas": [{"modelId": 12516632, "schema": {"Entities": entities}}]}

    def _querydata(self, request: Request) -> Any:
        [one] = request.get_json()["queries"]
        command = one["Query"]["Commands"][0]["SemanticQueryDataShapeCommand"]
        return replied(command, self.tables, self.page_size)


def replied(command: Any, tables: Mapping[str, Sequence[Row]], page_size: int) -> Any:
    """Return the answer to one command: grouped, summed, sorted, and one window of it."""
    asked = command["Query"]
    rows = _grouped(asked["Select"], tables[asked["From"][0]["Entity"]])
    order = [_property(one["Expression"]) for one in asked["OrderBy"]]
    names = [_property(one) for one in asked["Select"] if "Column" in one]
    rows.sort(key=lambda row: [_sortable(row[names.index(name)]) for name in order])
    window = command["Binding"]["DataReduction"]["Primary"]["Window"]
    tokens = [[[json.dumps(_encoded(cell)) for cell in row[: len(names)]]] for row in rows]
    start = tokens.index(window["RestartTokens"]) if "RestartTokens" in window else 0
    end = start + min(window["Count"], page_size)
    shape = Shape(
        names=[one["Name"] for one in asked["Select"]],
        kinds=[_kind(rows, at) for at in range(len(asked["Select"]))],
        dictionaries=[at for at in range(len(asked["Select"])) if _kind(rows, at) == 1],
    )
    part = [[_encoded(cell) for cell in row] for row in rows[start:end]]
    return answer(shape, part, restart=tokens[end - 1] if end < len(rows) else None)


def _grouped(selects: Sequence[Any], rows: Sequence[Row]) -> list[list[Any]]:
    """Return one row for each combination of columns; none whose figures are all blank."""
    columns = [_property(one) for one in selects if "Column" in one]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in columns), []).append(row)
    made: list[list[Any]] = []
    for key, group in groups.items():
        cells = dict(zip(columns, key, strict=True))
        figures = [_figure(one, group) for one in selects if "Column" not in one]
        values = iter(figures)
        if not figures or any(figure is not None for figure in figures):
            made.append(
                [cells[_property(one)] if "Column" in one else next(values) for one in selects]
            )
    return made


def _figure(select: Any, rows: Sequence[Row]) -> Any:
    name, function = (
        _property(select["Aggregation"]["Expression"]),
        select["Aggregation"]["Function"],
    )
    known = [row[name] for row in rows if row[name] is not None]
    if not known:
        return None
    return {SUM: lambda: sum(known), COUNT: lambda: len(known)}[function]()


def _property(expression: Any) -> str:
    inside = expression["Column"] if "Column" in expression else expression["Aggregation"]
    return inside["Property"] if "Property" in inside else _property(inside["Expression"])


def _kind(rows: Sequence[Sequence[Any]], at: int) -> int:
    kinds = {str: 1, float: 3, int: 4, date: 7}
    return next((kinds[type(row[at])] for row in rows if row[at] is not None), 1)


def _encoded(cell: Any) -> Any:
    if isinstance(cell, date):
        return int(datetime(cell.year, cell.month, cell.day, tzinfo=UTC).timestamp() * 1000)
    return cell


def _sortable(cell: Any) -> tuple[bool, Any]:
    return (cell is not None, cell if cell is not None else "")
