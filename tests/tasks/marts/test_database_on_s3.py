"""A lake on S3 has `lake.duckdb` too: made without an extension, answered by whoever reads S3."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from fsspec import AbstractFileSystem

from tasks.marts.mart_views import DATABASE
from tasks.marts.publish_marts import publish_marts
from tasks.vault.backends.open_store import open_store
from tests.tasks.marts.frames import AT
from tests.vaxwatch.lakes import fill_flagged
from tests.vaxwatch.proof.s3_lakes import s3_lake

pytestmark = pytest.mark.server


class OverBoto(AbstractFileSystem):
    """A file system by which DuckDB reads S3 without its extension."""

    protocol = "s3"

    def __init__(self, **address: Any) -> None:
        super().__init__()
        self._client: Any = boto3.session.Session().client("s3", **address)  # credentials of now

    def _at(self, path: str) -> dict[str, str]:
        bucket, _, key = path.removeprefix("s3://").partition("/")
        return {"Bucket": bucket, "Key": key}

    def _open(self, path: str, *_: Any, **__: Any) -> BytesIO:
        return BytesIO(self._client.get_object(**self._at(path))["Body"].read())

    def modified(self, path: str) -> datetime:
        """Return when an object was written."""
        written: datetime = self._client.head_object(**self._at(path))["LastModified"]
        return written

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return the size of an object."""
        size = self._client.head_object(**self._at(path))["ContentLength"]
        return {"name": path, "size": size, "type": "file"}

    def glob(self, path: str, **_: Any) -> list[str]:
        """Return the path itself: no view has a pattern."""
        return [path]


def test_views_of_a_lake_on_s3_answer(tmp_path: Path) -> None:
    """They name the bucket; as-of, marts, flags and comments are there as in a folder."""
    with s3_lake() as lake, duckdb.connect() as connection:
        fill_flagged(lake["uri"])
        store = open_store(lake["uri"])
        publish_marts(store, at=AT)
        published = store.get(DATABASE)
        assert published is not None
        (tmp_path / "lake.duckdb").write_bytes(published.body)
        connection.register_filesystem(
            OverBoto(endpoint_url=lake["environment"]["AWS_ENDPOINT_URL"])
        )
        connection.execute(f"ATTACH '{tmp_path}/lake.duckdb' AS lake (READ_ONLY); USE lake")
        asked = (
            "SELECT sum(doses_allocated) FROM \"asof\"('unicef_market.allocations', '2022-02-01')"
        )
        assert connection.sql(asked).fetchall() == [(8_120_600,)]
        newest = connection.sql("SELECT source, iso3, as_of_date FROM unicef_market_allocations")
        assert {row[0] for row in newest.fetchall()} == {"unicef_market"}
        steps = connection.sql("SELECT DISTINCT source FROM promise_steps").fetchall()
        assert steps == [("unicef_market",)]
        views = connection.sql("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal")
        comments = dict(views.fetchall())
        assert {"unicef_market_allocations_flags", "alert_events", "alerts"} <= comments.keys()
        assert comments["promise_steps"].startswith("The steps of each promise")
        history = (
            "unicef_market.allocations: every version of every row, with valid_from and valid_to"
        )
        assert comments["unicef_market_allocations_history"] == history
        assert comments["alert_events"].endswith("One row: an event of an alert")
