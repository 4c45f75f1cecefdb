"""Where a publisher may send us, and for how long it may hold us."""

import re
import socket
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from schemas.errors import FetchFailed, FetchRefused
from tasks.web.allowed_hosts import is_public
from tasks.web.download import FetchPolicy
from tasks.web.fetch import fetch
from tasks.web.transport import Hosts
from tests.tasks.publisher import AT, BRISK, CSV, SMALL, endless, trickle
from tests.tasks.web.clock import Clock

NOT_PUBLIC = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 (an address to refuse)
    "224.0.0.1",
    "::1",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "fec0::1",
    "ff02::1",
    "4000::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_of_a_house_are_not_public(address: str) -> None:
    """Private, loopback, link-local, shared and multicast ones, in whatever dress."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::"]
)
def test_addresses_of_the_world_are_public(address: str) -> None:
    """Those of a usual publisher."""
    assert is_public(address)


def sent_to(httpserver: HTTPServer, target: str) -> str:
    """Return an address that sends us on."""
    httpserver.expect_request("/old").respond_with_data(status=302, headers={"Location": target})
    httpserver.expect_request("/inside").respond_with_data(CSV)
    return httpserver.url_for("/old")


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "127.1", "[::ffff:127.0.0.1]"])
def test_redirect_to_this_machine_is_refused_before_anything_is_sent(
    httpserver: HTTPServer, host: str
) -> None:
    """A page of the world does not make us ask what only we can reach, however it is written."""
    url = sent_to(httpserver, f"http://{host}:{httpserver.port}/inside")
    with pytest.raises(FetchRefused, match=r"not public.*allow_private"):
        fetch(SMALL, at=AT, url=url, fetch_policy=BRISK)
    assert [request.path for request, _ in httpserver.log] == ["/old"]


def test_a_name_is_judged_by_the_address_that_is_connected_to(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public name that leads into the house is refused."""
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host == "data.example.org" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = sent_to(httpserver, f"http://data.example.org:{httpserver.port}/inside")
    with pytest.raises(FetchRefused, match=r"data\.example\.org \(127\.0\.0\.1\)"):
        fetch(SMALL, at=AT, url=url, fetch_policy=BRISK)
    assert [request.path for request, _ in httpserver.log] == ["/old"]


def test_whoever_allows_it_is_sent_anywhere(httpserver: HTTPServer) -> None:
    """Some publishers are in the same house."""
    url = sent_to(httpserver, f"http://127.0.0.1:{httpserver.port}/inside")
    got = fetch(SMALL, at=AT, url=url, fetch_policy=FetchPolicy(private=True))
    assert got.contents == {"main": CSV}


def test_an_address_given_by_hand_may_be_anywhere(httpserver: HTTPServer) -> None:
    """It is the redirect that is not trusted, not the user; back to the same server is no step."""
    url = sent_to(httpserver, "/inside")
    assert fetch(SMALL, at=AT, url=url).contents == {"main": CSV}


@pytest.mark.parametrize("target", ["ftp://example.org/a", "file:///etc/passwd", "gopher://a/b"])
def test_redirect_leads_to_http_only(httpserver: HTTPServer, target: str) -> None:
    """No other scheme is followed."""
    with pytest.raises(FetchRefused):
        fetch(SMALL, at=AT, url=sent_to(httpserver, target), fetch_policy=BRISK)
    assert len(httpserver.log) == 1


def test_the_body_of_a_redirect_is_not_read(httpserver: HTTPServer) -> None:
    """However long it goes on."""
    httpserver.expect_request("/old").respond_with_handler(
        endless(b"x" * 65536, status=302, headers={"Location": "/new"})
    )
    httpserver.expect_request("/new").respond_with_data(CSV)
    assert fetch(SMALL, at=AT, url=httpserver.url_for("/old")).contents == {"main": CSV}


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 999, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 999]
)
def test_a_trickle_of_bytes_does_not_outlast_the_deadline(head: bytes, clock: Clock) -> None:
    """Neither in the headers nor in the body, though no single silence is long."""
    fetch_policy = FetchPolicy(deadline=400, attempts=1, hosts=clock.hosts(), clock=clock)
    with (
        trickle(head, between=lambda: clock.advance(50)) as url,
        pytest.raises(FetchFailed, match="still sending when our patience ended"),
    ):
        fetch(SMALL, at=AT, url=url, fetch_policy=fetch_policy)


def test_a_proxy_of_the_environment_is_used_and_may_be_private(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks for us; what we are sent on to is judged by its words, as only it knows addresses."""
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.environ["REQUEST_URI"])
        return Response(CSV)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    monkeypatch.setenv("http_proxy", httpserver.url_for("/"))
    monkeypatch.setenv("no_proxy", "")
    fetch_policy = FetchPolicy(attempts=1, hosts=Hosts(pause=0.0))
    got = fetch(SMALL, at=AT, url="http://data.example.org/a.csv", fetch_policy=fetch_policy)
    assert got.contents == {"main": CSV}
    assert asked == ["http://data.example.org/a.csv"]
    astray = replace(SMALL, gather=lambda ask, _: {"a": ask("http://10.0.0.1/a.csv")})
    with pytest.raises(FetchRefused, match=r"10\.0\.0\.1, which is not public"):
        fetch(astray, at=AT, url="http://data.example.org/a.csv", fetch_policy=fetch_policy)
    assert len(asked) == 1
