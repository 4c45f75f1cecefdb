"""Requests to a web archive with the interface of the Internet Archive.

One request at a time, within the limits per host; transient failures are retried a few times with
growing waits. A response that refuses service (too many requests, no connection,
offline) stops the run at once, because an archive blocks clients that go on: an hour, then two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx
import stamina

from schemas.errors import ArchiveAway, FetchFailed
from tasks.formats.sniffing import kind_of
from tasks.web.download import Download, open_session, request
from tasks.web.fetch_policy import FetchPolicy, RequestOptions
from tasks.web.http_status import retry_after

HOST = "https://web.archive.org"
FIRST_WAIT = 5.0
"""Seconds before a request is sent again that an archive could not answer."""
TOO_MANY = 429
GONE_DARK = (httpx.ConnectError, httpx.ConnectTimeout)
"""What a firewall that blocks us looks like."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A web archive.

    `host`: its address, without a path. `fetch_policy`: of its requests; `attempts` and `patience`
    are for transient failures. `page`: rows of a listing in one response.
    """

    host: str = HOST
    fetch_policy: FetchPolicy = field(default_factory=FetchPolicy)
    page: int = 1_000


WAYBACK = Archive()


def ask(archive: Archive, address: str, *, headers: Mapping[str, str] | None = None) -> Download:
    """Return a response of the archive.

    Raises:
        ArchiveAway: It refuses service; nothing more should be requested for now.
        FetchFailed: No complete response in `attempts` tries.
        FetchRefused: A response that will not change.
        BadBody: More bytes than the limit.
    """
    fetch_policy, options = archive.fetch_policy, RequestOptions(headers=headers or {})

    def is_retried(error: Exception) -> bool | float:
        if not isinstance(error, FetchFailed) or isinstance(error.__cause__, GONE_DARK):
            return False
        wait = _retry_after(error)
        if wait is None:
            return not _too_many(error)
        return wait if wait <= fetch_policy.patience else False

    try:
        for attempt in stamina.retry_context(
            is_retried,
            attempts=fetch_policy.attempts,
            timeout=fetch_policy.deadline,
            wait_initial=FIRST_WAIT,
            wait_max=fetch_policy.patience,
        ):
            with attempt:
                with open_session(address, replace(fetch_policy, attempts=1)) as session:
                    answer = request(session, address, options=options)
                if is_own_page(answer) and b"temporarily offline" in answer.content.lower():
                    raise ArchiveAway(archive.host, "a page that says it is temporarily offline")
                return answer
    except FetchFailed as error:
        if _too_many(error) or isinstance(error.__cause__, GONE_DARK):
            raise ArchiveAway(archive.host, _why(error)) from error
        raise
    raise AssertionError(address)


def is_own_page(answer: Download) -> bool:
    """Return whether this is a page of the archive itself, not a capture."""
    is_page = kind_of(answer.content) == "html"
    return is_page and "memento-datetime" not in answer.response.headers


def _too_many(error: FetchFailed) -> bool:
    cause = error.__cause__
    return isinstance(cause, httpx.HTTPStatusError) and cause.response.status_code == TOO_MANY


def _retry_after(error: FetchFailed) -> float | None:
    cause = error.__cause__
    return retry_after(cause.response.headers) if isinstance(cause, httpx.HTTPStatusError) else None


def _why(error: FetchFailed) -> str:
    if isinstance(error.__cause__, GONE_DARK):
        return f"no connection ({error.__cause__})"
    wait = _retry_after(error)
    return f"{error.seen}, and the word to wait {wait:,.0f} seconds" if wait else error.seen
