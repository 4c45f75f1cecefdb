"""What an HTTP status or a broken connection means for the next try, and its evidence.

Every failure becomes a `FetchFailed` (a later try may work) or a `FetchRefused` (it will not).
"""

import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from schemas.errors import FetchFailed, FetchRefused
from schemas.records import utc
from schemas.redaction import redacted

COMPLETE = frozenset({200, 203})
"""Statuses that come with the whole body; 203 is 200 through a proxy that changed something."""
NOT_MODIFIED = 304
SERVER_FAULT = 500
GONE = frozenset({404, 410})
"""Statuses of an address that is gone; others that are permanent (403) may mean us alone."""
PERMANENT = frozenset({501, 505, 510, 511})  # statuses from 500 on that will not change by waiting
TOO_EARLY = frozenset({202, 304, 408, 421, 423, 425, 429})
"""Statuses below 500 that may change (304: the request was not conditional)."""


def fetch_error(
    address: str, error: httpx.HTTPError | httpx.InvalidURL | UnicodeError, attempts: int
) -> FetchFailed | FetchRefused:
    """Return the error of our own for a request that failed."""
    if isinstance(error, httpx.HTTPStatusError):
        response = error.response
        seen = redacted(f"status {response.status_code} {response.reason_phrase}".strip())
        family = FetchFailed if is_transient(response.status_code) else FetchRefused
        return family(shown(address), seen)
    if is_permanent(error):
        return FetchRefused(shown(address), f"no answer ({redacted(str(error))})")
    what = f"{type(error).__name__}: {redacted(str(error))}"
    seen = f"no whole answer in {attempts} tries ({what})"
    return FetchFailed(shown(address), seen)


def is_permanent(error: Exception) -> bool:
    """Return whether a retry gives the same: unknown scheme, bad certificate, redirect loop."""
    permanent = (
        httpx.InvalidURL,
        httpx.UnsupportedProtocol,
        httpx.TooManyRedirects,
        httpx.LocalProtocolError,
        UnicodeError,  # a host whose labels are empty, too long or no Punycode
    )
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    return cause is not None or isinstance(error, permanent) or is_invalid_redirect(error)


def is_gone(error: BaseException) -> bool:
    """Return whether a request failed because its address is gone: 404, 410, an unknown host."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, httpx.HTTPStatusError):
            return cause.response.status_code in GONE
        if isinstance(cause, socket.gaierror):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def is_invalid_redirect(error: Exception) -> bool:
    """Return whether a `Location` is no address."""
    return isinstance(error, httpx.RemoteProtocolError) and isinstance(
        error.__context__, httpx.InvalidURL
    )


def is_transient(status: int) -> bool:
    """Return whether a retry may succeed after this status."""
    return status in TOO_EARLY or (status >= SERVER_FAULT and status not in PERMANENT)


def shown(url: str) -> str:
    """Return an address in its plain form, without its secrets (`redacted`).

    >>> shown("https://me:secret@example.org/a.csv?b=1")
    'https://example.org/a.csv?b=1'
    """
    try:
        return redacted(str(httpx.URL(url)))
    except httpx.InvalidURL:
        return redacted(re.sub("//.*@", "//", url))  # who knows where its password ends


def evidence_of(
    requested: str, response: httpx.Response, tries: int, *, headers: Iterable[str]
) -> dict[str, Any]:
    """Return the evidence of a response as JSON values; `headers`: the names to include."""
    return {
        "requested_url": shown(requested),
        "final_url": shown(str(response.url)),
        "redirects": [shown(str(step.url)) for step in response.history],
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in headers if name in response.headers},
        "tries": tries,
    }


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a `Retry-After` header, None without a valid one.

    A date is relative to the server's own `Date`.

    >>> now, then = "Mon, 22 Nov 2027 10:00:00 GMT", "Mon, 22 Nov 2027 10:00:30 GMT"
    >>> retry_after({"date": now, "retry-after": then})
    30.0
    """
    text = headers.get("retry-after", "")
    if text.isdecimal():
        return float(text)
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (utc(until) - utc(now)).total_seconds())
    except (ValueError, OverflowError):
        return None
