"""The SQL and the layout of the charts of `make superset`."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tasks.marts.registry import MARTS
from tests.bi.superset_charts import CHARTS, Chart, layout, query_of

MART_SCHEMAS = {mart.name: mart.schema for mart in MARTS}


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_the_sql_of_a_chart_gives_the_columns_that_it_shows(chart: Chart, tmp_path: Path) -> None:
    """Over a mart as it is declared, whatever its rows."""
    (tmp_path / "marts").mkdir()
    frame = pl.DataFrame(schema=dict(MART_SCHEMAS[chart.mart]))
    frame.write_parquet(tmp_path / "marts" / f"{chart.mart}.parquet")
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE {chart.sql_over(str(tmp_path))}").fetchall()
    columns = {row[0] for row in described}
    query = query_of(chart)
    metrics = [one["column"]["column_name"] for one in query["metrics"]]
    assert {*query["columns"], *metrics} <= columns
    assert json.dumps(chart.params)


def test_every_chart_has_a_place_on_the_dashboard() -> None:
    """In rows of twelve columns."""
    placed = layout({chart.name: number for number, chart in enumerate(CHARTS)})
    rows = [one for one in placed.values() if isinstance(one, dict) and one["type"] == "ROW"]
    shown = [[placed[name]["meta"] for name in row["children"]] for row in rows]
    assert [sum(one["width"] for one in row) for row in shown] == [12, 12]
    assert [one["chartId"] for row in shown for one in row] == [0, 1, 2, 3]
