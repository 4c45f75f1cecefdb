import pytest
import stamina
from pytest_httpserver import HTTPServer

from schemas.errors import FetchFailed, FetchRefused
from tasks.download import Manners
from tasks.fetch import fetch
from tests.tasks.publisher import AT, BRISK, CSV, SMALL


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_refusal_is_permanent_and_asked_once(httpserver: HTTPServer, status: int) -> None:
    """An answer that will not change is not asked for again."""
    httpserver.expect_request("/a.csv").respond_with_data(status=status)
    with pytest.raises(FetchRefused, match=f"status {status}.*was not asked again"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), manners=BRISK)
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 520])
def test_fault_of_the_moment_is_asked_again(httpserver: HTTPServer, status: int) -> None:
    """A server out of order is asked again, and the body then had is whole."""
    httpserver.expect_oneshot_request("/a.csv").respond_with_data("half a page", status=status)
    httpserver.expect_oneshot_request("/a.csv").respond_with_data(CSV)
    got = fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), manners=BRISK)
    assert got.contents["main"] == CSV
    assert got.evidence["tries"] == 2


def test_fault_that_stays_is_transient(httpserver: HTTPServer) -> None:
    """After the last try the error says that a later one may work."""
    httpserver.expect_request("/a.csv").respond_with_data(status=503)
    with pytest.raises(FetchFailed, match=r"status 503.*try again later"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), manners=BRISK)
    assert len(httpserver.log) == 3


def test_retry_after_is_honoured_within_our_patience(httpserver: HTTPServer) -> None:
    """The server's wish decides the wait, up to the longest wait that we accept."""
    told: list[float] = []

    def listen(details: stamina.instrumentation.RetryDetails) -> None:
        told.append(details.wait_for)

    stamina.instrumentation.set_on_retry_hooks([listen])
    try:
        busy = {"Retry-After": "0"}, {"Retry-After": "3600"}
        for headers in busy:
            httpserver.expect_oneshot_request("/a.csv").respond_with_data(
                status=429, headers=headers
            )
        httpserver.expect_oneshot_request("/a.csv").respond_with_data(CSV)
        manners = Manners(attempts=3, patience=0.25)
        got = fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), manners=manners)
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert got.evidence["tries"] == 3
    assert told == [0.0, 0.25]
