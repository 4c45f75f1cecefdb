"""Superset's REST API: what a dashboard is made of, created where it is missing, else changed."""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from tests.bi.superset_charts import CHARTS, SLUG, TITLE, Chart, Json, layout, query_of

PATIENCE = 120.0
DATABASE = "vaxwatch lake"
ADDRESS = "duckdb:///:memory:"


class Superset:
    """A Superset that runs at an address, as its administrator."""

    def __init__(self, address: str, *, user: str, password: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=PATIENCE, follow_redirects=True)
        login = {"username": user, "password": password, "provider": "db", "refresh": False}
        token = self._ask("POST", "security/login", login)["access_token"]
        self._client.headers["Authorization"] = f"Bearer {token}"

    def set_up(self, lake: str) -> dict[str, int]:
        """Make database, datasets, charts and dashboard over a lake; return the charts' ids."""
        about = {"database_name": DATABASE, "sqlalchemy_uri": ADDRESS, "expose_in_sqllab": True}
        database = self._ensure("database", "database_name", DATABASE, about)
        charts: dict[str, int] = {}
        for chart in CHARTS:
            dataset = self._dataset(chart, database, lake)
            charts[chart.name] = self._chart(chart, dataset)
        dashboard = self._ensure(
            "dashboard",
            "dashboard_title",
            TITLE,
            {
                "dashboard_title": TITLE,
                "slug": SLUG,
                "published": True,
                "position_json": json.dumps(layout(charts)),
            },
        )
        for one in charts.values():
            self._ask("PUT", f"chart/{one}", {"dashboards": [dashboard]})
        return charts

    def rows(self, chart: Chart) -> list[Json]:
        """Return the data of a chart, as the dashboard asks for them."""
        found = self._found("dataset", "table_name", chart.dataset)
        body = {
            "datasource": {"id": found, "type": "table"},
            "queries": [query_of(chart)],
            "result_format": "json",
            "result_type": "full",
        }
        return self._ask("POST", "chart/data", body)["result"][0]["data"]

    def counts(self) -> dict[str, int]:
        """Return how many databases, datasets, charts and dashboards there are."""
        kinds = ("database", "dataset", "chart", "dashboard")
        return {kind: self._ask("GET", f"{kind}/")["count"] for kind in kinds}

    def _dataset(self, chart: Chart, database: int, lake: str) -> int:
        sql = chart.sql_over(lake)
        found = self._found("dataset", "table_name", chart.dataset)
        if found is None:
            about = {"database": database, "table_name": chart.dataset, "sql": sql}
            return int(self._ask("POST", "dataset/", about)["id"])
        self._ask("PUT", f"dataset/{found}?override_columns=true", {"sql": sql})
        return found

    def _chart(self, chart: Chart, dataset: int) -> int:
        params = {"viz_type": chart.kind, "datasource": f"{dataset}__table", **chart.params}
        about = {
            "slice_name": chart.name,
            "viz_type": chart.kind,
            "datasource_id": dataset,
            "datasource_type": "table",
            "params": json.dumps(params),
        }
        return self._ensure("chart", "slice_name", chart.name, about)

    def _ensure(self, kind: str, column: str, name: str, about: Json) -> int:
        found = self._found(kind, column, name)
        if found is None:
            return int(self._ask("POST", f"{kind}/", about)["id"])
        self._ask("PUT", f"{kind}/{found}", about)
        return found

    def _found(self, kind: str, column: str, name: str) -> int | None:
        listed: Sequence[Json] = self._ask("GET", f"{kind}/?q=(page_size:100)")["result"]
        return next((int(one["id"]) for one in listed if one[column] == name), None)

    def _ask(self, method: str, path: str, body: Json | None = None) -> Any:
        answer = self._client.request(method, f"/api/v1/{path}", json=body)
        if answer.is_error:
            raise RuntimeError(f"Superset: {method} {path}: {answer.status_code} {answer.text}")
        return answer.json()
