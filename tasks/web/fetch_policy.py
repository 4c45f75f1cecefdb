"""Manners: in whose name, how often and how long we ask, and what one request asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.limits import BODY_AT_MOST, REQUEST_SECONDS_AT_MOST, SNAPSHOT_SECONDS_AT_MOST
from tasks.web.host_limits import HOSTS, Hosts


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchPolicy:
    """
    How we ask.

    `contact`: an address at which a publisher can reach us, sent with each request. `timeout`: the
    longest silence, `patience`: the longest wait before we ask again, `deadline`: the longest time
    for one address, all tries together, `whole`: that for all requests of a snapshot [seconds].
    `attempts`: how often one address is asked. `largest` [bytes]. `private`: whether a publisher
    may send us on to addresses that are not public. `hosts`: whose turn it is to ask which host.
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


POLITE = FetchPolicy()


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestOptions:
    """What is asked: a GET, or a POST of `json` where that is given, with further headers."""

    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    json: Any = None

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "GET" if self.json is None else "POST"

    @property
    def is_conditional(self) -> bool:
        """Whether the answer may be that nothing has changed."""
        return any(name.lower().startswith("if-") for name in self.headers)


GET = RequestOptions()
