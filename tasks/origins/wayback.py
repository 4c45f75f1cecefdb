"""Captures of a page in a web archive, `wayback` or `wayback:URL`.

Promises: the bytes are the publisher's (`id_`: no banner, no rewritten link), with the SHA-1 that
the archive lists; the time is that of the capture in the response, even where another one was
requested. Each digest is downloaded once: a revisit takes its bytes from the lake.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from schemas.errors import WrongUse
from schemas.records import Body, Fetched, Snapshot
from schemas.source import Source
from tasks.origins.candidates import archived_under, from_lake, main_body, single
from tasks.origins.capture_index import FORM, Row, captures
from tasks.origins.playback import checked, played_at, sha1
from tasks.origins.web_archive import Archive, ask
from tasks.vault.backends.store import Store
from tasks.web.http_status import evidence_of, shown

AS_IT_IS = {"accept-encoding": "identity"}
"""Uncompressed bytes can be compared with the digest in the archive's list."""
EVIDENCE_HEADERS = (
    "content-type",
    "memento-datetime",
    "x-archive-orig-content-encoding",
    "x-archive-orig-date",
    "x-archive-orig-etag",
    "x-archive-orig-last-modified",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """One capture of a page.

    `twin`: the time of an earlier capture with the same bytes. `body`: their body in the lake.
    """

    archive: Archive
    row: Row
    twin: datetime | None = None
    body: Body | None = None

    @property
    def name(self) -> str:
        """Its address within the archive."""
        return self.row.name

    @property
    def retrieved_at(self) -> datetime:
        """When the archive captured it."""
        return self.row.at

    def snapshot(self, source: Source) -> Snapshot | None:
        """Return the snapshot, None where the lake has not seen these bytes."""
        return self._as(source, self.body, self.row.at) if self.body else None

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes.

        Raises BadBody: what came is no capture, or is not what the archive lists; ArchiveAway,
        FetchFailed, FetchRefused: it did not come.
        """
        body = self.body or self._archived(store, source.name)
        if body is not None:
            evidence = self._evidence(body, self.row.at, self.row.digest)
            return from_lake(store, self._as(source, body, self.row.at), evidence)
        original = self.row.original.replace("#", "%23")
        asked = f"{self.archive.host}/web/{self.row.timestamp}id_/{original}"
        answer = ask(self.archive, asked, headers=AS_IT_IS)
        at = played_at(self.archive, self.name, answer)
        digest = checked(self.row, answer, at=at)
        body = main_body(answer.content)
        how = evidence_of(asked, answer.response, answer.tries, headers=EVIDENCE_HEADERS)
        evidence = self._evidence(body, at, digest) | how
        evidence["digest_agrees"] = sha1(answer.content) == digest
        snapshot = self._as(source, body, at)
        return Fetched(snapshot=snapshot, contents={body.name: answer.content}, evidence=evidence)

    def _archived(self, store: Store, source: str) -> Body | None:
        if not self.row.digest:
            return None
        times = (self.row.at, *((self.twin,) if self.twin else ()))
        return archived_under(store, source, named(self.row.digest), times)

    def _as(self, source: Source, body: Body, at: datetime) -> Snapshot:
        return single(source.name, body, retrieved_at=at, url=shown(self.row.original))

    def _evidence(self, body: Body, at: datetime, digest: str) -> dict[str, Any]:
        return {
            "kind": "wayback",
            "archive": self.archive.host,
            "asked_capture": self.row.timestamp,
            "capture": f"{at:{FORM}}",
            "digest": named(digest),
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
) -> list[Capture]:
    """Return the captures of a page, oldest first; `known`: what the lake has, by digest."""
    last: dict[str, datetime] = {}
    offered: list[Capture] = []
    for row in captures(archive, url, since=since, until=until):
        body, twin = known.get(named(row.digest)), last.get(row.digest)
        offered.append(Capture(archive=archive, row=row, twin=twin, body=body))
        last[row.digest] = row.at
    return offered


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
    parsed = httpx.URL(url) if url.isprintable() else None
    if parsed is None or parsed.scheme not in {"http", "https"} or not parsed.host:
        raise WrongUse(f"Origin 'wayback:{place}': expected a web address, https://… or http://….")
    return url


def named(digest: str) -> str:
    """Return an archive's digest as the evidence has it.

    >>> named("3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ")
    'sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ'
    """
    return f"sha1:{digest}"
