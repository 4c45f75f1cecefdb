"""Which hosts a request may reach, and until when.

A redirect or link of a publisher is followed to public addresses only, and the address that was
checked is the one that is connected to. Neither silence nor a trickle outlasts the deadline.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from schemas.errors import FetchRefused

PATIENCE_ENDED = "still sending when our patience ended"
PORTS = {"http": 80, "https": 443}
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that a gateway translates: the last 32 bits are an IPv4 address (RFC 6052)."""
ASSIGNED = ipaddress.IPv6Network("2000::/3")
"""All global unicast addresses so far (RFC 4291, IANA's registry of IPv6 address space)."""
HostPort = tuple[str, int]


@dataclass(kw_only=True, slots=True)
class ConnectionRules:
    """Where, and until when, a session may connect.

    `trusted`: the host that the user or a declaration names; it may be private. `private`: whether
    redirects to private addresses are followed. `until`: the deadline of the current download, in
    seconds of `clock`. `requested`: its address, for error messages.
    """

    trusted: HostPort
    private: bool
    clock: Callable[[], float] = time.monotonic
    until: float = float("inf")
    requested: str = ""

    def limited(self, timeout: float | None) -> float:
        """Return a timeout [seconds] up to the deadline at most. Raises httpcore.ReadTimeout."""
        left = self.until - self.clock()
        if left <= 0:
            raise httpcore.ReadTimeout(PATIENCE_ENDED)
        return left if timeout is None else min(timeout, left)


def host_port_of(url: httpx.URL) -> HostPort:
    """Return host and port of an address."""
    return url.host, url.port or PORTS.get(url.scheme, 0)


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is a loopback one, without looking it up.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "example.org")]
    [True, True, True, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_public(address: str) -> bool:
    """Return whether an IP address is globally reachable.

    An IPv6 address that embeds an IPv4 address (mapped, 6to4, NAT64) is judged by that.

    >>> [is_public(address) for address in ("8.8.8.8", "169.254.169.254", "::ffff:10.0.0.1")]
    [True, False, False]
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


def require_public(host: str, requested: str) -> None:
    """Raise FetchRefused for a loopback name or an address that is not public; no lookup."""
    try:
        public = is_public(host)
    except ValueError:
        public = not is_loopback(host)
    if not public:
        raise _private_redirect(requested, host, host)


def _private_redirect(requested: str, host: str, address: str) -> FetchRefused:
    named = host if host == address else f"{host} ({address})"
    seen = (
        f"we were sent on to {named}, which is not public; "
        f"with allow_private = true in vaxwatch.toml we would follow"
    )
    return FetchRefused(requested, seen)


class GuardedBackend(httpcore.SyncBackend):
    """Connects to the addresses that were checked, and to no others of the same name."""

    def __init__(self, rules: ConnectionRules, proxy: HostPort | None) -> None:
        self._rules, self._proxy = rules, proxy

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a trusted host as it is, to any other by one of its public addresses."""
        is_free = self._rules.private or (host, port) in (self._rules.trusted, self._proxy)
        faults: list[httpcore.ConnectError] = []
        for target in [host] if is_free else _public_addresses(host, port, self._rules.requested):
            try:
                limit = self._rules.limited(timeout)
                stream = super().connect_tcp(target, port, limit, local_address, socket_options)
            except httpcore.ConnectError as error:
                faults.append(error)
            else:
                return _DeadlineStream(stream, self._rules)
        raise faults[0]


def _public_addresses(host: str, port: int, requested: str) -> list[str]:
    """Return the addresses of a host. Raises FetchRefused unless all of them are public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise _private_redirect(requested, host, address)
    return addresses


class _DeadlineStream(httpcore.NetworkStream):
    """A stream whose reads and writes end at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, rules: ConnectionRules) -> None:
        self._inner, self._rules = inner, rules

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._rules.limited(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._rules.limited(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = self._rules.limited(timeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, limit)
        return _DeadlineStream(inner, self._rules)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
