"""Marts that are gone or damaged: they are built whole again, and never read as empty."""

import io
from collections.abc import Callable

import polars as pl
import pytest

from tasks.marts.mart_file import read_mart
from tasks.marts.publish_marts import publish_marts
from tasks.marts.registry import MARTS
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.rebuilt_files import DamagedCopy
from tasks.vault.vault_reader import VaultReader
from tests.alert_entries import alert_event, append
from tests.published import publish
from tests.tasks.marts.frames import AT, allocated
from tests.tasks.vault.faults import copied

PRK = ("PRK", "Covovax")
[TOTALS] = (mart for mart in MARTS if mart.name == "country_totals")


@pytest.fixture(scope="module")
def made() -> MemoryStore:
    """Return the lake that each test gets a copy of."""
    store = MemoryStore()
    for source in ("unicef_market", "covax_allocations"):
        publish(store, source, "allocations", allocated({PRK: 10}), week=0)
    publish_marts(store, at=AT)
    return store


@pytest.fixture
def store(made: MemoryStore) -> Store:
    """Return a lake with a version of two sources, and its marts."""
    return copied(made)


def bytes_of(store: MemoryStore) -> bytes:
    """Return the file of the totals."""
    there = store.get(TOTALS.file)
    assert there is not None
    return there.body


def lose(store: MemoryStore, damage: Callable[[bytes], bytes | None]) -> None:
    """Damage the file of the totals, or remove it."""
    body = damage(bytes_of(store))
    store.delete(TOTALS.file)
    if body is not None:
        store.put_if_absent(TOTALS.file, body)


@pytest.mark.parametrize("damage", [lambda body: body[:100], lambda _: None])
def test_rows_of_other_sources_outlive_a_lost_mart(
    store: MemoryStore, damage: Callable[[bytes], bytes | None]
) -> None:
    """A run on one source builds a mart that was cut off or removed for all sources."""
    lose(store, damage)
    publish(store, "unicef_market", "allocations", allocated({PRK: 4}), week=1)
    publish_marts(store, [VaultReader(store, "unicef_market")], at=AT)
    found = bytes_of(store)
    assert pl.read_parquet(io.BytesIO(found))["source"].n_unique() == 2
    publish_marts(store, at=AT, from_scratch=True)
    assert bytes_of(store) == found


def test_a_lost_mart_is_built_again_and_never_read_as_empty(store: MemoryStore) -> None:
    """A page or another mart that needs it fails until then."""
    before = bytes_of(store)
    lose(store, lambda body: body[:100])
    with pytest.raises(DamagedCopy, match=r"country_totals.*vaxwatch repair"):
        read_mart(store, TOTALS)
    assert publish_marts(store, at=AT) == ["country_totals"]
    assert bytes_of(store) == before


def test_lost_alerts_are_not_taken_for_none(store: MemoryStore) -> None:
    """Where the log has alerts, the file of them must be there."""
    append(store, alert_event("cut"))
    with pytest.raises(DamagedCopy, match=r"alerts/alerts.parquet"):
        publish_marts(store, at=AT, from_scratch=True)
