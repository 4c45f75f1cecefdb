"""
Reach: which hosts a request may reach, and for how long.

Promises: what we are sent on to by a publisher is asked only at a public address: the one that is
connected to is the one that was judged, so a name that resolves to something else the second time
gains nothing. No silence and no trickle outlasts the deadline.
"""

import ipaddress
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import httpcore
import httpx

from schemas.errors import FetchRefused

PATIENCE_ENDED = "still sending when our patience ended"
PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that a gateway translates: the last 32 bits are one of the older kind (RFC 6052)."""
ASSIGNED = ipaddress.IPv6Network("2000::/3")
"""All addresses of the world so far (RFC 4291 and IANA's registry of IPv6 address space)."""
Place = tuple[str, int]
"""Host and port."""


@dataclass(kw_only=True, slots=True)
class Terms:
    """
    On which terms we connect.

    `trusted`: the place that the user or a declaration names, which may be anywhere. `private`:
    whether we may be sent on to addresses that are not public. `until`: the deadline [monotonic
    seconds], `asked`: the address that it is about; both set anew for each download.
    """

    trusted: Place
    private: bool
    until: float = float("inf")
    asked: str = ""

    def left(self) -> float:
        """Return the seconds left, more than none. Raises httpcore.ReadTimeout."""
        seconds = self.until - monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout(PATIENCE_ENDED)
        return seconds

    def patience(self, timeout: float | None) -> float:
        """Return how long one silence may be."""
        return self.left() if timeout is None else min(timeout, self.left())


def place_of(url: httpx.URL) -> Place:
    """
    Return host and port of an address.

    >>> place_of(httpx.URL("https://example.org/a.csv"))
    ('example.org', 443)
    """
    return url.host, url.port or PORTS.get(url.scheme, 0)


def is_here(host: str) -> bool:
    """
    Return whether a name or address is this machine by its very words.

    >>> is_here("localhost"), is_here("127.0.0.1"), is_here("::1"), is_here("example.org")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_public(address: str) -> bool:
    """
    Return whether an IP address is one that the whole world can reach.

    One that holds an address of the older kind (mapped, 6to4, NAT64) is judged by that.

    >>> [
    ...     is_public(a)
    ...     for a in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fe80::1%2")
    ... ]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour
        if ip in NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inside is None and ip not in ASSIGNED:
            return False
        ip = inside or ip
    return ip.is_global and not ip.is_multicast


def require_public(host: str, asked: str) -> None:
    """Refuse a host that is this machine, or an address that is not public, by its very words."""
    try:
        public = is_public(host)
    except ValueError:
        public = not is_here(host)
    if not public:
        raise _sent_astray(asked, host, host)


def _sent_astray(asked: str, host: str, address: str) -> FetchRefused:
    named = host if host == address else f"{host} ({address})"
    seen = (
        f"we were sent on to {named}, which is not public; "
        f"with allow_private = true in vaxwatch.toml we would follow"
    )
    return FetchRefused(asked, seen)


class Judging(httpcore.NetworkBackend):
    """Connects to the address that was judged, and to no other that the name may have."""

    def __init__(self, terms: Terms, proxy: Place | None) -> None:
        self._terms, self._proxy = terms, proxy
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a host that is trusted, or else to one of its public addresses."""
        free = self._terms.private or (host, port) in (self._terms.trusted, self._proxy)
        faults: list[httpcore.ConnectError] = []
        for target in [host] if free else _public_addresses(host, port, self._terms.asked):
            try:
                stream = self._inner.connect_tcp(
                    target,
                    port,
                    timeout=self._terms.patience(timeout),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except httpcore.ConnectError as error:
                faults.append(error)
            else:
                return _Timed(stream, self._terms)
        raise faults[0]


def _public_addresses(host: str, port: int, asked: str) -> list[str]:
    """Return the addresses of a host. Raises FetchRefused unless all of them are public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise _sent_astray(asked, host, address)
    return addresses


class _Timed(httpcore.NetworkStream):
    """A connection on which no silence and no trickle outlasts the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, terms: Terms) -> None:
        self._inner, self._terms = inner, terms

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._terms.patience(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._terms.patience(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        patience = self._terms.patience(timeout)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, patience), self._terms)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
