"""
Answers: what an HTTP status or a broken connection means for the next try.

Promises: every fault becomes a `FetchFailed` (a later try may work) or a `FetchRefused` (it will
not); no address is shown with its password.
"""

import ssl
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from schemas.errors import FetchFailed, FetchRefused
from schemas.records import utc

WHOLE = frozenset({200, 203})
"""Statuses that come with the whole body; 203 is 200 through a proxy that changed something."""
NOT_MODIFIED = 304
SERVER_FAULT = 500
LASTING = frozenset({501, 505, 510, 511})
"""Statuses from 500 on that will not change by waiting."""
TOO_EARLY = frozenset({202, 304, 408, 421, 423, 425, 429})
"""Statuses below 500 after which the same request may be answered later (304: nobody asked)."""


def fault_of(
    address: str, error: httpx.HTTPError | httpx.InvalidURL, attempts: int
) -> FetchFailed | FetchRefused:
    """Return what became of a request in our own families."""
    if isinstance(error, httpx.HTTPStatusError):
        response = error.response
        seen = f"status {response.status_code} {response.reason_phrase}".strip()
        fault = FetchFailed if may_pass(response.status_code) else FetchRefused
        return fault(shown(address), seen)
    if is_lasting(error):
        return FetchRefused(shown(address), f"no answer ({error})")
    seen = f"no whole answer in {attempts} tries ({type(error).__name__}: {error})"
    return FetchFailed(shown(address), seen)


def is_lasting(error: Exception) -> bool:
    """Return whether asking again gives the same: no such scheme, a bad certificate, a circle."""
    lasting = (
        httpx.InvalidURL,
        httpx.UnsupportedProtocol,
        httpx.TooManyRedirects,
        httpx.LocalProtocolError,
    )
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None or isinstance(error, lasting)


def may_pass(status: int) -> bool:
    """Return whether the same request may be answered later, by its status."""
    return status in TOO_EARLY or (status >= SERVER_FAULT and status not in LASTING)


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


def evidence_of(
    asked: str, response: httpx.Response, tries: int, *, headers: Iterable[str]
) -> dict[str, Any]:
    """Return how an answer was had; `headers`: the names of those that are kept."""
    return {
        "requested_url": shown(asked),
        "final_url": shown(str(response.url)),
        "redirects": [shown(str(step.url)) for step in response.history],
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in headers if name in response.headers},
        "tries": tries,
    }


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
