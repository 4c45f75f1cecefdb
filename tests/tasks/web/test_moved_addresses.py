"""Addresses that moved: the next one is tried where the first is gone, and only there."""

import socket
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from schemas.errors import FetchFailed, FetchRefused
from schemas.records import Missed
from schemas.source import Source
from tasks.web.fetch import fetch
from tests.tasks.publisher import AT, BRISK, CSV, SMALL

PAGE = b"<!DOCTYPE html><html><title>We have moved</title></html>"
NOWHERE = "http://vaxwatch-no-such-host.invalid/a.csv"


def moved(httpserver: HTTPServer, *paths: str) -> Source:
    """Return a source with these addresses, the first of which is the declared one."""
    urls = [path if "//" in path else httpserver.url_for(path) for path in paths]
    return replace(SMALL, url=urls[0], further_urls=tuple(urls[1:]))


@pytest.mark.parametrize("gone", [Response(status=404), Response(status=410), Response(PAGE), None])
def test_an_address_that_is_gone_gives_way_to_the_next(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, gone: Response | None
) -> None:
    """Its failure is evidence, too; the snapshot has the address that served the table."""
    resolve = socket.getaddrinfo

    def known(host: str, *rest: Any, **options: Any) -> Any:
        if host in NOWHERE:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", known)
    if gone is not None:
        httpserver.expect_request("/old").respond_with_response(gone)
    httpserver.expect_request("/gone").respond_with_data(status=404)
    httpserver.expect_request("/new").respond_with_data(CSV)
    source = moved(httpserver, "/old" if gone else NOWHERE, "/gone", "/new")
    missed: list[Missed] = []
    got = fetch(source, at=AT, fetch_policy=BRISK, miss=missed.append)
    assert got.contents == {"main": CSV}
    assert got.snapshot.url == got.evidence["requested_url"] == httpserver.url_for("/new")
    assert [one.url for one in missed] == [source.url, source.further_urls[0]]


@pytest.mark.parametrize("status", [503, 429, 403])
def test_an_address_that_may_answer_again_is_awaited(httpserver: HTTPServer, status: int) -> None:
    """A mirror may be older: its rows would seem to be withdrawals, and then corrections."""
    httpserver.expect_request("/main").respond_with_data(status=status)
    httpserver.expect_request("/mirror").respond_with_data(CSV)
    with pytest.raises((FetchFailed, FetchRefused), match=str(status)):
        fetch(moved(httpserver, "/main", "/mirror"), at=AT, fetch_policy=BRISK)
    assert {request.path for request, _ in httpserver.log} == {"/main"}


def test_where_all_are_gone_the_declared_one_is_named(httpserver: HTTPServer) -> None:
    """The error is that of the address that people know."""
    httpserver.expect_request("/old").respond_with_data(status=410)
    httpserver.expect_request("/page").respond_with_data(PAGE)
    with pytest.raises(FetchRefused, match=r"/old: status 410"):
        fetch(moved(httpserver, "/old", "/page"), at=AT, fetch_policy=BRISK)


def test_an_address_that_is_given_is_the_only_one(httpserver: HTTPServer) -> None:
    """Who names an address means that one."""
    httpserver.expect_request("/given").respond_with_data(status=404)
    source = moved(httpserver, "/new")
    with pytest.raises(FetchRefused, match="/given"):
        fetch(
            replace(source, further_urls=(source.url,)),
            at=AT,
            url=httpserver.url_for("/given"),
            fetch_policy=BRISK,
        )


def test_a_source_of_one_address_leaves_web_pages_to_its_parser(httpserver: HTTPServer) -> None:
    """They are archived as a snapshot and refused in the parser's words."""
    httpserver.expect_request("/page").respond_with_data(PAGE)
    got = fetch(moved(httpserver, "/page"), at=AT + timedelta(days=1), fetch_policy=BRISK)
    assert got.contents == {"main": PAGE}
