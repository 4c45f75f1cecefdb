"""One download: the fetch policy, and a request with its retries.

The body arrives complete or not at all, and never longer than `FetchPolicy.largest`. A retry is
made only where it may help, and not before the server's `Retry-After` (within the patience).
"""

import hashlib
import io
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import httpx
import stamina

from schemas.errors import FetchRefused
from schemas.limits import (
    BODY_AT_MOST,
    REDIRECTS_AT_MOST,
    REQUEST_SECONDS_AT_MOST,
    SNAPSHOT_SECONDS_AT_MOST,
)
from tasks.web.allowed_hosts import PATIENCE_ENDED, ConnectionRules, host_port_of
from tasks.web.content_encoding import ACCEPTED, too_large, unpacked
from tasks.web.http_status import (
    COMPLETE,
    NOT_MODIFIED,
    fetch_error,
    is_invalid_redirect,
    is_permanent,
    is_transient,
    retry_after,
    shown,
)
from tasks.web.transport import HOSTS, Hosts, PoliteTransport


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


GET = RequestOptions()


@dataclass(frozen=True, kw_only=True, slots=True)
class Download:
    """A response, its body with its sha256, and the number of tries."""

    response: httpx.Response
    content: bytes
    sha256: str
    tries: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """An HTTP client whose connections stay open between downloads."""

    client: httpx.Client
    rules: ConnectionRules
    fetch_policy: FetchPolicy


@contextmanager
def open_session(address: str, fetch_policy: FetchPolicy) -> Generator[Session]:
    """Open a session for downloads that start at an address, which may be private.

    Raises FetchRefused when the address is invalid.
    """
    contact = f" (+{fetch_policy.contact})" if fetch_policy.contact else ""
    try:
        trusted = host_port_of(httpx.URL(address))
    except (httpx.InvalidURL, UnicodeError):
        raise FetchRefused(shown(address), "no answer (it is no valid address)") from None
    rules = ConnectionRules(trusted=trusted, private=fetch_policy.private, clock=fetch_policy.clock)
    with httpx.Client(
        headers={
            "user-agent": f"vaxwatch/{version('vaxwatch')}{contact}",
            "accept-encoding": ACCEPTED,
        },
        timeout=fetch_policy.timeout,
        follow_redirects=True,
        max_redirects=REDIRECTS_AT_MOST,
        transport=PoliteTransport(rules, fetch_policy.hosts),
    ) as client:
        yield Session(client=client, rules=rules, fetch_policy=fetch_policy)


def request(
    session: Session, address: str, *, options: RequestOptions = GET, until: float = float("inf")
) -> Download:
    """Send a request, with retries where they may help, and return the response.

    The response to a conditional request may be 304 with an empty body. `until`: an instant of
    `fetch_policy.clock` that ends everything earlier than `fetch_policy.deadline` would.

    Raises FetchFailed: no complete response in `attempts` tries, a later try may work;
    FetchRefused: a response that will not change (404, 403, redirect loop, unknown scheme);
    BadBody: more than `fetch_policy.largest` bytes.
    """
    fetch_policy, began = session.fetch_policy, session.fetch_policy.clock()
    session.rules.until = min(began + fetch_policy.deadline, until)
    session.rules.requested = shown(address)
    try:
        for attempt in stamina.retry_context(
            lambda error: _should_retry(error, fetch_policy),
            attempts=fetch_policy.attempts,
            timeout=session.rules.until - began,
            wait_max=fetch_policy.patience,
        ):
            with attempt:
                return _fetched(session, address, options, tries=attempt.num)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        if is_invalid_redirect(error):  # its text has parts of the address, a password perhaps
            seen = "we were sent on to what is no valid address"
            raise FetchRefused(shown(address), seen) from None
        raise fetch_error(address, error, fetch_policy.attempts) from error
    raise AssertionError(address)


def _should_retry(error: Exception, fetch_policy: FetchPolicy) -> bool | float:
    """Return whether a retry may succeed, or after how many seconds."""
    if isinstance(error, httpx.HTTPStatusError):
        if not is_transient(error.response.status_code):
            return False
        wait = retry_after(error.response.headers)
        if wait is None:
            return True
        wait = min(wait, fetch_policy.patience)
        fetch_policy.hosts.rest(error.response.url.host, wait)
        return wait
    if is_permanent(error):
        return False
    return isinstance(error, httpx.TransportError | httpx.DecodingError)


def _fetched(session: Session, address: str, options: RequestOptions, *, tries: int) -> Download:
    """Send once. Raises HTTPStatusError for anything but a whole body or a 304 asked for."""
    spool, digest, size = io.BytesIO(), hashlib.sha256(), 0
    with session.client.stream(
        options.method, address, headers=options.headers, json=options.json
    ) as response:
        status = response.status_code
        is_conditional = any(name.lower().startswith("if-") for name in options.headers)
        if status not in COMPLETE and not (status == NOT_MODIFIED and is_conditional):
            seen = f"status {status}"
            raise httpx.HTTPStatusError(seen, request=response.request, response=response)
        for chunk in unpacked(address, response):
            size += len(chunk)
            if size > session.fetch_policy.largest:
                raise too_large(address, f"more than {session.fetch_policy.largest:,} bytes")
            if session.fetch_policy.clock() > session.rules.until:
                raise httpx.ReadTimeout(PATIENCE_ENDED)
            digest.update(chunk)
            spool.write(chunk)
    sha256 = digest.hexdigest()
    return Download(response=response, content=spool.getvalue(), sha256=sha256, tries=tries)
