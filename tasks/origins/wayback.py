"""Captures of a page in a web archive, `wayback` or `wayback:URL`.

The bytes are the publisher's (`id_`: no banner, no rewritten link), with the SHA-1 that the archive
lists; the time is that of the capture in the response, even where another one was requested. Each
digest is downloaded once: a revisit takes its bytes from the lake.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from schemas.errors import BadBody, FetchFailed, WrongUse
from schemas.records import Body, Fetched, Snapshot
from schemas.source import Source
from tasks.origins.candidates import archived_under, from_lake
from tasks.origins.web_archive import FORM, Archive, Row, ask, captures, is_own_page
from tasks.raw.body_reader import BodyReader
from tasks.vault.backends.store import Store
from tasks.web.download import Download
from tasks.web.fetch import body_of
from tasks.web.http_status import evidence_of, shown

AS_IT_IS = {"accept-encoding": "identity"}
"""Uncompressed bytes can be compared with the digest in the archive's list."""
EVIDENCE_HEADERS = (
    *("content-type", "memento-datetime", "x-archive-orig-content-encoding"),
    *("x-archive-orig-date", "x-archive-orig-etag", "x-archive-orig-last-modified"),
)
PLAYED = re.compile(r"/web/(\d{14})(?:id_)?/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """One capture of a page; `name` is its address within the archive.

    `twin`: the time of an earlier capture with the same bytes. `body`: their body in the lake.
    """

    name: str
    retrieved_at: datetime
    archive: Archive
    row: Row
    twin: datetime | None
    body: Body | None

    def snapshot(self, source: Source) -> Snapshot | None:
        """Return the snapshot, None where the lake has not seen these bytes."""
        return self._as(source, self.body, self.retrieved_at) if self.body else None

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes.

        Raises BadBody: what came is no capture, or is not what the archive lists; ArchiveAway,
        FetchFailed, FetchRefused: it did not come.
        """
        body = self.body
        if body is None and self.row.digest:
            times = (self.retrieved_at, self.twin)
            body = archived_under(store, source.name, _named(self.row.digest), *times)
        if body is not None:
            evidence = self._evidence(body, self.retrieved_at, self.row.digest)
            return from_lake(BodyReader(store), self._as(source, body, self.retrieved_at), evidence)
        original = self.row.original.replace("#", "%23")
        asked = f"{self.archive.host}/web/{self.row.timestamp}id_/{original}"
        answer = ask(self.archive, asked, headers=AS_IT_IS)
        at = _played_at(self.archive, self.name, answer)
        digest = _checked(self.row, answer, at=at)
        body = body_of(answer.content)
        how = evidence_of(asked, answer.response, answer.tries, headers=EVIDENCE_HEADERS)
        evidence = self._evidence(body, at, digest) | how
        evidence["digest_agrees"] = sha1(answer.content) == digest
        snapshot = self._as(source, body, at)
        return Fetched(snapshot=snapshot, contents={body.name: answer.content}, evidence=evidence)

    def _as(self, source: Source, body: Body, at: datetime) -> Snapshot:
        url = shown(self.row.original)
        return Snapshot(source=source.name, retrieved_at=at, bodies=(body,), url=url)

    def _evidence(self, body: Body, at: datetime, digest: str) -> dict[str, Any]:
        return {
            "kind": "wayback",
            "archive": shown(self.archive.host),
            "asked_capture": self.row.timestamp,
            "capture": f"{at:{FORM}}",
            "digest": _named(digest),
            "sha256": body.sha256,
            "bytes": body.size,
        }


def found(
    archive: Archive,
    url: str,
    known: Mapping[str, Body],
    *,
    since: datetime | None,
    until: datetime | None,
) -> Iterator[Capture]:
    """Yield the captures of a page, oldest first; `known`: what the lake has, by digest."""
    last: dict[str, datetime] = {}
    for row in captures(archive, url, since=since, until=until):
        yield Capture(
            name=row.name,
            retrieved_at=row.at,
            archive=archive,
            row=row,
            twin=last.get(row.digest),
            body=known.get(_named(row.digest)),
        )
        last[row.digest] = row.at


def captured_url(source: Source, place: str) -> str:
    """Return the address whose captures are meant: the one given, else the source's own.

    Raises WrongUse: it is no web address, or the source is no single file.
    """
    if not place and source.gather is not None:
        raise WrongUse(
            f"{source.name} is gathered from several answers, which archives do not keep together. "
            f"Give the address of one file that was captured: wayback:URL."
        )
    url = place or source.url
    try:
        parsed = httpx.URL(url)
        is_web_address = parsed.scheme in {"http", "https"} and bool(parsed.host)
    except (httpx.InvalidURL, UnicodeError):  # a host that is no Punycode
        is_web_address = False
    if not is_web_address:
        raise WrongUse(f"Origin 'wayback:{place}': expected a web address, https://… or http://….")
    return url


def _named(digest: str) -> str:
    """Return an archive's digest as the evidence has it."""
    return f"sha1:{digest}"


def sha1(content: bytes) -> str:
    """Return the digest of bytes in the form of an archive's list: SHA-1 in base32.

    >>> sha1(b"")
    '3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    return base64.b32encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def _played_at(archive: Archive, name: str, answer: Download) -> datetime:
    final = answer.response.url
    played = PLAYED.match(final.path)
    at = None
    if played is not None and final.host == httpx.URL(archive.host).host:
        with suppress(ValueError):  # digits that are no time
            at = datetime.strptime(played[1], FORM).replace(tzinfo=UTC)
    if at is None:
        seen = f"an answer from {shown(str(final))}"
        expected = f"a capture of {shown(archive.host)}"
        untimed = "Nothing of it was kept, as nobody says when those bytes were had."
        raise BadBody(name, seen, expected, untimed)
    return at


def _checked(row: Row, answer: Download, *, at: datetime) -> str:
    """Return the digest under which the bytes of the capture of `at` are recorded.

    A body that the publisher sent compressed was hashed in that form, and arrives decompressed: it
    cannot be compared. Nor can the body of another capture than the listed one.
    """
    digest = sha1(answer.content)
    if digest == row.digest:
        return digest
    if is_own_page(answer):
        raise FetchFailed(row.name, "a page of the archive itself instead of the capture")
    if not answer.content:
        raise FetchFailed(row.name, "an empty answer")
    if at != row.at or not row.digest:
        return digest
    if "x-archive-orig-content-encoding" in answer.response.headers:
        return row.digest
    expected = f"those that the archive lists, {row.digest}"
    by_hand = "Nothing of it was kept. Look at that capture by hand."
    raise BadBody(row.name, f"bytes with SHA-1 {digest}", expected, by_hand)
