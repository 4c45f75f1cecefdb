"""Incremental building: what changed is built again, and gives what a build from scratch gives."""

import io
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pyarrow.parquet as pq
import pytest

from schemas.records import Snapshot
from tasks.marts.mart_integrity import mart_problems
from tasks.marts.publish_marts import INPUTS_FILE, publish_marts
from tasks.marts.registry import MARTS
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.manifest import Retraction
from tasks.vault.retraction import commit_retraction
from tasks.vault.vault_reader import VaultReader
from tests.published import WEEK, draft, publish
from tests.tasks.marts.frames import AT, allocated
from tests.tasks.vault.faults import Call, Disturbed, copied, left_alone
from tests.tasks.vault.proof.operations import slow

PRK, GHA = ("PRK", "Covovax"), ("GHA", "Covovax")
TOTALS = "marts/country_totals.parquet"


@pytest.fixture(scope="module")
def made() -> MemoryStore:
    """Return the lake that each test gets a copy of."""
    store = MemoryStore()
    for source in ("unicef_market", "covax_allocations"):
        publish(store, source, "allocations", allocated({PRK: 10}), week=0)
    assert set(publish_marts(store, at=AT)) == {mart.name for mart in MARTS}
    return store


@pytest.fixture
def store(made: MemoryStore) -> Store:
    """Return a lake with a version of two sources, and its marts."""
    return copied(made)


def rebuilt(store: Store) -> dict[str, bytes]:
    """Return the files of all marts, built from scratch."""
    publish_marts(store, at=AT, from_scratch=True)
    return files(store)


def files(store: Store) -> dict[str, bytes]:
    """Return the files of all marts."""
    blobs = {mart.file: store.get(mart.file) for mart in MARTS}
    return {name: blob.body for name, blob in blobs.items() if blob}


def rows(store: Store, name: str = TOTALS) -> pl.DataFrame:
    """Return the rows of a mart."""
    blob = store.get(name)
    assert blob is not None
    return pl.read_parquet(io.BytesIO(blob.body))


def test_an_unchanged_lake_is_left_alone(store: MemoryStore) -> None:
    """Two requests show that there is nothing to do, and nothing is written."""
    counting = Disturbed(store, left_alone)
    vault = VaultReader(store, "unicef_market")
    assert publish_marts(counting, [vault], at=AT) == []
    assert [call.method for call in counting.calls if call.is_done] == ["get", "get"]
    assert publish_marts(store, at=AT) == []


def test_only_the_rows_of_a_changed_source_are_built_again(store: MemoryStore) -> None:
    """The files are then what a build from scratch writes, byte for byte."""
    publish(store, "unicef_market", "allocations", allocated({PRK: 4, GHA: 1}), week=1)
    counting = Disturbed(store, left_alone)
    done = publish_marts(counting, [VaultReader(store, "unicef_market")], at=AT)
    assert {"country_totals", "promise_steps"} <= set(done)
    assert not [call.key for call in counting.calls if call.key.startswith("covax_allocations/")]
    assert rows(store)["source"].to_list().count("unicef_market") == 3
    assert files(store) == rebuilt(store)


def test_a_build_that_was_killed_is_finished_by_the_next(store: MemoryStore) -> None:
    """The marts are there, but the note on their inputs is not."""
    noted = store.get(INPUTS_FILE)
    assert noted is not None
    publish(store, "unicef_market", "allocations", allocated({PRK: 4}), week=1)
    vault = VaultReader(store, "unicef_market")
    publish_marts(store, [vault], at=AT)
    store.delete(INPUTS_FILE)
    store.put_if_absent(INPUTS_FILE, noted.body)
    assert "country_totals" in publish_marts(store, [vault], at=AT)
    assert files(store) == rebuilt(store)


@pytest.mark.parametrize("text", [b"", b"{", b'{"country_totals": {}}'])
def test_a_damaged_note_costs_a_build_and_nothing_else(store: MemoryStore, text: bytes) -> None:
    """Every mart is built again from all sources."""
    before = files(store)
    store.delete(INPUTS_FILE)
    store.put_if_absent(INPUTS_FILE, text)
    assert len(publish_marts(store, [VaultReader(store, "unicef_market")], at=AT)) == len(MARTS)
    assert files(store) == before


