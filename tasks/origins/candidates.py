"""Candidates: the snapshots that an origin offers, before their bytes are read.

Bytes are read on demand only, and not at all where the lake has them. The origin's own digest of
them (a git blob, an archive's SHA-1) stands in the evidence of the fetch, where the lake finds it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from schemas.records import Body, Fetched, Snapshot, stamp
from schemas.source import Source
from tasks.raw.archive import archived_snapshots
from tasks.raw.body_reader import BodyReader
from tasks.vault.backends.store import Store

MAIN = "main"


class Candidate(Protocol):
    """A snapshot that an origin offers."""

    @property
    def name(self) -> str:
        """A file, a path at a commit, an address in the archive."""
        ...

    @property
    def retrieved_at(self) -> datetime:
        """When its bytes were retrieved, as far as that is known before they are read."""
        ...

    def snapshot(self, source: Source) -> Snapshot | None:
        """Return the snapshot, None where its bytes must be read first."""
        ...

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes; those in `store` are not read from the origin."""
        ...


def bodies_by_digest(store: Store, source: str) -> dict[str, Body]:
    """Return the bodies in the raw archive by the digest of their origin."""
    return dict(_digests(store, f"raw/{source}/fetches/"))


def archived_under(store: Store, source: str, digest: str, *times: datetime | None) -> Body | None:
    """Return the body with this digest from a fetch at one of these instants, None if absent."""
    for when in filter(None, times):
        left = dict(_digests(store, f"raw/{source}/fetches/{stamp(when)}-"))
        if digest in left:
            return left[digest]
    return None


def from_lake(bodies: BodyReader, snapshot: Snapshot, evidence: Mapping[str, Any]) -> Fetched:
    """Return a snapshot with the bytes that the lake has of it. Raises Damaged."""
    contents = {body.name: bodies.read(body.sha256) for body in snapshot.bodies}
    return Fetched(snapshot=snapshot, contents=contents, evidence=evidence)


def _digests(store: Store, prefix: str) -> Iterator[tuple[str, Body]]:
    for key in store.list(prefix):
        blob = store.get(key)
        try:
            document: dict[str, Any] = json.loads(blob.body) if blob else {}
            digest, entry = document["fetch"]["digest"], document["bodies"][MAIN]
            yield digest, Body(name=MAIN, sha256=entry["sha256"], size=entry["size"])
        except (ValueError, KeyError, TypeError):
            continue  # a fetch of another kind; `vaxwatch verify` reports damaged ones


@dataclass(frozen=True, slots=True)
class FromLake:
    """A snapshot of the raw archive; `name` is its id. `bodies`: reads those of all snapshots."""

    name: str
    retrieved_at: datetime
    archived: Snapshot
    bodies: BodyReader

    def snapshot(self, source: Source) -> Snapshot:
        """Return the snapshot."""
        del source
        return self.archived

    def bring(self, source: Source, store: Store) -> Fetched:
        """Return the snapshot with its bytes. Raises Damaged when they are gone or changed."""
        del source, store
        return from_lake(self.bodies, self.archived, {"kind": "raw"})


def archived_candidates(store: Store, source: str) -> list[FromLake]:
    """Return every archived snapshot of a source, oldest first."""
    bodies = BodyReader(store)
    return [
        FromLake(one.id, one.retrieved_at, one, bodies) for one in archived_snapshots(store, source)
    ]
