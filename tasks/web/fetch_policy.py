"""The fetch policy: identity, retries and time limits of requests; the options of one request."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.limits import BODY_AT_MOST, REQUEST_SECONDS_AT_MOST, SNAPSHOT_SECONDS_AT_MOST
from tasks.web.host_limits import HOSTS, Hosts


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
