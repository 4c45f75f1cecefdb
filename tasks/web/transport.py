"""
Connect: how a request reaches its host.

Promises: each request takes its turn at its host (tasks.web.host_limits), redirects included, and
keeps within its terms (tasks.web.allowed_hosts). Nothing of a redirect's own body is read.
"""

from collections.abc import Callable, Iterator
from urllib.request import getproxies, proxy_bypass

import httpx

from tasks.web.allowed_hosts import Judging, Terms, place_of, require_public
from tasks.web.host_limits import Hosts


class PoliteTransport(httpx.BaseTransport):
    """httpx's own transport, directly or by the environment's proxies, on our terms."""

    def __init__(self, terms: Terms, hosts: Hosts) -> None:
        self._terms, self._hosts = terms, hosts
        self._lines: dict[str | None, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for our turn, ask, and give the turn back when the answer is closed."""
        host = request.url.host
        proxy = None if proxy_bypass(host) else getproxies().get(request.url.scheme)
        if place_of(request.url) != self._terms.trusted and not self._terms.private:
            require_public(host, self._terms.asked)
        try:
            self._hosts.take(host, until=self._terms.until)
        except TimeoutError as error:
            raise httpx.PoolTimeout(str(error)) from error
        try:
            response = self._line(proxy).handle_request(request)
        except BaseException:
            self._hosts.leave(host)
            raise
        stream: httpx.SyncByteStream = _Leaving(response, lambda: self._hosts.leave(host))
        if response.has_redirect_location:
            stream.close()
            stream = httpx.ByteStream(b"")
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=stream,
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        for line in self._lines.values():
            line.close()

    def _line(self, proxy: str | None) -> httpx.HTTPTransport:
        if proxy not in self._lines:
            line = httpx.HTTPTransport(proxy=proxy)
            pool = line._pool  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]  (httpx lets nobody in by the door)
            through = place_of(httpx.URL(proxy)) if proxy else None
            pool._network_backend = Judging(self._terms, through)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            self._lines[proxy] = line
        return self._lines[proxy]


class _Leaving(httpx.SyncByteStream):
    """The body of an answer; its host is free for others when it is closed."""

    def __init__(self, response: httpx.Response, leave: Callable[[], None]) -> None:
        self._response, self._leave = response, leave
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._response.stream, httpx.SyncByteStream)
        yield from self._response.stream

    def close(self) -> None:
        if self._open:
            self._open = False
            self._response.close()
            self._leave()
