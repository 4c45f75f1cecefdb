import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import Damaged
from schemas.records import Body, Fetched, Missed, Snapshot
from tasks.raw.archive import (
    archive_failed_fetch,
    archive_snapshot,
    archived_snapshots,
    evidence_key,
)
from tasks.raw.body_reader import archived_body, body_key
from tasks.steps.integrity import raw_problems
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault_reader import VaultReader

AT = datetime(2022, 2, 10, tzinfo=UTC)


def snapshot_of(content: bytes, at: datetime = AT) -> Fetched:
    """Return a snapshot of one body."""
    sha256 = hashlib.sha256(content).hexdigest()
    snapshot = Snapshot(
        source="small",
        retrieved_at=at,
        bodies=(Body(name="main", sha256=sha256, size=len(content)),),
        url="https://example.org/a.csv",
        scope=("PRK",),
    )
    return Fetched(snapshot=snapshot, contents={"main": content}, evidence={"status": 200})


@given(content=st.binary(max_size=2000))
def test_kept_bytes_are_the_bytes_that_came(content: bytes) -> None:
    """Whatever a publisher sends comes back bit by bit."""
    lake, fetched = MemoryStore(), snapshot_of(content)
    archive_snapshot(lake, fetched)
    assert archived_body(lake, fetched.snapshot.bodies[0].sha256) == content
    assert archived_snapshots(lake, "small") == [fetched.snapshot]


def test_keeping_twice_changes_nothing() -> None:
    """Bodies and evidence are written once; same bytes at another time add evidence only."""
    lake = MemoryStore()
    archive_snapshot(lake, snapshot_of(b"a"))
    before = {key: lake.get(key) for key in lake.list("")}
    archive_snapshot(lake, snapshot_of(b"a"))
    assert {key: lake.get(key) for key in lake.list("")} == before
    archive_snapshot(lake, snapshot_of(b"a", AT + timedelta(days=1)))
    assert len(list(lake.list("raw/bodies/"))) == 1
    assert len(list(lake.list("raw/small/fetches/"))) == 2


def test_evidence_names_bodies_address_scope_and_fetch() -> None:
    """The evidence of a fetch can be read without this software."""
    lake, fetched = MemoryStore(), snapshot_of(b"iso3")
    archive_snapshot(lake, fetched)
    blob = lake.get(evidence_key(fetched.snapshot))
    assert blob is not None
    document = json.loads(blob.body)
    assert document["retrieved_at"] == "2022-02-10T00:00:00+00:00"
    assert document["bodies"] == {
        "main": {"sha256": hashlib.sha256(b"iso3").hexdigest(), "size": 4}
    }
    assert document["url"] == "https://example.org/a.csv"
    assert document["scope"] == ["PRK"]
    assert document["fetch"] == {"status": 200}


def test_snapshots_come_in_the_order_of_time() -> None:
    """Fractions of a second order as time does, not as text does."""
    lake = MemoryStore()
    later, middle = AT + timedelta(seconds=1), AT + timedelta(milliseconds=1)
    for at in (later, AT, middle):
        archive_snapshot(lake, snapshot_of(b"a", at))
    assert [one.retrieved_at for one in archived_snapshots(lake, "small")] == [AT, middle, later]


@pytest.mark.parametrize("damage", ["gone", "others", "noise"])
def test_damaged_body_is_never_returned(damage: str) -> None:
    """A body whose bytes are gone, swapped or broken is an error that names the object."""
    lake, good, other = MemoryStore(), snapshot_of(b"good"), snapshot_of(b"other")
    archive_snapshot(lake, good)
    archive_snapshot(lake, other)
    sha256 = good.snapshot.bodies[0].sha256
    swapped = lake.get(body_key(other.snapshot.bodies[0].sha256))
    assert swapped is not None
    lake.delete(body_key(sha256))
    if damage != "gone":
        lake.put_if_absent(body_key(sha256), swapped.body if damage == "others" else b"noise")
    with pytest.raises(Damaged, match=body_key(sha256)):
        archived_body(lake, sha256)


def test_a_frame_that_claims_a_tebibyte_makes_no_room_for_it() -> None:
    """Its header alone says so; bodies are smaller."""
    lake, sha256 = MemoryStore(), "ab" * 32
    header = b"\x28\xb5\x2f\xfd\xc0\x88" + (2**40).to_bytes(8, "little")
    lake.put_if_absent(body_key(sha256), header + b"\x01\0\0")
    with pytest.raises(Damaged, match="a frame of 1,099,511,627,776 bytes"):
        archived_body(lake, sha256)


def test_damaged_body_is_replaced_when_the_same_bytes_come_again() -> None:
    """The lake heals from what the publisher still shows; sound bodies are left as they are."""
    lake, fetched = MemoryStore(), snapshot_of(b"iso3,doses")
    archive_snapshot(lake, fetched)
    key = body_key(fetched.snapshot.bodies[0].sha256)
    sound = lake._objects[key]
    lake._objects[key] = sound[:-1]
    archive_snapshot(lake, snapshot_of(b"iso3,doses", AT + timedelta(days=1)))
    assert lake._objects[key] == sound


def test_damaged_evidence_is_named() -> None:
    """Evidence that is no JSON, or lacks its bodies, is an error that names the object."""
    lake = MemoryStore()
    lake.put_if_absent("raw/small/fetches/x.json", b"{}")
    with pytest.raises(Damaged, match=r"raw/small/fetches/x\.json"):
        archived_snapshots(lake, "small")


def test_what_a_failed_fetch_left_is_kept_and_is_no_snapshot() -> None:
    """Bodies once and the evidence of each failure; no vintage is made of it, nothing is wrong."""
    lake, sha256 = MemoryStore(), hashlib.sha256(b"page").hexdigest()
    fault = {"method": "GET", "requested_url": "https://example.org/b", "fault": "status 404"}
    missed = Missed(
        source="small",
        at=AT,
        url="https://example.org/a",
        fault="https://example.org/b: status 404",
        requests=[{"sha256": sha256}, fault],
        contents={sha256: b"page"},
    )
    for one in (missed, missed, replace(missed, fault="another")):
        archive_failed_fetch(lake, one)
    keys = list(lake.list("raw/small/"))
    assert len(keys) == 2
    assert all(key.startswith("raw/small/failed/20220210T000000Z-") for key in keys)
    assert archived_body(lake, sha256) == b"page"
    blobs = [lake.get(key) for key in keys]
    documents = [json.loads(blob.body) for blob in blobs if blob]
    assert {one["fault"] for one in documents} == {missed.fault, "another"}
    assert documents[0]["requests"][1] == fault
    assert documents[0]["bodies"] == [sha256]
    assert archived_snapshots(lake, "small") == []
    assert list(raw_problems(lake, VaultReader(lake, "small"), deep=True)) == []
