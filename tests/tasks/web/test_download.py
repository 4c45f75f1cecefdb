import ssl

import httpx
import pytest
import stamina
from pytest_httpserver import HTTPServer

from schemas.errors import FetchFailed, FetchRefused
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch
from tasks.web.http_status import fetch_error, is_permanent
from tasks.web.transport import Hosts
from tests.tasks.publisher import AT, BRISK, CSV, SMALL
from tests.tasks.web.clock import Clock


@pytest.mark.parametrize("status", [206, 300, 401, 403, 404, 406, 410, 501, 511])
def test_refusal_is_permanent_and_asked_once(httpserver: HTTPServer, status: int) -> None:
    """An answer that will not change is not asked for again."""
    httpserver.expect_request("/a.csv").respond_with_data(status=status)
    with pytest.raises(FetchRefused, match=f"status {status}.*was not asked again"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("status", [202, 304, 408, 421, 425, 429, 500, 502, 503, 504, 520])
def test_transient_failure_is_retried(httpserver: HTTPServer, status: int) -> None:
    """A server out of order is asked again, and the body is then complete."""
    httpserver.expect_oneshot_request("/a.csv").respond_with_data("half a page", status=status)
    httpserver.expect_oneshot_request("/a.csv").respond_with_data(CSV)
    got = fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)
    assert got.contents["main"] == CSV
    assert got.evidence["tries"] == 2


def test_fault_that_stays_is_transient(httpserver: HTTPServer) -> None:
    """After the last try the error says that a later one may work."""
    httpserver.expect_request("/a.csv").respond_with_data(status=503)
    with pytest.raises(FetchFailed, match=r"status 503.*try again later"):
        fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=BRISK)
    assert len(httpserver.log) == 3


def test_retry_after_is_honoured_within_our_patience(httpserver: HTTPServer) -> None:
    """The server's options decides the wait, up to the longest wait that we accept."""
    waits: list[float] = []

    def listen(details: stamina.instrumentation.RetryDetails) -> None:
        waits.append(details.wait_for)

    stamina.instrumentation.set_on_retry_hooks([listen])
    try:
        busy = {"Retry-After": "0"}, {"Retry-After": "3600"}
        for headers in busy:
            httpserver.expect_oneshot_request("/a.csv").respond_with_data(
                status=429, headers=headers
            )
        httpserver.expect_oneshot_request("/a.csv").respond_with_data(CSV)
        fetch_policy = FetchPolicy(attempts=3, patience=0.25)
        got = fetch(SMALL, at=AT, url=httpserver.url_for("/a.csv"), fetch_policy=fetch_policy)
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
    assert got.evidence["tries"] == 3
    assert waits == [0.0, 0.25]


def test_a_server_that_asks_for_rest_gets_it_from_every_request(
    httpserver: HTTPServer, clock: Clock
) -> None:
    """A wait sent to one request holds for all others of this process."""
    url = httpserver.url_for("/a.csv")
    busy = {"Retry-After": "1"}
    httpserver.expect_oneshot_request("/a.csv").respond_with_data(status=429, headers=busy)
    fetch_policy = FetchPolicy(attempts=1, patience=0.3, hosts=clock.hosts(), clock=clock)
    with pytest.raises(FetchFailed, match="status 429"):
        fetch(SMALL, at=AT, url=url, fetch_policy=fetch_policy)
    httpserver.expect_request("/a.csv").respond_with_data(CSV)
    fetch(SMALL, at=AT, url=url, fetch_policy=fetch_policy)
    assert clock.slept == [pytest.approx(0.3)]


def test_a_busy_host_is_not_waited_for_beyond_the_deadline(httpserver: HTTPServer) -> None:
    """A long download at the same host is a transient failure for another."""
    hosts = Hosts()
    hosts.take("localhost", until=1e9)
    with pytest.raises(FetchFailed, match="PoolTimeout: localhost was still being asked by others"):
        fetch(
            SMALL,
            at=AT,
            url=httpserver.url_for("/a.csv"),
            fetch_policy=FetchPolicy(attempts=1, deadline=0.05, hosts=hosts),
        )
    assert not httpserver.log


def test_a_bad_certificate_is_permanent() -> None:
    """It is for a person to look at, and not for the next try."""
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError("expired")
    assert isinstance(fetch_error("https://example.org", error, 3), FetchRefused)
    other = httpx.ConnectError("refused")
    assert isinstance(fetch_error("https://example.org", other, 3), FetchFailed)


FAULTS = {
    httpx.ConnectTimeout("x"): FetchFailed,
    httpx.ReadTimeout("x"): FetchFailed,
    httpx.WriteError("x"): FetchFailed,
    httpx.PoolTimeout("x"): FetchFailed,
    httpx.RemoteProtocolError("x"): FetchFailed,
    httpx.DecodingError("x"): FetchFailed,
    httpx.ProxyError("x"): FetchFailed,
    httpx.LocalProtocolError("x"): FetchRefused,
    httpx.UnsupportedProtocol("x"): FetchRefused,
    httpx.TooManyRedirects("x"): FetchRefused,
    httpx.InvalidURL("x"): FetchRefused,
}


@pytest.mark.parametrize(("error", "fault"), FAULTS.items(), ids=lambda it: type(it).__name__)
def test_every_way_to_fail_is_of_one_family(
    error: httpx.HTTPError | httpx.InvalidURL, fault: type[Exception]
) -> None:
    """What may pass is transient, what will not is permanent."""
    assert type(fetch_error("https://example.org", error, 3)) is fault
    assert is_permanent(error) == (fault is FetchRefused)
