"""Listing: which captures an archive has of an address, by its CDX server.

Promises: every page of the list is read, with the key that the server hands out at the end of one
for the next; an answer without any capture is an error and never "there is none", as overloaded
archives give it too. Captures of anything but the page itself (moved, not found) are left out; one
that only says "as before" (a revisit: status `-`) is not.

Form: https://github.com/internetarchive/wayback/tree/master/wayback-cdx-server
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from schemas.errors import FetchFailed, NothingListed
from tasks.origins.web_archive import Archive, ask

FIELDS = ("timestamp", "original", "statuscode", "digest")
FORM = "%Y%m%d%H%M%S"
SHA1 = re.compile(r"[A-Z2-7]{32}")
PAGE, REVISIT = "200", "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One capture.

    `at`: when it was made. `original`: the address as it was captured, which may differ in scheme,
    `www.` and port. `digest`: SHA-1 of the body in base32; empty where the archive has none.
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
        """The capture's address within the archive."""
        return f"{self.timestamp}/{self.original}"


def captures(
    archive: Archive, url: str, *, since: datetime | None = None, until: datetime | None = None
) -> list[Row]:
    """Return the captures of a page, oldest first, each once.

    Raises:
        NothingListed: The answer is empty, or has no capture of the page itself.
        ArchiveAway: The archive sends us away.
        FetchFailed: No whole answer, or something else than a list.
    """
    rows = dict.fromkeys(_rows(archive, url, since, until))
    shown = {row.digest for row in rows if row.status == PAGE}
    other = {row.digest for row in rows if row.status not in {PAGE, REVISIT}} - shown
    found = [
        row
        for row in rows
        if row.status == PAGE or (row.status == REVISIT and row.digest not in other)
    ]
    if not found:
        count = f"{len(rows):,} capture{'s' if len(rows) > 1 else ''}"
        seen = f"{count}, none of them of the page itself" if rows else "no capture"
        raise NothingListed(url, archive.host, seen)
    return sorted(found, key=lambda row: (row.at, row.original))


def _rows(
    archive: Archive, url: str, since: datetime | None, until: datetime | None
) -> Iterator[Row]:
    query = {
        "url": url,
        "output": "json",
        "fl": ",".join(FIELDS),
        "limit": str(archive.page),
        "showResumeKey": "true",
    }
    query |= {"from": f"{since:{FORM}}"} if since else {}
    query |= {"to": f"{until:{FORM}}"} if until else {}
    keys: list[str] = []
    while True:
        address = str(httpx.URL(f"{archive.host}/cdx/search/cdx", params=query))
        body = ask(archive, address).content
        if not body.strip():
            raise NothingListed(url, archive.host, "an empty answer")
        lines, key = _page(address, body)
        yield from lines
        if key is None:
            return
        if key in keys:
            raise FetchFailed(address, f"the same key '{key}' for the next page once more")
        keys.append(key)
        query["resumeKey"] = key


def _page(address: str, body: bytes) -> tuple[list[Row], str | None]:
    """Return the captures of one answer, and the key for the next."""
    try:
        lines: list[list[str]] = json.loads(body)
        key = lines[-1][0] if len(lines) > 1 and lines[-2] == [] else None
        rows = lines[:-2] if key is not None else lines
        return [_row(rows[0], cells) for cells in rows[1:] if cells], key
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        seen = f"no list of captures ({_glimpse(body)}; {type(error).__name__})"
        raise FetchFailed(address, seen) from error


def _row(header: Sequence[str], cells: Sequence[str]) -> Row:
    fields: dict[str, Any] = dict(zip(header, cells, strict=True))
    digest = str(fields["digest"])
    return Row(
        at=datetime.strptime(fields["timestamp"], FORM).replace(tzinfo=UTC),
        original=fields["original"],
        status=fields["statuscode"],
        digest=digest if SHA1.fullmatch(digest) else "",
    )


def _glimpse(body: bytes) -> str:
    r"""Return the beginning of a body in one line.

    >>> _glimpse(b"<html>\n <title>Offline")
    '<html> <title>Offline'
    """
    return " ".join(body[:80].decode(errors="replace").split())
