"""The same questions to a lake, answered by one reader: `python answers.py READER LAKE`.

Runs in an environment of its own, without vaxwatch. Prints a JSON object: question to figure.
`LAKE`: a folder, or `lakes/<prefix>` of the S3 server in AWS_ENDPOINT_URL.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false
# pyright: reportOptionalMemberAccess=false
import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

NAMES = {
    "latest": "unicef_market/allocations/latest.parquet",
    "history": "unicef_market/allocations/history.parquet",
    "changes": "unicef_market/allocations/changes.parquet",
    "tests": "who_searo_testing/tests/latest.parquet",
    "mart": "marts/promise_steps.parquet",
}
END_OF_DAY = "2022-02-02T00:00:00+00:00"
"""The end of 1 February 2022: what began before it, and did not end before it, was known then."""
SQL = {
    "latest": "SELECT sum(doses_allocated) FROM {latest}",
    "as of 2022-02-01": "SELECT sum(doses_allocated) FROM {history} WHERE valid_from < {at} "
    "AND (valid_to IS NULL OR valid_to >= {at})",
    "cuts of half or more": "SELECT count(*) FROM {changes} WHERE rel_change <= -0.5",
    "people tested": "SELECT sum(people_tested_new) FROM {tests}",
    "mart": "SELECT sum(total) FROM {mart}",
}
Answers = dict[str, Any]


def with_sql(table: Callable[[str], str], ask: Callable[[str], Any], at: str) -> Answers:
    """Return the answers of an engine that speaks SQL. `table`: how it names a file."""
    tables = {name: table(path) for name, path in NAMES.items()}
    return {question: ask(sql.format(**tables, at=at)) for question, sql in SQL.items()}


def by_pandas(lake: str) -> Answers:
    """Read by pandas."""
    import pandas as pd

    frames = {name: pd.read_parquet(f"{lake}/{path}") for name, path in NAMES.items()}
    history, at = frames["history"], datetime.fromisoformat(END_OF_DAY)
    known = history[(history.valid_from < at) & ~(history.valid_to < at)]
    return {
        "latest": frames["latest"].doses_allocated.sum(),
        "as of 2022-02-01": known.doses_allocated.sum(),
        "cuts of half or more": (frames["changes"].rel_change <= -0.5).sum(),
        "people tested": frames["tests"].people_tested_new.sum(),
        "mart": frames["mart"].total.sum(),
    }


def by_polars(lake: str, options: dict[str, str] | None = None) -> Answers:
    """Read by polars, lazily."""
    import polars as pl

    at = datetime.fromisoformat(END_OF_DAY)
    scans = {
        name: pl.scan_parquet(f"{lake}/{path}", storage_options=options)
        for name, path in NAMES.items()
    }
    ended = (pl.col("valid_to") < at).fill_null(value=False)
    known = scans["history"].filter(pl.col("valid_from") < at, ~ended)
    sums = {
        "latest": scans["latest"].select(pl.sum("doses_allocated")),
        "as of 2022-02-01": known.select(pl.sum("doses_allocated")),
        "cuts of half or more": scans["changes"].select((pl.col("rel_change") <= -0.5).sum()),
        "people tested": scans["tests"].select(pl.sum("people_tested_new")),
        "mart": scans["mart"].select(pl.sum("total")),
    }
    return {question: frame.collect().item() for question, frame in sums.items()}


def by_polars_on_s3(lake: str) -> Answers:
    """Read by polars from S3, by its own object store."""
    options = {
        "aws_endpoint_url": os.environ["AWS_ENDPOINT_URL"],
        "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": os.environ["AWS_SECRET_ACCESS_KEY"],
        "aws_region": os.environ["AWS_DEFAULT_REGION"],
        "aws_allow_http": "true",
    }
    return by_polars(f"s3://{lake}", options)


def by_pyarrow(lake: str, store: Any = None) -> Answers:
    """Read by pyarrow."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    tables = {n: pq.read_table(f"{lake}/{path}", filesystem=store) for n, path in NAMES.items()}
    at, history = datetime.fromisoformat(END_OF_DAY), tables["history"]
    ended = pc.fill_null(pc.less(history["valid_to"], at), fill_value=False)
    known = history.filter(pc.and_(pc.less(history["valid_from"], at), pc.invert(ended)))
    cuts = pc.less_equal(tables["changes"]["rel_change"], -0.5)
    sums = {
        "latest": tables["latest"]["doses_allocated"],
        "as of 2022-02-01": known["doses_allocated"],
        "cuts of half or more": cuts,
        "people tested": tables["tests"]["people_tested_new"],
        "mart": tables["mart"]["total"],
    }
    return {question: pc.sum(column).as_py() for question, column in sums.items()}


