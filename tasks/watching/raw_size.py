"""The size of the raw archive, in all and by source, without reading a body.

Promises: what it costs does not grow with the archive beyond names: at most ten pages of a listing
of bodies, a page of names per 1,000 snapshots of a source, and eight small records per source.

Bodies are listed in the order of their hashes, which are as good as random: where the listing stops
early, the part of all hashes that it covers gives the size of the whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from tasks.raw.archive import archived_ids, archived_snapshot
from tasks.vault.backends.store import Store
from tasks.vault.times import parse_time

LISTED: Final = 10_000
"""Bodies that are listed at most."""
SAMPLED: Final = 8
"""Records of different snapshots that are read at most, of each source."""
MONTH: Final = timedelta(days=30)
HASHES: Final = 16**8
"""Values of the first eight hex digits of a sha256."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawSize:
    """What one source has in the raw archive.

    `snapshots`: records of fetches. `contents`: different contents among them; one that comes again
    takes no space. `size`: bytes as stored, estimated from the sizes of a few contents, so that all
    sources together are what is stored. `growth`: of that, what is of the last 30 days.
    """

    source: str
    snapshots: int
    contents: int
    size: int
    growth: int


def raw_sizes(
    store: Store, sources: Sequence[str], *, at: datetime, listed: int = LISTED
) -> list[RawSize]:
    """Return the size of each source that has a snapshot in the raw archive, as of a time (UTC).

    `listed`: bodies that are listed at most. Raises StoreError.
    """
    stored, share = _listed_bodies(store, listed)
    found = store.ask_all(lambda source: _measured(store, source, stored, at), sources)
    weights = sum(one.weight for one in found)
    scale = sum(stored.values()) / share / weights if weights else 0.0
    return [
        RawSize(
            source=one.source,
            snapshots=one.snapshots,
            contents=one.contents,
            size=round(one.weight * scale),
            growth=round(one.weight * scale * one.recent / one.contents),
        )
        for one in found
        if one.contents
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Measured:
    """`weight`: bytes of all contents, by their sample. `recent`: contents of the last 30 days."""

    source: str
    snapshots: int
    contents: int
    recent: int
    weight: float


def _listed_bodies(store: Store, most: int) -> tuple[Mapping[str, int], float]:
    """Return stored bytes by sha256, of the first bodies, and the share of hashes covered."""
    named = store.sizes("raw/bodies/")
    stored = {PurePosixPath(key).stem: size for key, size in islice(named, most)}
    if next(iter(named), None) is None or not stored:
        return stored, 1.0
    return stored, (int(max(stored)[:8], 16) + 1) / HASHES


def _measured(store: Store, source: str, stored: Mapping[str, int], at: datetime) -> _Measured:
    ids = archived_ids(store, source)
    first = {name.rpartition("-")[2]: name for name in reversed(ids)}
    names = sorted(first.values())
    step = max(1, -(-len(names) // SAMPLED))
    sample = list(_body_sizes(store, source, names[::step]))
    mean = sum(stored.get(sha256, size) for sha256, size in sample) / max(1, len(names[::step]))
    return _Measured(
        source=source,
        snapshots=len(ids),
        contents=len(names),
        recent=sum(at - parse_time(name.partition("-")[0]) <= MONTH for name in names),
        weight=mean * len(names),
    )


def _body_sizes(store: Store, source: str, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield sha256 and size of the bodies of snapshots, each body once."""
    found = store.ask_all(lambda name: archived_snapshot(store, source, name), names)
    yield from {body.sha256: body.size for one in found if one for body in one.bodies}.items()
