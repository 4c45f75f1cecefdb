"""The size of the raw archive: exact where it is small, estimated where it is not."""

import hashlib
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from benchmarks.counting import CountingStore
from schemas.records import Body, Fetched, Snapshot
from tasks.raw.archive import archive_snapshot
from tasks.vault.backends.memory_store import MemoryStore
from tasks.watching.raw_size import raw_sizes

FIRST = datetime(2022, 1, 1, tzinfo=UTC)


def archived(store: MemoryStore, source: str, contents: list[bytes]) -> None:
    """Archive one snapshot a day, each with one body."""
    for day, content in enumerate(contents):
        body = Body(name="main", sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        at = FIRST + timedelta(days=day)
        seen = Snapshot(source=source, retrieved_at=at, bodies=(body,), url="")
        archive_snapshot(store, Fetched(snapshot=seen, contents={"main": content}, evidence={}))


def noise(seed: int, size: int) -> bytes:
    """Return bytes that no compression makes smaller."""
    return np.random.default_rng(seed).bytes(size)


def test_a_content_that_comes_again_takes_no_space() -> None:
    """Snapshots are counted, contents are weighed; the last month's are the growth."""
    store = MemoryStore()
    archived(store, "a", [noise(1, 3000), noise(1, 3000), noise(2, 3000)])
    archived(store, "b", [noise(3, 1000)])
    total = sum(size for _, size in store.sizes("raw/bodies/"))
    late = FIRST + timedelta(days=31, hours=12)
    one, other = raw_sizes(store, ["a", "b", "none"], at=late)
    assert (one.source, one.snapshots, one.contents) == ("a", 3, 2)
    assert one.size + other.size == pytest.approx(total, abs=2)
    assert one.size == pytest.approx(6000, rel=0.05)
    assert one.growth == pytest.approx(3000, rel=0.05)
    assert other.growth == 0


def test_a_large_archive_is_estimated_in_few_requests() -> None:
    """Of 400 bodies the first 120 give the size of all within a fifth."""
    store = MemoryStore()
    archived(store, "a", [noise(day, 900 + day % 7 * 100) for day in range(300)])
    archived(store, "b", [noise(1000 + day, 4000) for day in range(100)])
    total = sum(size for _, size in store.sizes("raw/bodies/"))
    counted = CountingStore(store)
    one, other = raw_sizes(counted, ["a", "b"], at=FIRST, listed=120)
    assert one.size + other.size == pytest.approx(total, rel=0.2)
    assert other.size / one.size == pytest.approx(400 / 360, rel=0.2)
    asked = counted.since()
    assert asked["list"] == 3
    assert asked["get"] <= 16


def test_an_archive_without_a_body_has_no_size() -> None:
    """Nothing is divided by nothing."""
    assert raw_sizes(MemoryStore(), ["a"], at=FIRST) == []
