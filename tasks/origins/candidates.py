"""
Candidates: what an origin offers, before anybody has taken its bytes.

Promises: a candidate says when its bytes were had and, as far as that is known without them, which
vintage it would become; bytes that cost something (a download, a large blob) are brought only when
they are asked for, and not at all where the lake has them already. An origin that names bytes by a
digest of its own (a git blob, the SHA-1 of an archive) leaves it in the evidence of the fetch; by
that the lake knows them again.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from schemas.records import Body, Fetched, Snapshot, stamp
from schemas.source import Source
from tasks.raw.archive import archived_body
from tasks.vault.backends.store import Store

MAIN = "main"


class Candidate(Protocol):
    """A snapshot that an origin offers."""

    @property
    def name(self) -> str:
        """What people call it: a file, a path at a commit, an address in the archive."""
        ...

    @property
    def retrieved_at(self) -> datetime:
        """When its bytes were had, as far as that is known before they are brought."""
        ...

    def snapshot(self, source: Source) -> Snapshot | None:
        """Return the snapshot that it is, None where only its bytes can tell."""
        ...

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes; those that `store` has are not brought again."""
        ...


def remembered(store: Store, source: str) -> dict[str, Body]:
    """Return every body in the raw archive that came with a digest of its origin, by that."""
    return dict(_digests(store, f"raw/{source}/fetches/"))


def recalled(store: Store, source: str, digest: str, times: Iterable[datetime]) -> Body | None:
    """Return the body with this digest that a fetch of one of these instants has left, if any."""
    for when in times:
        left = dict(_digests(store, f"raw/{source}/fetches/{stamp(when)}-"))
        if digest in left:
            return left[digest]
    return None


def main_body(content: bytes) -> Body:
    """
    Return the record of a snapshot's only body.

    >>> main_body(b"iso3").size
    4
    """
    return Body(name=MAIN, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def single(source: str, body: Body, *, retrieved_at: datetime, url: str) -> Snapshot:
    """Return a snapshot of one body that speaks for all countries."""
    return Snapshot(source=source, retrieved_at=retrieved_at, bodies=(body,), url=url)


def from_lake(store: Store, snapshot: Snapshot, evidence: Mapping[str, Any]) -> Fetched:
    """Return a snapshot with the bytes that the lake has of it. Raises Damaged."""
    contents = {body.name: archived_body(store, body.sha256) for body in snapshot.bodies}
    return Fetched(snapshot=snapshot, contents=contents, evidence=evidence)


def _digests(store: Store, prefix: str) -> Iterator[tuple[str, Body]]:
    for key in store.list(prefix):
        blob = store.get(key)
        try:
            document: dict[str, Any] = json.loads(blob.body) if blob else {}
            digest, said = document["fetch"]["digest"], document["bodies"][MAIN]
            yield digest, Body(name=MAIN, sha256=said["sha256"], size=said["size"])
        except (ValueError, KeyError, TypeError):
            continue  # a fetch of another kind; what is damaged is told by `vaxwatch verify`
