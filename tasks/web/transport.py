"""The httpx transport that applies the limits per host and the connection rules.

All requests of this process, from any thread, share one `Hosts`: one request at a time to a host,
redirects included, and a pause between the starts of two.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from urllib.request import getproxies, proxy_bypass

import httpx

from tasks.web.allowed_hosts import (
    ConnectionRules,
    GuardedBackend,
    host_port_of,
    is_loopback,
    require_public,
)

PAUSE = 1.0  # seconds between two requests to one host
PAUSES: Mapping[str, float] = {"web.archive.org": 60 / 24}
"""
Hosts with a longer pause. web.archive.org blocks a client for an hour, then longer, at about 60
requests a minute; its users recommend 24.
"""


ENDLESS = re.compile(rb"max-age\s*=\D*\d{20}", re.IGNORECASE)


class Hosts:
    """The turns at each host.

    `pause`, `pauses`: seconds between two requests, by host where it differs; 0 for loopback.
    `clock` counts seconds and never runs backwards; `sleep` waits.
    """

    def __init__(
        self,
        *,
        pause: float = PAUSE,
        pauses: Mapping[str, float] = PAUSES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._pause, self._pauses = pause, pauses
        self._clock, self._sleep = clock, sleep
        self._guard = Lock()
        self._turns: dict[str, Lock] = {}
        self._free_at: dict[str, float] = {}

    def take(self, host: str, *, until: float) -> None:
        """Wait for this host's turn and block others until `leave`.

        Raises TimeoutError when the turn would come after `until`, in seconds of the clock.
        """
        turn = self._turn(host)
        if not turn.acquire(timeout=max(0.0, until - self._clock())):
            raise TimeoutError(f"{host} was still being asked by others")
        wait = self._free_at.get(host, 0.0) - self._clock()
        if wait > max(0.0, until - self._clock()):
            turn.release()
            raise TimeoutError(f"{host} wants to be left alone for {wait:.0f} s more")
        if wait > 0:
            self._sleep(wait)
        self.rest(host, self._pauses.get(host, 0.0 if is_loopback(host) else self._pause))

    def leave(self, host: str) -> None:
        """End the turn at this host."""
        self._turn(host).release()

    def rest(self, host: str, seconds: float) -> None:
        """Send nothing to this host for so many seconds from now."""
        with self._guard:
            before = self._free_at.get(host, 0.0)
            self._free_at[host] = max(before, self._clock() + seconds)

    def _turn(self, host: str) -> Lock:
        with self._guard:
            return self._turns.setdefault(host, Lock())


HOSTS = Hosts()  # the turns of all requests of this process


class PoliteTransport(httpx.BaseTransport):
    """httpx's transport, direct or through the environment's proxies, with our rules."""

    def __init__(self, rules: ConnectionRules, hosts: Hosts) -> None:
        self._rules, self._hosts = rules, hosts
        self._transports: dict[str | None, httpx.HTTPTransport] = {}
        self._last: httpx.SyncByteStream = httpx.ByteStream(b"")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for the host's turn and send; closing the response ends the turn."""
        self._last.close()  # httpx leaves it open where it cannot bear a header
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
        self._last = stream = _TurnStream(response, lambda: self._hosts.leave(host))
        if response.has_redirect_location:
            stream.close()
        return httpx.Response(
            response.status_code,
            headers=[one for one in response.headers.raw if not _is_endless(*one)],
            stream=httpx.ByteStream(b"") if response.has_redirect_location else stream,
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all connections, and end a turn that is still held."""
        self._last.close()
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


def _is_endless(name: bytes, text: bytes) -> bool:
    """Return whether a cookie lives so long that Python's cookie jar breaks."""
    return name.lower() == b"set-cookie" and ENDLESS.search(text) is not None


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
