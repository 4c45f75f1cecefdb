"""
Hosts: one request at a time to each, and not more often than is polite.

Promises: all requests of this process, from whatever thread, share one `Hosts`. Between the
beginnings of two requests to one host lies at least its pause; a host that asks us to wait is left
alone so long.
"""

import time
from collections.abc import Callable, Mapping
from threading import Lock

from tasks.web.allowed_hosts import is_here

PAUSE = 1.0
"""Seconds between two requests to one host: nobody notices one visitor a second."""
PAUSES: Mapping[str, float] = {"web.archive.org": 60 / 24}
"""
Hosts that want more. The archive of old pages shuts out, for an hour and then longer, who asks more
often than about 60 times a minute; those who live with it advise 24.
"""


class Hosts:
    """
    Whose turn it is to ask which host.

    `pause`, `pauses`: seconds between two requests, by host where it differs; a server on this
    machine needs none. `clock` counts seconds and never runs backwards; `sleep` waits for some.

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
        """
        Wait until this host may be asked, and keep others from asking it until `leave`.

        Raises TimeoutError when that would be after the instant `until` of the clock.
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
        self.rest(host, self._pause_of(host))

    def leave(self, host: str) -> None:
        """Let others ask this host."""
        self._turn(host).release()

    def rest(self, host: str, seconds: float) -> None:
        """Leave this host alone for so long from now on."""
        with self._guard:
            before = self._free_at.get(host, 0.0)
            self._free_at[host] = max(before, self._clock() + seconds)

    def _turn(self, host: str) -> Lock:
        with self._guard:
            return self._turns.setdefault(host, Lock())

    def _pause_of(self, host: str) -> float:
        return self._pauses.get(host, 0.0 if is_here(host) else self._pause)


HOSTS = Hosts()
"""The turns of this process."""
