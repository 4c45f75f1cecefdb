"""The httpx transport that applies the limits per host and the connection rules.

Redirects wait for their turn, too; their bodies are not read.
"""

from collections.abc import Callable, Iterator
from urllib.request import getproxies, proxy_bypass

import httpx

from tasks.web.allowed_hosts import ConnectionRules, GuardedBackend, host_port_of, require_public
from tasks.web.fetch_policy import Hosts


class PoliteTransport(httpx.BaseTransport):
    """httpx's transport, direct or through the environment's proxies, with our rules."""

    def __init__(self, rules: ConnectionRules, hosts: Hosts) -> None:
        self._rules, self._hosts = rules, hosts
        self._transports: dict[str | None, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for the host's turn and send; closing the response ends the turn."""
        host = request.url.host
        proxy = None if proxy_bypass(host) else getproxies().get(request.url.scheme)
        if host_port_of(request.url) != self._rules.trusted and not self._rules.private:
            require_public(host, self._rules.requested)
        try:
            self._hosts.take(host, until=self._rules.until)
        except TimeoutError as error:
            raise httpx.PoolTimeout(str(error)) from error
        try:
            response = self._transport(proxy).handle_request(request)
        except BaseException:
            self._hosts.leave(host)
            raise
        stream: httpx.SyncByteStream = _TurnStream(response, lambda: self._hosts.leave(host))
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
        for transport in self._transports.values():
            transport.close()

    def _transport(self, proxy: str | None) -> httpx.HTTPTransport:
        if proxy not in self._transports:
            transport = httpx.HTTPTransport(proxy=proxy)
            pool = transport._pool  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]  (httpx has no public way)
            through = host_port_of(httpx.URL(proxy)) if proxy else None
            pool._network_backend = GuardedBackend(self._rules, through)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
            self._transports[proxy] = transport
        return self._transports[proxy]


class _TurnStream(httpx.SyncByteStream):
    """The body of a response; closing it ends the turn at its host."""

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
