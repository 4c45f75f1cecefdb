"""
Download: one GET with manners.

Promises: the body arrives whole or not at all, is hashed on the way, and is never longer than
`Manners.largest`; the same address is asked again only where that may help, and not before the
server's `Retry-After` (within `Manners.patience`).
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import IO

import httpx
import stamina

from schemas.errors import BadBody, FetchFailed, FetchRefused
from schemas.records import utc

LARGEST = 512 * 2**20
"""No publisher we know sends more bytes than this; more is a fault."""
REDIRECTS = 5
SERVER_FAULT = 500
TOO_EARLY = frozenset({408, 425, 429})
"""Statuses below 500 after which the same request may be answered later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manners:
    """
    How we ask.

    `contact`: an address at which a publisher can reach us, sent with each request. `timeout`: the
    longest silence, `patience`: the longest wait before we ask again, `deadline`: the longest time
    for everything [seconds]. `attempts`: how often one address is asked. `largest` [bytes].
    """

    contact: str = ""
    timeout: float = 30.0
    patience: float = 60.0
    deadline: float = 600.0
    attempts: int = 4
    largest: int = LARGEST


POLITE = Manners()


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The answer without its body, the body's sha256, and how often we had to ask."""

    response: httpx.Response
    sha256: str
    tries: int


def download(address: str, spool: IO[bytes], manners: Manners) -> Answer:
    """
    Fill the spool with the body at an address, asking again where that may help.

    Raises:
        FetchFailed: No whole answer although asked `attempts` times; a later try may work.
        FetchRefused: An answer that will not change: 404, 403, too many redirects, no such scheme.
        BadBody: More than `manners.largest` bytes.
    """

    def again(error: Exception) -> bool | float:
        return _worth_asking_again(error, manners.patience)

    until = time.monotonic() + manners.deadline
    try:
        with _client(manners) as client:
            for attempt in stamina.retry_context(
                again,
                attempts=manners.attempts,
                timeout=manners.deadline,
                wait_max=manners.patience,
            ):
                with attempt:
                    response, sha256 = _received(
                        client, address, spool, until=until, largest=manners.largest
                    )
                    return Answer(response=response, sha256=sha256, tries=attempt.num)
    except httpx.HTTPStatusError as error:
        raise _status_fault(address, error.response) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
        raise FetchRefused(shown(address), f"no answer ({error})") from error
    except httpx.HTTPError as error:
        seen = f"no whole answer in {manners.attempts} tries ({type(error).__name__}: {error})"
        raise FetchFailed(shown(address), seen) from error
    raise AssertionError(address)


def _client(manners: Manners) -> httpx.Client:
    contact = f" (+{manners.contact})" if manners.contact else ""
    return httpx.Client(
        headers={"user-agent": f"vaxwatch/{version('vaxwatch')}{contact}"},
        timeout=manners.timeout,
        follow_redirects=True,
        max_redirects=REDIRECTS,
    )


def _worth_asking_again(error: Exception, patience: float) -> bool | float:
    """Return whether the same request may work later, or after how many seconds."""
    if isinstance(error, httpx.HTTPStatusError):
        if not _may_pass(error.response.status_code):
            return False
        told = wait_told(error.response.headers)
        return True if told is None else min(told, patience)
    if isinstance(error, httpx.UnsupportedProtocol):
        return False
    return isinstance(error, httpx.TransportError | httpx.DecodingError)


def _may_pass(status: int) -> bool:
    return status >= SERVER_FAULT or status in TOO_EARLY


def _received(
    client: httpx.Client, address: str, spool: IO[bytes], *, until: float, largest: int
) -> tuple[httpx.Response, str]:
    """Ask once, write the body into the emptied spool, return the answer and the body's sha256."""
    spool.seek(0)
    spool.truncate()
    digest, size = hashlib.sha256(), 0
    with client.stream("GET", address) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > largest:
                raise _too_large(address, largest)
            if time.monotonic() > until:
                raise httpx.ReadTimeout("still sending when our patience ended")
            digest.update(chunk)
            spool.write(chunk)
    return response, digest.hexdigest()


def _too_large(address: str, largest: int) -> BadBody:
    return BadBody(
        shown(address),
        f"more than {largest:,} bytes",
        "one table of a dashboard",
        "Nothing of it was kept. Look whether the address still serves this table.",
    )


def _status_fault(address: str, response: httpx.Response) -> FetchFailed | FetchRefused:
    seen = f"status {response.status_code} {response.reason_phrase}".strip()
    fault = FetchFailed if _may_pass(response.status_code) else FetchRefused
    return fault(shown(address), seen)


def shown(url: str) -> str:
    """
    Return an address as it may be written down: without user and password.

    >>> shown("https://me:secret@example.org/a.csv?b=1")
    'https://example.org/a.csv?b=1'
    """
    try:
        parsed = httpx.URL(url)
        return str(parsed.copy_with(userinfo=b"") if parsed.userinfo else parsed)
    except httpx.InvalidURL:
        return url


def wait_told(headers: Mapping[str, str]) -> float | None:
    """
    Return the seconds for which a server asks us to wait, None when it does not say.

    A date counts from the server's own clock.

    >>> wait_told({"retry-after": "2"}), wait_told({})
    (2.0, None)
    >>> now, then = "Mon, 22 Nov 2027 10:00:00 GMT", "Mon, 22 Nov 2027 10:00:30 GMT"
    >>> wait_told({"date": now, "retry-after": then})
    30.0
    """
    told = headers.get("retry-after", "")
    if told.isdecimal():
        return float(told)
    try:
        until, now = parsedate_to_datetime(told), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (utc(until) - utc(now)).total_seconds())
    except ValueError:
        return None
