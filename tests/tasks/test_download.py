from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
import stamina
from pytest_httpserver import HTTPServer

from schemas.errors import FetchFailed, FetchRefused
from schemas.source import Bodies, Source
from tasks.download import Manners
from tasks.fetch import fetch

AT = datetime(2022, 2, 10, 6, 0, 0, 123456, tzinfo=UTC)
BRISK = Manners(attempts=3, patience=0.01, timeout=5)
CSV = b"iso3,doses\nPRK,8115600\n"


def nothing(_: Bodies) -> dict[str, pl.DataFrame]:
    """Read nothing."""
    return {}


@pytest.fixture
def source() -> Source:
    """Return a source whose address nobody answers."""
    return Source(
        name="small",
        title="Small",
        shown_by="Nobody's page",
        publisher="Nobody",
        url="http://127.0.0.1:9/none.csv",
        licence="none",
        attribution="Nobody",
        cadence=timedelta(days=1),
        parse=nothing,
        tables={},
    )


@pytest.fixture
def site(httpserver: HTTPServer) -> Iterator[HTTPServer]:
    """Return a publisher's server on loopback."""
    yield httpserver
    httpserver.clear()


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_refusal_is_permanent_and_asked_once(source: Source, site: HTTPServer, status: int) -> None:
    """An answer that will not change is not asked for again."""
    site.expect_request("/a.csv").respond_with_data(status=status)
    with pytest.raises(FetchRefused, match=f"status {status}.*was not asked again"):
        fetch(source, at=AT, url=site.url_for("/a.csv"), manners=BRISK)
    assert len(site.log) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 520])
def test_fault_of_the_moment_is_asked_again(source: Source, site: HTTPServer, status: int) -> None:
    """A server out of order is asked again, and the body then had is whole."""
    site.expect_oneshot_request("/a.csv").respond_with_data("half a page", status=status)
    site.expect_oneshot_request("/a.csv").respond_with_data(CSV)
    got = fetch(source, at=AT, url=site.url_for("/a.csv"), manners=BRISK)
    assert got.contents["main"] == CSV
    assert got.evidence["tries"] == 2


def test_fault_that_stays_is_transient(source: Source, site: HTTPServer) -> None:
    """After the last try the error says that a later one may work."""
    site.expect_request("/a.csv").respond_with_data(status=503)
    with pytest.raises(FetchFailed, match=r"status 503.*try again later"):
        fetch(source, at=AT, url=site.url_for("/a.csv"), manners=BRISK)
    assert len(site.log) == 3


def test_retry_after_is_honoured_within_our_patience(source: Source, site: HTTPServer) -> None:
    """The server's wish decides the wait, up to the longest wait that we accept."""
    told: list[float] = []

    def listen(details: stamina.instrumentation.RetryDetails) -> None:
        told.append(details.wait_for)

    stamina.instrumentation.set_on_retry_hooks([listen])
    try:
        busy = {"Retry-After": "0"}, {"Retry-After": "3600"}
        for headers in busy:
            site.expect_oneshot_request("/a.csv").respond_with_data(status=429, headers=headers)
        site.expect_oneshot_request("/a.csv").respond_with_data(CSV)
        manners = Manners(attempts=3, patience=0.25)
        got = fetch(source, at=AT, url=site.url_for("/a.csv"), manners=manners)
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert got.evidence["tries"] == 3
    assert told == [0.0, 0.25]