def s3_of_arrow() -> Any:
    """Return pyarrow's S3 file system."""
    from pyarrow import fs

    address = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
    return fs.S3FileSystem(endpoint_override=address, scheme="http")


def by_pyarrow_on_s3(lake: str) -> Answers:
    """Read by pyarrow from S3."""
    return by_pyarrow(lake, s3_of_arrow())


def by_duckdb(lake: str) -> Answers:
    """Read by DuckDB."""
    import duckdb

    connection = duckdb.connect()
    return with_sql(
        lambda path: f"read_parquet('{lake}/{path}')",
        lambda sql: connection.sql(sql).fetchall()[0][0],
        f"TIMESTAMPTZ '{END_OF_DAY}'",
    )


def by_duckdb_on_s3(lake: str) -> Answers:
    """Read by DuckDB from S3, over pyarrow: its own extension for S3 need not be there."""
    import duckdb
    import pyarrow.dataset as ds

    store, connection = s3_of_arrow(), duckdb.connect()
    for name, path in NAMES.items():
        connection.register(f"t_{name}", ds.dataset(f"{lake}/{path}", filesystem=store))
    names = {path: f"t_{name}" for name, path in NAMES.items()}
    at = f"TIMESTAMPTZ '{END_OF_DAY}'"
    return with_sql(names.__getitem__, lambda sql: connection.sql(sql).fetchall()[0][0], at)


def by_chdb(lake: str) -> Answers:
    """Read by ClickHouse, in this process."""
    import chdb

    return with_sql(
        lambda path: f"file('{lake}/{path}', Parquet)",
        lambda sql: json.loads(str(chdb.query(sql, "JSONCompactEachRow")))[0],
        "parseDateTime64BestEffort('2022-02-02 00:00:00', 6, 'UTC')",
    )


def by_spark(lake: str) -> Answers:
    """Read by Spark, in this process."""
    from pyspark.sql import SparkSession

    settings = {"spark.ui.enabled": "false", "spark.sql.session.timeZone": "UTC"}
    settings |= dict.fromkeys(("spark.driver.bindAddress", "spark.driver.host"), "127.0.0.1")
    spark = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    try:
        return with_sql(
            lambda path: f"parquet.`{lake}/{path}`",
            lambda sql: spark.sql(sql).collect()[0][0],
            f"TIMESTAMP '{END_OF_DAY.replace('T', ' ')}'",
        )
    finally:
        spark.stop()


READERS = {
    "polars": by_polars,
    "pandas": by_pandas,
    "pyarrow": by_pyarrow,
    "duckdb": by_duckdb,
    "chdb": by_chdb,
    "pyspark": by_spark,
    "polars on S3": by_polars_on_s3,
    "pyarrow on S3": by_pyarrow_on_s3,
    "duckdb on S3": by_duckdb_on_s3,
}


def main() -> None:
    """Answer, and print."""
    name, lake = sys.argv[1:]
    place = lake if " on S3" in name else str(Path(lake).resolve())
    answers = READERS[name](place)
    sys.stdout.write(json.dumps({question: float(value) for question, value in answers.items()}))


if __name__ == "__main__":
    main()
