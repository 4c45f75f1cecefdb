"""
Download: one request with manners.

Promises: the body arrives whole or not at all, is hashed on the way, and is never longer than
`FetchPolicy.largest`; the same address is asked again only where that may help, and not before the
server's `Retry-After` (within `FetchPolicy.patience`).
"""

import hashlib
import io
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

import httpx
import stamina

from schemas.errors import BadBody, FetchRefused
from schemas.limits import LIMITS, REDIRECTS_AT_MOST
from tasks.web.allowed_hosts import PATIENCE_ENDED, Terms, place_of
from tasks.web.fetch_policy import GET, FetchPolicy, RequestOptions
from tasks.web.http_status import (
    NOT_MODIFIED,
    WHOLE,
    fault_of,
    is_lasting,
    may_pass,
    shown,
    wait_told,
)
from tasks.web.transport import PoliteTransport


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The answer, its body with its sha256, and how often we had to ask."""

    response: httpx.Response
    content: bytes
    sha256: str
    tries: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A client whose connections stay open between several downloads."""

    client: httpx.Client
    terms: Terms
    fetch_policy: FetchPolicy


@contextmanager
def line(address: str, fetch_policy: FetchPolicy) -> Generator[Line]:
    """
    Open a line for several downloads that begin at an address, which may be anywhere.

    Raises FetchRefused when the address is none.
    """
    contact = f" (+{fetch_policy.contact})" if fetch_policy.contact else ""
    try:
        trusted = place_of(httpx.URL(address))
    except httpx.InvalidURL as error:
        raise FetchRefused(shown(address), f"no answer ({error})") from error
    terms = Terms(trusted=trusted, private=fetch_policy.private)
    with httpx.Client(
        headers={"user-agent": f"vaxwatch/{version('vaxwatch')}{contact}"},
        timeout=fetch_policy.timeout,
        follow_redirects=True,
        max_redirects=REDIRECTS_AT_MOST,
        transport=PoliteTransport(terms, fetch_policy.hosts),
    ) as client:
        yield Line(client=client, terms=terms, fetch_policy=fetch_policy)


def request(
    line: Line, address: str, *, wish: RequestOptions = GET, until: float = float("inf")
) -> Answer:
    """
    Return the answer to a wish, asking again where that may help.

    The answer to a conditional wish may be 304, with an empty body. `until`: an instant of
    `time.monotonic` after which nothing is waited for, however long `fetch_policy.deadline` is.

    Raises:
        FetchFailed: No whole answer although asked `attempts` times; a later try may work.
        FetchRefused: An answer that will not change: 404, 403, too many redirects, no such scheme.
        BadBody: More than `fetch_policy.largest` bytes.
    """
    fetch_policy, began = line.fetch_policy, time.monotonic()

    def again(error: Exception) -> bool | float:
        return _worth_asking_again(error, fetch_policy)

    line.terms.until, line.terms.asked = min(began + fetch_policy.deadline, until), shown(address)
    try:
        for attempt in stamina.retry_context(
            again,
            attempts=fetch_policy.attempts,
            timeout=line.terms.until - began,
            wait_max=fetch_policy.patience,
        ):
            with attempt:
                response, content, sha256 = _received(line, address, wish)
                return Answer(response=response, content=content, sha256=sha256, tries=attempt.num)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise fault_of(address, error, fetch_policy.attempts) from error
    raise AssertionError(address)


def _worth_asking_again(error: Exception, fetch_policy: FetchPolicy) -> bool | float:
    """Return whether the same request may work later, or after how many seconds."""
    if isinstance(error, httpx.HTTPStatusError):
        if not may_pass(error.response.status_code):
            return False
        told = wait_told(error.response.headers)
        if told is None:
            return True
        wait = min(told, fetch_policy.patience)
        fetch_policy.hosts.rest(error.response.url.host, wait)
        return wait
    if is_lasting(error):
        return False
    return isinstance(error, httpx.TransportError | httpx.DecodingError)


def _received(line: Line, address: str, wish: RequestOptions) -> tuple[httpx.Response, bytes, str]:
    """Ask once; return the answer, its body and the body's sha256."""
    spool, digest, size = io.BytesIO(), hashlib.sha256(), 0
    with line.client.stream(wish.method, address, headers=wish.headers, json=wish.json) as response:
        _require_whole(response, wish)
        packed = response.headers.get("content-encoding", "")
        if packed.count(","):
            raise _too_large(address, f"a body packed several times ({packed})")
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > line.fetch_policy.largest:
                raise _too_large(address, f"more than {line.fetch_policy.largest:,} bytes")
            if packed and size > _most_unpacked(response):
                raise _too_large(address, f"{size:,} bytes out of a packed answer and more to come")
            if time.monotonic() > line.terms.until:
                raise httpx.ReadTimeout(PATIENCE_ENDED)
            digest.update(chunk)
            spool.write(chunk)
    return response, spool.getvalue(), digest.hexdigest()


def _most_unpacked(response: httpx.Response) -> int:
    return max(LIMITS.harmless, LIMITS.ratio * response.num_bytes_downloaded)


def _require_whole(response: httpx.Response, wish: RequestOptions) -> None:
    """Raise HTTPStatusError unless this is the whole body, or an asked "nothing has changed"."""
    status = response.status_code
    if status in WHOLE or (status == NOT_MODIFIED and wish.is_conditional):
        return
    raise httpx.HTTPStatusError(f"status {status}", request=response.request, response=response)


def _too_large(address: str, seen: str) -> BadBody:
    return BadBody(
        shown(address),
        seen,
        "one table of a dashboard",
        "Nothing of it was kept. Look whether the address still serves this table.",
    )
