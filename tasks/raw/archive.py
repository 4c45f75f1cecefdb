"""The raw archive of fetched bodies, written before they are parsed.

Promises: a body is stored once by the sha256 of its bytes and never changed or deleted, whole or as
a patch to a body that is there already and can be read; one that is damaged is replaced by the
whole body when the same bytes come again; it is there before the evidence that names it; archiving
the same snapshot again changes nothing.

    raw/bodies/<first two of sha256>/<sha256>.zst
    raw/<source>/fetches/<retrieved_at>-<first eight of the manifest's sha256>.json
    raw/<source>/failed/<time>-<first eight of its own sha256>.json

Objects under `failed` are the evidence of fetches that gave no snapshot, and name the bodies that
had come before the failure.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from schemas.errors import Damaged
from schemas.records import Body, Fetched, Missed, Snapshot, stamp
from tasks.raw.body_object import Base, is_patchable, opened, smallest, whole
from tasks.raw.body_reader import BodyReader, body_key
from tasks.vault.backends.store import Store
from tasks.vault.own_hash import indented, parsed


def archive_snapshot(
    store: Store, fetched: Fetched, bodies: BodyReader | None = None, *, newest: Sequence[str] = ()
) -> None:
    """Put a snapshot into the raw archive of the lake: its bodies first, then the evidence.

    `bodies`: the reader of a run that archives several snapshots. `newest`: the ids of the newest
    snapshots in the archive, sorted, where they are known; they save a listing.

    >>> from datetime import UTC
    >>> from tasks.vault.backends.memory_store import MemoryStore
    >>> body = Body(name="main", sha256=hashlib.sha256(b"iso3").hexdigest(), size=4)
    >>> seen = Snapshot(
    ...     source="a", retrieved_at=datetime(2022, 2, 10, tzinfo=UTC), bodies=(body,), url=""
    ... )
    >>> lake = MemoryStore()
    >>> archive_snapshot(lake, Fetched(snapshot=seen, contents={"main": b"iso3"}, evidence={}))
    >>> BodyReader(lake).read(body.sha256), archived_snapshots(lake, "a") == [seen]
    (b'iso3', True)
    """
    bodies = bodies or BodyReader(store)
    earlier = _earlier_bodies(store, fetched.snapshot, newest)
    for body in fetched.snapshot.bodies:
        content = fetched.contents[body.name]
        _archive_body(store, bodies, body.sha256, content, earlier(body))
    store.put_if_absent(evidence_key(fetched.snapshot), _evidence(fetched))


def archive_failed_fetch(store: Store, missed: Missed) -> None:
    """Put the bodies and then the evidence of a failed fetch into the raw archive."""
    bodies = BodyReader(store)
    for sha256, content in missed.contents.items():
        _archive_body(store, bodies, sha256, content, ())
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


def _archive_body(
    store: Store, bodies: BodyReader, sha256: str, content: bytes, earlier: Iterable[str]
) -> None:
    """Store a body, unless it is there; one that is there and damaged is replaced.

    `earlier`: the sha256 of bodies that it may be a patch to, the best one first.
    """
    is_there, base = _base(bodies, sha256, len(content), earlier)
    if not is_there:
        packed = smallest(sha256, content, base)
        if store.put_if_absent(body_key(sha256), packed):
            bodies.remember(opened(sha256, packed), content)
            return
    try:
        bodies.read(sha256)
    except Damaged:
        store.update(body_key(sha256), lambda _: whole(content))


def _base(
    bodies: BodyReader, sha256: str, size: int, earlier: Iterable[str]
) -> tuple[bool, Base | None]:
    """Return whether a body is among earlier ones; else what it may be a patch to."""
    for before in earlier:
        if before == sha256:
            return True, None
        try:
            return False, bodies.base_after(before, size)
        except Damaged:
            continue  # `vaxwatch verify` reports it
    return False, None


def _earlier_bodies(
    store: Store, snapshot: Snapshot, newest: Sequence[str]
) -> Callable[[Body], Iterator[str]]:
    """Return a function that yields the bodies to which one of this snapshot may be a patch.

    By sha256, the best one first. Evidence is read when it is needed, of three snapshots at most. A
    body of quite another size is no base: it may be a web page that came instead of the table.
    """
    near = cache(lambda: _near(store, snapshot, newest))
    read = cache(partial(archived_snapshot, store, snapshot.source))

    def earlier(new: Body) -> Iterator[str]:
        for one in filter(None, map(read, near())):
            for body in one.bodies:
                is_alike = body.name == new.name and new.size / 2 <= body.size <= new.size * 2
                if is_alike and is_patchable(body.size):
                    yield body.sha256

    return earlier


def _near(store: Store, snapshot: Snapshot, newest: Sequence[str]) -> list[str]:
    """Return the ids of two archived snapshots before this one, newest first, and one after it."""
    is_newer = bool(newest) and newest[0] < snapshot.id
    names = newest if is_newer else archived_ids(store, snapshot.source)
    place = bisect_left(names, snapshot.id)
    return [*reversed(names[max(place - 2, 0) : place]), *names[place : place + 1]]


def archived_ids(store: Store, source: str, *, since: datetime | None = None) -> list[str]:
    """Return the ids of a source's archived snapshots, sorted; from an instant on, or all."""
    folder = f"raw/{source}/fetches/"
    after = folder + stamp(since)[:-1] if since else ""
    return sorted(Path(key).stem for key in store.list(folder, after=after))


def archived_snapshots(store: Store, source: str) -> list[Snapshot]:
    """Return every snapshot of a source in the raw archive, oldest first. Raises Damaged."""
    found: list[Snapshot] = []
    for key in store.list(f"raw/{source}/fetches/"):
        blob = store.get(key)
        if blob is not None:
            found.append(_snapshot(f"{store.uri}/{key}", blob.body))
    return sorted(found, key=lambda snapshot: (snapshot.retrieved_at, snapshot.id))


def archived_snapshot(store: Store, source: str, name: str) -> Snapshot | None:
    """Return a snapshot by its id; None where there is no evidence of it that can be read."""
    key = f"raw/{source}/fetches/{name}.json"
    blob = store.get(key)
    try:
        return _snapshot(key, blob.body) if blob else None
    except Damaged:
        return None


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
