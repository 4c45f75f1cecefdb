"""What a compaction leaves: few objects, nearer starts, and every vintage as it was."""

from collections.abc import Sequence

import pytest
from polars.testing import assert_frame_equal

from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.garbage import collect
from tasks.vault.packs import TableArchive, load_archive
from tasks.vault.vault import Draft, Vault
from tests.tasks.vault.conftest import NOW, draft
from tests.tasks.vault.proof.operations import LATER

DAYS = 28


def report(day: int) -> Draft:
    """Return the snapshot of a day: one row more than the day before, and one figure changed."""
    rows = [(f"A{chr(65 + row)}A", "x", row * 1_000 + day * (row == day % 5)) for row in range(day)]
    return draft(day, rows)


def entered(store: MemoryStore, days: Sequence[int], *, every: int) -> None:
    """Take days in, one by one, and compact after every so many."""
    for number, day in enumerate(days, start=1):
        vault = Vault(store, "s")
        vault.commit([report(day)], at=NOW)
        vault.publish()
        if number % every == 0:
            Vault(store, "s").compact(at=NOW)


def archive(store: MemoryStore) -> TableArchive:
    """Return packs and bases of the newest commit."""
    vault = Vault(store, "s")
    assert vault.head is not None
    return load_archive(vault.store, vault.head.archive)["doses"]


def test_a_small_table_is_one_pack() -> None:
    """However often it was compacted; and its segments are garbage then."""
    store = MemoryStore()
    entered(store, range(1, DAYS + 1), every=3)
    Vault(store, "s").compact(at=NOW)
    assert len(archive(store).packs) == 1
    assert archive(store).bases == ()
    collect(Vault(store, "s"), at=LATER, dry_run=False)
    assert list(store.list("s/_vault/seg/")) == []
    assert_days(store)


def assert_days(store: MemoryStore) -> None:
    """Every day reads as it was published, and the deep check finds nothing."""
    vault = Vault(store, "s")
    for day, vintage in enumerate(vault.vintages(), start=1):
        expected = report(day).tables["doses"].frame
        assert_frame_equal(vault.state("doses", vintage), expected)
    assert vault.verify(deep=True) == []


@pytest.mark.parametrize("every", [1, 2, 5])
def test_large_tables_have_few_packs_between_bases(
    every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is small, packs grow twofold at least, and bases shorten the way."""
    monkeypatch.setattr("tasks.vault.compact.SMALL", 0)
    store = MemoryStore()
    entered(store, range(1, DAYS + 1), every=every)
    Vault(store, "s").compact(at=NOW)
    found = archive(store)
    assert found.bases
    assert len(found.packs) <= DAYS.bit_length() * (len(found.bases) + 1)
    assert {name for pack in found.packs for name in pack.segments} == {
        vintage.tables["doses"].segment for vintage in Vault(store, "s").vintages()
    }
    assert_days(store)


@pytest.mark.parametrize("small", [0, 4_000, 2**20])
def test_a_second_compaction_changes_nothing(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the commits nor an object."""
    monkeypatch.setattr("tasks.vault.compact.SMALL", small)
    store = MemoryStore()
    entered(store, range(1, DAYS + 1), every=4)
    Vault(store, "s").compact(at=NOW)
    before = sorted(store.list(""))
    assert not Vault(store, "s").compact(at=NOW)
    assert sorted(store.list("")) == before


def test_a_late_vintage_is_packed_with_its_neighbours() -> None:
    """Older days that come after a compaction end in the same pack as the others."""
    store = MemoryStore()
    entered(store, [*range(1, 10), *range(15, DAYS + 1)], every=10)
    entered(store, range(10, 15), every=2)
    Vault(store, "s").compact(at=NOW)
    assert len(archive(store).packs) == 1
    assert_days(store)
