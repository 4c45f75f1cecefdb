import hashlib
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.counting import CountingStore
from schemas.errors import Damaged
from schemas.records import Body, Fetched, Snapshot
from tasks.raw.archive import archive_snapshot
from tasks.raw.body_object import Base, BodyObject, opened, smallest
from tasks.raw.body_reader import BodyReader, archived_body, body_key
from tasks.steps.integrity import store_problems
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store

AT = datetime(2022, 2, 10, tzinfo=UTC)
LIMITED = """
import resource, sys
from pathlib import Path
from tasks.vault.backends.folder_store import FolderStore
from tests.tasks.raw.test_bodies import archive, digest, object_of
from tasks.raw.body_reader import archived_body

resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
lake, size = FolderStore(Path(sys.argv[1])), 64 << 20
first = b"".join(b"%d,%d\\n" % (n, n * n) for n in range(3_500_000))[:size]
second = b"iso3" + first[4:]
archive(lake, first, second)
assert object_of(lake, second).base == digest(first) and len(second) == size
assert archived_body(lake, digest(second)) == second
"""


def digest(content: bytes) -> str:
    """Return the sha256 of a body."""
    return hashlib.sha256(content).hexdigest()


def archive(
    lake: Store, *contents: bytes, days: Sequence[int] = (), reader: BodyReader | None = None
) -> None:
    """Archive bodies as snapshots of one source. `days`: of each; empty: one day after another."""
    for day, content in zip(days or range(len(contents)), contents, strict=True):
        body = Body(name="main", sha256=digest(content), size=len(content))
        at = AT + timedelta(days=day)
        snapshot = Snapshot(source="small", retrieved_at=at, bodies=(body,), url="")
        fetched = Fetched(snapshot=snapshot, contents={"main": content}, evidence={})
        archive_snapshot(lake, fetched, reader)


def table(version: int, *, rows: int = 40) -> bytes:
    """Return a version of a table: each changes one more row, beginning with the last."""
    lines = [f"C{row:03d},{row * row * 7919},{max(0, version - row)}" for row in range(rows)]
    return "\n".join(lines).encode()


def object_of(lake: Store, content: bytes) -> BodyObject:
    """Return the object of an archived body."""
    blob = lake.get(body_key(digest(content)))
    assert blob is not None
    return opened(digest(content), blob.body)


def bases(lake: Store, content: bytes) -> list[str]:
    """Return the bodies that one is restored from, by sha256."""
    reader = BodyReader(lake)
    return [one.sha256 for one in reader._objects(digest(content))][1:]


@settings(deadline=None)
@given(data=st.data())
def test_any_bodies_in_any_order_are_restored(data: st.DataObject) -> None:
    """Alike or not, twice or not, of any size and any time, with a reader that lives on or not."""
    alike = st.builds(
        lambda version, cut: table(version)[cut:], st.integers(0, 60), st.sampled_from([0, 1, 700])
    )
    contents = data.draw(st.lists(alike | st.binary(max_size=200), min_size=1, max_size=12))
    days = data.draw(st.permutations(range(len(contents))))
    lake = MemoryStore()
    reader = data.draw(st.sampled_from([None, BodyReader(lake)]))
    archive(lake, *contents, days=days, reader=reader)
    sequential = BodyReader(lake)
    for content in contents:
        assert archived_body(lake, digest(content)) == content
        assert sequential.read(digest(content)) == content
    assert list(store_problems(lake)) == []


@pytest.mark.parametrize("order", [1, -1])
def test_lines_of_patches_stay_short(order: int) -> None:
    """Of 25 bodies one is whole, no other needs more than two; so in a backfill backwards."""
    lake, contents = MemoryStore(), [table(version) for version in range(200)]
    archive(lake, *contents, days=[order * day for day in range(200)], reader=BodyReader(lake))
    lengths = [len(bases(lake, content)) for content in contents]
    assert lengths.count(0) == 200 / 25
    assert max(lengths) == 2


@pytest.mark.parametrize("count", [7, 40])
def test_lines_of_earlier_versions_are_continued(count: int) -> None:
    """Their bases were at the place without its lowest bit; a new body joins, or begins a group."""
    lake, contents = MemoryStore(), [table(version) for version in range(count + 1)]
    archive(lake, *contents[:-1])
    for place, content in enumerate(contents[:-1]):
        before = contents[place & (place - 1)] if place else b""
        base = Base(digest(before), before, place) if place else None
        lake._objects[body_key(digest(content))] = smallest(digest(content), content, base)
    old = [len(bases(lake, content)) for content in contents[:-1]]
    assert max(old) > 1
    archive(lake, contents[-1], days=[count])
    assert len(bases(lake, contents[-1])) == (2 if count < 25 else 0)
    assert [archived_body(lake, digest(one)) for one in contents] == contents


def test_patch_to_an_old_object() -> None:
    """Bodies that were stored before there were patches are read, and are bases."""
    lake, old, new = MemoryStore(), table(1), table(2)
    archive(lake, old)
    lake._objects[body_key(digest(old))] = zstandard.ZstdCompressor(level=10).compress(old)
    archive(lake, new, days=[1])
    assert object_of(lake, new).base == digest(old)
    assert [archived_body(lake, digest(one)) for one in (old, new)] == [old, new]


def sentence(lake: Store, content: bytes) -> str:
    """Return the error of reading a body, empty where it is read; it is never read wrong."""
    try:
        assert archived_body(lake, digest(content)) == content
    except Damaged as error:
        return str(error)
    return ""


