"""Requests to a web archive like the Internet Archive, and its list of captures.

One request at a time, within the limits per host; transient failures are retried a few times with
growing waits. A response that refuses service (too many requests, no connection, offline) stops the
run at once, because an archive blocks clients that go on: an hour, then two.

Form of the list: https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import stamina

from schemas.errors import ArchiveAway, BadBody, FetchFailed, NothingListed
from tasks.formats.json_records import parse_json
from tasks.formats.sniffing import kind_of
from tasks.web.download import Download, FetchPolicy, RequestOptions, open_session, request
from tasks.web.http_status import retry_after, shown

HOST = "https://web.archive.org"
FIRST_WAIT = 5.0  # seconds before a request is sent again that an archive could not answer
TOO_MANY = 429
FIELDS = ("timestamp", "original", "statuscode", "digest")
FORM = "%Y%m%d%H%M%S"
SHA1 = re.compile(r"[A-Z2-7]{32}")
PAGE, REVISIT = "200", "-"
GONE_DARK = (httpx.ConnectError, httpx.ConnectTimeout)  # what a firewall that blocks us looks like


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A web archive: its address without a path, and the rows of a listing in one response."""

    host: str = HOST
    fetch_policy: FetchPolicy = field(default_factory=FetchPolicy)
    page: int = 1_000


WAYBACK = Archive()


def ask(archive: Archive, address: str, *, headers: Mapping[str, str] | None = None) -> Download:
    """Return a response of the archive.

    Raises ArchiveAway where it refuses service, so that nothing more should be requested for now;
    else as `request`.
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
                    raise ArchiveAway(
                        shown(archive.host), "a page that says it is temporarily offline"
                    )
                return answer
    except FetchFailed as error:
        if _too_many(error) or isinstance(error.__cause__, GONE_DARK):
            raise ArchiveAway(shown(archive.host), _why(error)) from error
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One capture, made `at`.

    `original`: the address as it was captured, which may differ in scheme, `www.` and port.
    `digest`: SHA-1 of the body in base32; empty where the archive has none.
    """

    at: datetime
    original: str
    status: str
    digest: str

    @property
    def timestamp(self) -> str:
        """The capture's time as the archive's addresses have it."""
        return f"{self.at:{FORM}}"

    @property
    def name(self) -> str:
        """The capture's address within the archive, without secrets."""
        return f"{self.timestamp}/{shown(self.original)}"


def captures(
    archive: Archive, url: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[Row]:
    """Return the captures of a page, oldest first, each once.

    Captures of anything but the page itself (moved, not found) are left out; one that only says "as
    before" (a revisit: status `-`) is not.

    Raises NothingListed: the answer is empty, as that of overloaded archives, or has no such
    capture; FetchFailed: no whole answer, or something else than a list; else as `ask`.
    """
    rows = dict.fromkeys(_rows(archive, url, since, until))
    pages = {row.digest for row in rows if row.status == PAGE}
    other = {row.digest for row in rows if row.status not in {PAGE, REVISIT}} - pages
    found = [row for row in rows if row.status in {PAGE, REVISIT} and row.digest not in other]
    if not found:
        count = f"{len(rows):,} capture{'s' if len(rows) > 1 else ''}"
        seen = f"{count}, none of them of the page itself" if rows else "no capture"
        raise NothingListed(shown(url), shown(archive.host), seen)
    return sorted(found, key=lambda row: (row.at, row.original))


def _rows(
    archive: Archive, url: str, since: datetime | None, until: datetime | None
) -> Iterator[Row]:
    query = {"url": url, "output": "json", "fl": ",".join(FIELDS)}
    query |= {"limit": str(archive.page), "showResumeKey": "true"}
    query |= {"from": f"{since:{FORM}}"} if since else {}
    query |= {"to": f"{until:{FORM}}"} if until else {}
    keys: list[str] = []
    while True:
        address = str(httpx.URL(f"{archive.host}/cdx/search/cdx", params=query))
        body = ask(archive, address).content
        if not body.strip():
            raise NothingListed(shown(url), shown(archive.host), "an empty answer")
        lines, key = _page(address, body)
        yield from lines
        if key is None:
            return
        if key in keys:
            raise FetchFailed(shown(address), f"the same key '{key}' for the next page once more")
        keys.append(key)
        query["resumeKey"] = key


def _page(address: str, body: bytes) -> tuple[list[Row], str | None]:
    try:
        lines: list[list[str]] = parse_json(body, where=address)
        key = lines[-1][0] if len(lines) > 1 and lines[-2] == [] else None
        rows = lines[:-2] if key is not None else lines
        return [_row(rows[0], cells) for cells in rows[1:] if cells], key
    except (BadBody, ValueError, TypeError, KeyError, IndexError) as error:
        begins = " ".join(body[:80].decode(errors="replace").split())
        seen = f"no list of captures ({begins}; {type(error).__name__})"
        raise FetchFailed(shown(address), seen) from error


def _row(header: Sequence[str], cells: Sequence[str]) -> Row:
    fields: dict[str, Any] = dict(zip(header, cells, strict=True))
    digest = str(fields["digest"])
    return Row(
        at=datetime.strptime(fields["timestamp"], FORM).replace(tzinfo=UTC),
        original=fields["original"],
        status=fields["statuscode"],
        digest=digest if SHA1.fullmatch(digest) else "",
    )
