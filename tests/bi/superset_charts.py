"""The dashboard of `make superset`: four datasets over marts, and a chart of each."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]
TITLE: Final = "Promises and deliveries"
SLUG: Final = "promises"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One chart. `mart`: its file; `sql`: its dataset, over `{mart}`; `asked`: columns it shows."""

    name: str
    mart: str
    sql: str
    kind: str
    width: int
    params: Json = field(default_factory=dict[str, Any])

    @property
    def dataset(self) -> str:
        """The name of its dataset."""
        return self.name.lower().replace(" ", "_").replace(",", "")

    def sql_over(self, lake: str) -> str:
        """Return the SQL of its dataset over a lake."""
        return self.sql.format(mart=f"read_parquet('{lake}/marts/{self.mart}.parquet')")


def _sum(column: str) -> Json:
    return {
        "expressionType": "SIMPLE",
        "aggregate": "SUM",
        "column": {"column_name": column},
        "label": column,
    }


def _table(columns: list[str], sort: str, *, ascending: bool) -> Json:
    return {
        "query_mode": "raw",
        "all_columns": columns,
        "order_by_cols": [json.dumps([sort, ascending])],
        "show_cell_bars": False,
        "color_pn": False,
        "row_limit": 12,
        "adhoc_filters": [],
    }


CHARTS: Final = (
    Chart(
        name="Doses allocated to DPR Korea",
        mart="promise_steps",
        sql="SELECT as_of_date::TIMESTAMP AS shown_on, coalesce(total, 0) AS doses FROM {mart} "
        "WHERE iso3 = 'PRK' AND source = 'unicef_market' AND measure = 'doses_allocated'",
        kind="echarts_timeseries_step",
        width=6,
        params={
            "x_axis": "shown_on",
            "metrics": [_sum("doses")],
            "groupby": [],
            "seriesType": "end",
            "markerEnabled": True,
            "y_axis_format": ",d",
            "show_legend": False,
            "truncateYAxis": True,
            "y_axis_bounds": [0, None],
        },
    ),
    Chart(
        name="Promised and delivered, DPR Korea",
        mart="allocation_ladder",
        sql="SELECT step, doses FROM (UNPIVOT (SELECT announced, allocated, shipped, delivered, "
        "administered FROM {mart} WHERE iso3 = 'PRK' AND is_newest) "
        "ON announced, allocated, shipped, delivered, administered INTO NAME step VALUE doses)",
        kind="echarts_timeseries_bar",
        width=6,
        params={
            "x_axis": "step",
            "metrics": [_sum("doses")],
            "groupby": [],
            "y_axis_format": ",d",
            "show_legend": False,
            "show_value": True,
            "x_axis_sort": "doses",
        },
    ),
    Chart(
        name="Worst changes",
        mart="changes_all",
        sql="SELECT round(sign(change) * score, 1) AS fall, strftime(as_of_date, '%Y-%m-%d') AS "
        "shown_on, iso3, source, measure, before, after FROM {mart} WHERE score IS NOT NULL",
        kind="table",
        width=8,
        params=_table(
            ["shown_on", "iso3", "source", "measure", "before", "after", "fall"],
            "fall",
            ascending=True,
        ),
    ),
    Chart(
        name="Freshness",
        mart="freshness",
        sql="SELECT dataset, strftime(last_had_date, '%Y-%m-%d') AS last_had, state, versions "
        "FROM {mart}",
        kind="table",
        width=4,
        params=_table(["dataset", "last_had", "state", "versions"], "last_had", ascending=True),
    ),
)


def query_of(chart: Chart) -> Json:
    """Return the query by which Superset's API answers the data of a chart."""
    if chart.kind == "table":
        order = [json.loads(one) for one in chart.params["order_by_cols"]]
        columns = chart.params["all_columns"]
        return {"columns": columns, "metrics": [], "orderby": order, "row_limit": 12}
    return {"columns": [chart.params["x_axis"]], "metrics": chart.params["metrics"], "orderby": []}


def layout(ids: dict[str, int]) -> Json:
    """Return the position of each chart on the dashboard: two rows of two."""
    made: Json = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": TITLE}},
    }
    for number, chart in enumerate(CHARTS):
        row, place = f"ROW-{number // 2}", f"CHART-{number}"
        if row not in made:
            parents = ["ROOT_ID", "GRID_ID"]
            meta = {"background": "BACKGROUND_TRANSPARENT"}
            made[row] = {"type": "ROW", "id": row, "children": [], "parents": parents, "meta": meta}
            made["GRID_ID"]["children"].append(row)
        made[row]["children"].append(place)
        made[place] = {
            "type": "CHART",
            "id": place,
            "children": [],
            "parents": ["ROOT_ID", "GRID_ID", row],
            "meta": {
                "chartId": ids[chart.name],
                "width": chart.width,
                "height": 46,
                "sliceName": chart.name,
            },
        }
    return made