@pytest.mark.parametrize("place", [0, 5, 6])
def test_damage_is_named_or_harmless(place: int) -> None:
    """No flipped bit and no cut of an object of a line gives other bytes; the error names it."""
    lake, contents = MemoryStore(), [table(version) for version in range(7)]
    archive(lake, *contents)
    newest = contents[6]
    assert bases(lake, newest) == [digest(contents[5]), digest(contents[0])]
    key = body_key(digest(contents[place]))
    sound, swapped = lake._objects[key], lake._objects[body_key(digest(contents[1]))]
    flipped = [
        sound[:at] + bytes([sound[at] ^ 1 << bit]) + sound[at + 1 :]
        for at in range(len(sound))
        for bit in (at % 8, (at + 3) % 8)
    ]
    for damaged in flipped:
        lake._objects[key] = damaged
        problem = sentence(lake, newest)
        assert key in problem or not problem
    for damaged in (swapped, *(sound[:length] for length in range(len(sound)))):
        lake._objects[key] = damaged
        assert key in sentence(lake, newest)
    del lake._objects[key]
    assert f"{key}: seen no object" in sentence(lake, newest)


def test_verify_names_a_damaged_base_once() -> None:
    """The bodies that need it are not listed, too: all of them are read again once it is back."""
    lake, contents = MemoryStore(), [table(version) for version in range(8)]
    archive(lake, *contents)
    key = body_key(digest(contents[0]))
    sound = lake._objects[key]
    lake._objects[key] = sound[:-1]
    [problem] = store_problems(lake)
    assert key in problem
    archive(lake, table(8), days=[8])
    assert object_of(lake, table(8)).base is None
    archive(lake, contents[0], days=[9])
    assert list(store_problems(lake)) == []


def test_body_behind_a_damaged_base_is_replaced_whole() -> None:
    """The same bytes come again: the lake needs the lost base no more for them."""
    lake, contents = MemoryStore(), [table(0), table(1)]
    archive(lake, *contents)
    lake.delete(body_key(digest(contents[0])))
    archive(lake, contents[1], days=[2])
    assert object_of(lake, contents[1]).base is None
    assert archived_body(lake, digest(contents[1])) == contents[1]


def test_patches_that_lead_back_to_themselves_are_named() -> None:
    """Objects copied from two lakes into one may need each other."""
    lake, one, two = MemoryStore(), table(1), table(2)
    for content, base in ((one, two), (two, one)):
        packed = smallest(digest(content), content, Base(digest(base), base, 1))
        lake.put_if_absent(body_key(digest(content)), packed)
    for content in (one, two):
        problem = sentence(lake, content)
        assert f"{body_key(digest(content))}: seen a patch to itself" in problem
    archive(lake, table(3), days=[1])
    assert archived_body(lake, digest(table(3))) == table(3)


def test_page_that_came_instead_is_no_base() -> None:
    """The table after it is a patch to the table before it."""
    lake, page = MemoryStore(), b"<html>" + b"Sorry. " * 20
    archive(lake, table(1), page, table(2))
    assert object_of(lake, page).base is None
    assert object_of(lake, table(2)).base == digest(table(1))


def test_requests_of_archiving_do_not_grow() -> None:
    """A listing, one record, the objects of one line: after 3 snapshots as after 200."""
    lake = CountingStore(MemoryStore())
    most: list[int] = []
    for start, end in ((0, 3), (3, 200)):
        archive(lake, *map(table, range(start, end)), days=range(start, end))
        lake.since()
        archive(lake, table(end), days=[end])
        most.append(lake.since()["all"])
    assert max(most) <= most[0] + 8


def test_patch_of_few_changes_is_small() -> None:
    """One row of 20,000 changed: less than a hundredth of the body; noise is stored whole."""
    lake, noise = MemoryStore(), b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(40))
    archive(lake, table(1, rows=20_000), table(2, rows=20_000), table(2), noise)
    patch = object_of(lake, table(2, rows=20_000))
    assert patch.base == digest(table(1, rows=20_000))
    assert len(patch.frame) < len(table(2, rows=20_000)) / 100
    assert object_of(lake, noise).base is None


def test_reader_of_little_memory_restores_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """It forgets all but the last body, and decodes lines from their beginning."""
    monkeypatch.setattr("tasks.raw.body_reader.REMEMBERED", 0)
    lake, contents = MemoryStore(), [table(version) for version in range(20)]
    reader = BodyReader(lake)
    archive(lake, *contents, reader=reader)
    assert [reader.read(digest(content)) for content in contents] == contents
    assert len(reader._known) == 1


def test_reading_in_order_gets_each_object_once() -> None:
    """A rebuild decodes no line from its beginning for every body."""
    lake, contents = CountingStore(MemoryStore()), [table(version) for version in range(64)]
    archive(lake, *contents)
    lake.since()
    reader = BodyReader(lake)
    assert [reader.read(digest(content)) for content in contents] == contents
    assert lake.since() == {"get": 64, "all": 64}


def test_writers_beside_each_other_leave_every_body(tmp_path: Path) -> None:
    """Whichever order and bases they find, all of it is restored."""
    lake, contents = FolderStore(tmp_path), [table(version) for version in range(24)]

    def write(first: int) -> None:
        archive(lake, *contents[first:], *contents[:first], days=range(first, first + 24))

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(write, (0, 0, 6, 12)))
    assert [archived_body(lake, digest(content)) for content in contents] == contents
    assert list(store_problems(lake)) == []


@pytest.mark.thorough
def test_largest_bodies_fit_into_a_gigabyte(tmp_path: Path) -> None:
    """Two bodies of 64 MB: archived, the second as a patch, and restored."""
    subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], check=True)