def test_a_damaged_mart_is_not_trusted(store: MemoryStore) -> None:
    """A flipped bit is found by the hash of the file; `--from-scratch` heals it."""
    before = files(store)
    body = bytearray(before[TOTALS])
    body[len(body) // 2] ^= 1
    store.delete(TOTALS)
    store.put_if_absent(TOTALS, bytes(body))
    assert rebuilt(store) == before


def test_older_inputs_never_replace_a_mart(store: MemoryStore) -> None:
    """A run that was overtaken leaves what the faster one wrote."""
    slow = VaultReader(store, "unicef_market")
    assert slow.head is not None
    publish(store, "unicef_market", "allocations", allocated({PRK: 4}), week=1)
    publish_marts(store, [VaultReader(store, "unicef_market")], at=AT)
    before = files(store)
    publish_marts(store, [slow], at=AT)
    assert files(store) == before


@pytest.mark.parametrize("step", [7, slow(1)])
def test_two_runs_at_once_leave_marts_as_if_one_had_come_first(
    store: MemoryStore, step: int
) -> None:
    """At any call of a build, another run commits, publishes and builds; or has yet to publish."""
    begin = copied(store)

    def build(lake: Store, intrude: Callable[[Call], None]) -> Disturbed:
        disturbed = Disturbed(lake, intrude)
        mine = ReadOnce(disturbed)
        publish(mine, "unicef_market", "allocations", allocated({PRK: 4}), week=1)
        vault = VaultReader(mine, "unicef_market")  # perhaps on the other run's commit
        publish_marts(mine, [vault], at=AT)
        return disturbed

    calls = build(copied(begin), left_alone).calls
    for number in range(1, len(calls) // 2 + 1, step):
        lake = copied(begin)

        def intrude(call: Call, number: int = number, lake: Store = lake) -> None:
            if (call.number, call.is_done) == (number, False):
                publish(lake, "unicef_market", "allocations", allocated({PRK: 2}), week=2)
                publish_marts(lake, [VaultReader(lake, "unicef_market")], at=AT)

        build(lake, intrude)
        assert list(mart_problems(lake, at=AT)) == [], calls[2 * number - 2]


def test_a_mart_built_before_the_files_of_a_commit_is_built_again(store: MemoryStore) -> None:
    """Another run has committed and has yet to write what the marts are made of."""
    vault = VaultReader(store, "unicef_market")
    news = draft("unicef_market", "allocations", allocated({PRK: 4}), week=1)
    commit_snapshots(vault, [news], at=AT)
    publish_marts(store, at=AT)
    publish_tables(vault)
    assert "country_totals" in publish_marts(store, [vault], at=AT)
    assert files(store) == rebuilt(store)
    commit_snapshots(vault, [replace(news, snapshot=retaken(news.snapshot))], at=AT)
    publish_marts(store, at=AT, from_scratch=True)
    publish_tables(vault)
    publish_marts(store, [vault], at=AT)
    assert files(store) == rebuilt(store)


def test_the_only_version_of_a_source_is_retracted(store: MemoryStore) -> None:
    """Its figures leave the marts; what `verify --deep` expects is what is there."""
    vault = VaultReader(store, "covax_allocations")
    [only] = vault.vintages()
    commit_retraction(vault, Retraction(id=only.id, at=AT, reason="a typo", by=None, vintage=None))
    publish_tables(vault)
    assert "country_totals" in publish_marts(store, [vault], at=AT)
    assert set(rows(store)["source"]) == {"unicef_market"}
    assert list(mart_problems(store, at=AT)) == []


def retaken(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot with the same bytes, a week later."""
    return replace(snapshot, retrieved_at=snapshot.retrieved_at + WEEK)


def test_columns_are_described_in_arrow_fields(store: MemoryStore) -> None:
    """pyarrow, pandas and Spark read the metadata of Arrow's fields."""
    for mart in MARTS:
        blob = store.get(mart.file)
        assert blob is not None
        read = pq.read_schema(io.BytesIO(blob.body))
        described = {field.name: field.metadata[b"description"].decode() for field in read}
        assert described == dict(mart.descriptions)


def test_every_mart_is_valid_by_its_schema(store: MemoryStore) -> None:
    """Types, nulls, and a key that is unique."""
    for mart in MARTS:
        mart.model.validate(rows(store, mart.file))
