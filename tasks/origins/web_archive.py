"""
Archive: how a web archive that speaks as the Internet Archive does is asked, and when to stop.

Promises: one request at a time, no oftener than `tasks.web.host_limits` allows; what may pass is
asked again a few times, with growing waits; an answer that sends us away (too many requests, no
connection, out of service) stops the run at once, as an archive blocks the address of those who go
on: for an hour, then for two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import httpx
import stamina

from schemas.errors import ArchiveAway, FetchFailed
from tasks.formats.sniffing import kind_of
from tasks.web.download import Answer, line, request
from tasks.web.fetch_policy import FetchPolicy, RequestOptions
from tasks.web.http_status import wait_told

HOST = "https://web.archive.org"
FIRST_WAIT = 5.0
"""Seconds before a request is sent again that an archive could not answer."""
TOO_MANY = 429
GONE_DARK = (httpx.ConnectError, httpx.ConnectTimeout)
"""What a firewall that blocks us looks like."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """
    A web archive.

    `host`: its address, without a path. `fetch_policy`: how it is asked; `attempts` and `patience`
    are for requests that it could not answer. `page`: rows of a listing in one answer.
    """

    host: str = HOST
    fetch_policy: FetchPolicy = field(default_factory=FetchPolicy)
    page: int = 1_000


WAYBACK = Archive()


def ask(archive: Archive, address: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    """
    Return an answer of the archive.

    Raises:
        ArchiveAway: It sends us away; nothing more should be asked for now.
        FetchFailed: No whole answer although asked `attempts` times.
        FetchRefused: An answer that will not change.
        BadBody: More bytes than we take.
    """
    fetch_policy, wish = archive.fetch_policy, RequestOptions(headers=headers or {})

    def again(error: Exception) -> bool | float:
        if not isinstance(error, FetchFailed) or isinstance(error.__cause__, GONE_DARK):
            return False
        told = _told_to_wait(error)
        if told is None:
            return not _too_many(error)
        return told if told <= fetch_policy.patience else False

    try:
        for attempt in stamina.retry_context(
            again,
            attempts=fetch_policy.attempts,
            timeout=fetch_policy.deadline,
            wait_initial=FIRST_WAIT,
            wait_max=fetch_policy.patience,
        ):
            with attempt:
                with line(address, replace(fetch_policy, attempts=1)) as opened:
                    answer = request(opened, address, wish=wish)
                if is_own_page(answer) and b"temporarily offline" in answer.content.lower():
                    raise ArchiveAway(archive.host, "a page that says it is temporarily offline")
                return answer
    except FetchFailed as error:
        if _too_many(error) or isinstance(error.__cause__, GONE_DARK):
            raise ArchiveAway(archive.host, _why(error)) from error
        raise
    raise AssertionError(address)


def is_own_page(answer: Answer) -> bool:
    """Return whether this is a web page of the archive itself and no capture of one."""
    is_page = kind_of(answer.content) == "html"
    return is_page and "memento-datetime" not in answer.response.headers


def _too_many(error: FetchFailed) -> bool:
    cause = error.__cause__
    return isinstance(cause, httpx.HTTPStatusError) and cause.response.status_code == TOO_MANY


def _told_to_wait(error: FetchFailed) -> float | None:
    cause = error.__cause__
    return wait_told(cause.response.headers) if isinstance(cause, httpx.HTTPStatusError) else None


def _why(error: FetchFailed) -> str:
    if isinstance(error.__cause__, GONE_DARK):
        return f"no connection ({error.__cause__})"
    told = _told_to_wait(error)
    return f"{error.seen}, and the word to wait {told:,.0f} seconds" if told else error.seen
