"""The raw archive of fetched bodies, written before they are parsed.

Promises: a body is stored once by the sha256 of its bytes and never changed or deleted; one that is
damaged is replaced when the same bytes come again; it is there before the evidence that names it;
archiving the same snapshot again changes nothing.

    raw/bodies/<first two of sha256>/<sha256>.zst
    raw/<source>/fetches/<retrieved_at>-<first eight of the manifest's sha256>.json
    raw/<source>/failed/<time>-<first eight of its own sha256>.json

Objects under `failed` are the evidence of fetches that gave no snapshot, and name the bodies that
had come before the failure.
"""

import hashlib
from datetime import datetime

import zstandard

from schemas.errors import Damaged
from schemas.limits import BODY_AT_MOST
from schemas.records import Body, Fetched, Missed, Snapshot, stamp
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import indented, parsed

LEVEL = 10


def archive_snapshot(store: Store, fetched: Fetched) -> None:
    """Put a snapshot into the raw archive of the lake: its bodies first, then the evidence.

    >>> from datetime import UTC
    >>> from tasks.vault.backends.memory_store import MemoryStore
    >>> body = Body(name="main", sha256=hashlib.sha256(b"iso3").hexdigest(), size=4)
    >>> seen = Snapshot(
    ...     source="a", retrieved_at=datetime(2022, 2, 10, tzinfo=UTC), bodies=(body,), url=""
    ... )
    >>> lake = MemoryStore()
    >>> archive_snapshot(lake, Fetched(snapshot=seen, contents={"main": b"iso3"}, evidence={}))
    >>> archived_body(lake, body.sha256), archived_snapshots(lake, "a") == [seen]
    (b'iso3', True)
    """
    for body in fetched.snapshot.bodies:
        _archive_body(store, body.sha256, fetched.contents[body.name])
    store.put_if_absent(evidence_key(fetched.snapshot), _evidence(fetched))


def archive_failed_fetch(store: Store, missed: Missed) -> None:
    """Put the bodies and then the evidence of a failed fetch into the raw archive."""
    for sha256, content in missed.contents.items():
        _archive_body(store, sha256, content)
    document = {
        "source": missed.source,
        "at": missed.at.isoformat(),
        "url": missed.url,
        "fault": missed.fault,
        "bodies": sorted(missed.contents),
        "requests": [dict(request) for request in missed.requests],
    }
    body = indented(document)
    name = f"{stamp(missed.at)}-{hashlib.sha256(body).hexdigest()[:8]}"
    store.put_if_absent(f"raw/{missed.source}/failed/{name}.json", body)


def _archive_body(store: Store, sha256: str, content: bytes) -> None:
    """Store a body, unless it is there; one that is there and damaged is replaced."""
    if is_archived(store, sha256):
        try:
            archived_body(store, sha256)
        except Damaged:
            store.update(body_key(sha256), lambda _: _packed(content))
    else:
        store.put_if_absent(body_key(sha256), _packed(content))


def _packed(content: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=LEVEL).compress(content)


def is_archived(store: Store, sha256: str) -> bool:
    """Return whether the raw archive has an object for this body; its bytes are not read."""
    key = body_key(sha256)
    return key in store.list(key)


def archived_body(store: Store, sha256: str) -> bytes:
    """Return the bytes with this sha256. Raises Damaged when they are gone or are others."""
    key = body_key(sha256)
    where = f"{store.uri}/{key}"
    blob = store.get(key)
    if blob is None:
        raise Damaged(where, "no object", "the body that a fetch left")
    try:
        size = zstandard.frame_content_size(blob.body)
        if not 0 <= size <= BODY_AT_MOST:
            raise Damaged(where, f"a frame of {size:,} bytes", f"at most {BODY_AT_MOST:,}")
        content = zstandard.ZstdDecompressor().decompress(blob.body)
    except zstandard.ZstdError as error:
        raise Damaged(where, f"no readable zstd frame ({error})", f"bytes of {sha256}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise Damaged(where, f"bytes of {found}", f"bytes of {sha256}")
    return content


def archived_snapshots(store: Store, source: str) -> list[Snapshot]:
    """Return every snapshot of a source in the raw archive, oldest first. Raises Damaged."""
    found: list[Snapshot] = []
    for key in store.list(f"raw/{source}/fetches/"):
        blob = store.get(key)
        if blob is not None:
            found.append(_snapshot(f"{store.uri}/{key}", blob.body))
    return sorted(found, key=lambda snapshot: (snapshot.retrieved_at, snapshot.id))


def archived_sizes(store: Store, source: str, name: str) -> dict[str, int]:
    """Return the sizes [bytes] of a snapshot's bodies; none where its evidence cannot be read."""
    snapshot = archived_snapshot(store, source, name)
    return {body.name: body.size for body in snapshot.bodies} if snapshot else {}


def archived_snapshot(store: Store, source: str, name: str) -> Snapshot | None:
    """Return a snapshot by its id; None where there is no evidence of it that can be read."""
    key = f"raw/{source}/fetches/{name}.json"
    blob = store.get(key)
    try:
        return _snapshot(key, blob.body) if blob else None
    except Damaged:
        return None


def body_key(sha256: str) -> str:
    """Return the object name of a body.

    >>> body_key("1a2b3c")
    'raw/bodies/1a/1a2b3c.zst'
    """
    return f"raw/bodies/{sha256[:2]}/{sha256}.zst"


def evidence_key(snapshot: Snapshot) -> str:
    """Return the object name of a fetch's evidence."""
    return f"raw/{snapshot.source}/fetches/{snapshot.id}.json"


def _evidence(fetched: Fetched) -> bytes:
    snapshot = fetched.snapshot
    document = {
        "source": snapshot.source,
        "retrieved_at": snapshot.retrieved_at.isoformat(),
        "manifest_sha256": snapshot.manifest_sha256,
        "bodies": {b.name: {"sha256": b.sha256, "size": b.size} for b in snapshot.bodies},
        "url": snapshot.url,
        "scope": list(snapshot.scope),
        "fetch": dict(fetched.evidence),
    }
    return indented(document)


def _snapshot(where: str, body: bytes) -> Snapshot:
    try:
        document = parsed(where, body)
        return Snapshot(
            source=document["source"],
            retrieved_at=datetime.fromisoformat(document["retrieved_at"]),
            bodies=tuple(
                Body(name=name, sha256=entry["sha256"], size=entry["size"])
                for name, entry in document["bodies"].items()
            ),
            url=document["url"],
            scope=tuple(document["scope"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(where, f"{type(error).__name__}: {error}", "evidence of a fetch") from error
