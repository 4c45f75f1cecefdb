"""The fetch policy: identity, retries and time limits of requests, and the turns at each host.

All requests of this process, from any thread, share one `Hosts`: one request at a time to a host,
and a pause between the starts of two.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from schemas.limits import BODY_AT_MOST, REQUEST_SECONDS_AT_MOST, SNAPSHOT_SECONDS_AT_MOST
from tasks.web.allowed_hosts import is_loopback

PAUSE = 1.0  # seconds between two requests to one host
PAUSES: Mapping[str, float] = {"web.archive.org": 60 / 24}
"""
Hosts with a longer pause. web.archive.org blocks a client for an hour, then longer, at about 60
requests a minute; its users recommend 24.
"""


class Hosts:
    """The turns at each host.

    `pause`, `pauses`: seconds between two requests, by host where it differs; 0 for loopback.
    `clock` counts seconds and never runs backwards; `sleep` waits.

    >>> waited = []
    >>> hosts = Hosts(clock=lambda: 100.0, sleep=waited.append)
    >>> for _ in range(2):
    ...     hosts.take("web.archive.org", until=200.0)
    ...     hosts.leave("web.archive.org")
    >>> waited
    [2.5]
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


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchPolicy:
    """How requests are sent.

    `contact`: an address at which a publisher can reach us, sent with each request. In seconds:
    `timeout`, the longest silence; `patience`, the longest wait before a retry; `deadline`, the
    longest time for one address with all its tries; `whole`, the longest time for all requests of a
    snapshot. `attempts`: tries per address. `largest`: bytes of a body. `private`: whether
    redirects to private addresses are followed. `hosts`: the turns at each host. `clock`: counts
    the seconds.
    """

    contact: str = ""
    timeout: float = 30.0
    patience: float = 60.0
    deadline: float = REQUEST_SECONDS_AT_MOST
    whole: float = SNAPSHOT_SECONDS_AT_MOST
    attempts: int = 4
    largest: int = BODY_AT_MOST
    private: bool = False
    hosts: Hosts = field(default=HOSTS, compare=False)
    clock: Callable[[], float] = field(default=time.monotonic, compare=False)


POLITE = FetchPolicy()


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestOptions:
    """A GET with further headers, or a POST of `json` where that is given."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    json: Any = None

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "GET" if self.json is None else "POST"

    @property
    def is_conditional(self) -> bool:
        """Whether the response may be 304."""
        return any(name.lower().startswith("if-") for name in self.headers)


GET = RequestOptions()
