"""The headers with which a real server of S3 serves what a store wrote."""

import uuid

import pytest
from mypy_boto3_s3 import S3Client

from tasks.vault.backends.object_headers import TYPES
from tasks.vault.backends.s3_store import S3Store

SERVED = {
    "site/index.html": ("text/html; charset=utf-8", "public, max-age=60"),
    "site/data/table/unicef_market/allocations.js": (
        *("text/javascript; charset=utf-8", "public, max-age=60"),
    ),
    "site/feeds/feed.atom": ("application/atom+xml; charset=utf-8", "public, max-age=60"),
    "data-docs/assets/style.css": ("text/css; charset=utf-8", "public, max-age=60"),
    "unicef_market/allocations/latest.parquet": ("application/vnd.apache.parquet", None),
    "marts/alerts.csv": ("text/csv; charset=utf-8", None),
}


@pytest.mark.server
@pytest.mark.parametrize("again", [False, True], ids=["new", "replaced"])
def test_a_bucket_serves_pages_as_pages(seaweed: S3Client, *, again: bool) -> None:
    """Type and cache header, of a new object and of one that was replaced."""
    prefix = uuid.uuid4().hex
    lake = S3Store("lakes", prefix, client=seaweed)
    for name, (kind, cached) in SERVED.items():
        lake.update(name, lambda _: b"<p>1</p>")
        if again:
            lake.update(name, lambda _: b"<p>2</p>")
        answer = seaweed.head_object(Bucket="lakes", Key=f"{prefix}/{name}")
        assert (answer["ContentType"], answer.get("CacheControl")) == (kind, cached)


def test_every_kind_of_file_of_the_site_has_a_type() -> None:
    """What the site consists of is opened by a browser, and not saved."""
    assert {".html", ".css", ".js", ".svg", ".png", ".xml", ".atom", ".json", ".csv"} <= {*TYPES}
