"""What a compaction leaves: few objects, nearer starts, and every vintage as it was."""

from collections.abc import Sequence

import pytest
from polars.testing import assert_frame_equal

from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.compact import compact_vault
from tasks.vault.derived_tables import publish_tables
from tasks.vault.garbage import collect_garbage
from tasks.vault.objects import TableArchive, load_archive
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW, draft
from tests.tasks.vault.proof.operations import LATER
from tests.thorough import one_in

DAYS = 28


def report(day: int) -> Draft:
    """Return the snapshot of a day: one row more than the day before, and one figure changed."""
    rows = [(f"A{chr(65 + row)}A", "x", row * 1_000 + day * (row == day % 5)) for row in range(day)]
    return draft(day, rows)


def entered(store: MemoryStore, days: Sequence[int], *, every: int) -> None:
    """Take days in, one by one, and compact after every so many."""
    for number, day in enumerate(days, start=1):
        vault = VaultReader(store, "s")
        commit_snapshots(vault, [report(day)], at=NOW)
        publish_tables(vault)
        if number % every == 0:
            compact_vault(VaultReader(store, "s"), at=NOW)


def archive(store: MemoryStore) -> TableArchive:
    """Return packs and bases of the newest commit."""
    vault = VaultReader(store, "s")
    assert vault.head is not None
    return load_archive(vault.store, vault.head.archive)["doses"]


def test_a_small_table_is_one_pack() -> None:
    """However often it was compacted; and its segments are garbage then."""
    store = MemoryStore()
    entered(store, range(1, DAYS + 1), every=3)
    compact_vault(VaultReader(store, "s"), at=NOW)
    assert len(archive(store).packs) == 1
    assert archive(store).bases == ()
    collect_garbage(VaultReader(store, "s"), at=LATER, dry_run=False)
    assert list(store.list("s/_vault/seg/")) == []
    assert_days(store)


def assert_days(store: MemoryStore) -> None:
    """Every day reads as it was published, and the deep check finds nothing."""
    vault = VaultReader(store, "s")
    for day, vintage in enumerate(vault.vintages(), start=1):
        expected = report(day).tables["doses"].frame
        assert_frame_equal(state_of(vault, "doses", vintage), expected)
    assert verify_vault(vault, deep=True) == []


@pytest.mark.parametrize("every", one_in(2, [1, 2, 5]))
def test_large_tables_have_few_packs_between_bases(
    every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is small, packs grow twofold at least, and bases shorten the way."""
    monkeypatch.setattr("tasks.vault.compact.SMALL", 0)
    store = MemoryStore()
    entered(store, range(1, DAYS + 1), every=every)
    compact_vault(VaultReader(store, "s"), at=NOW)
    found = archive(store)
    assert found.bases
    assert len(found.packs) <= DAYS.bit_length() * (len(found.bases) + 1)
    assert {name for pack in found.packs for name in pack.segments} == {
        vintage.tables["doses"].segment for vintage in VaultReader(store, "s").vintages()
    }
    assert_days(store)


@pytest.mark.parametrize("small", one_in(2, [0, 4_000, 2**20]))
def test_a_second_compaction_changes_nothing(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the commits nor an object."""
    monkeypatch.setattr("tasks.vault.compact.SMALL", small)
    store = MemoryStore()
    entered(store, range(1, DAYS + 1), every=4)
    compact_vault(VaultReader(store, "s"), at=NOW)
    before = sorted(store.list(""))
    assert not compact_vault(VaultReader(store, "s"), at=NOW)
    assert sorted(store.list("")) == before


def test_a_late_vintage_is_packed_with_its_neighbours() -> None:
    """Older days that come after a compaction end in the same pack as the others."""
    store = MemoryStore()
    entered(store, [*range(1, 10), *range(15, DAYS + 1)], every=10)
    entered(store, range(10, 15), every=2)
    compact_vault(VaultReader(store, "s"), at=NOW)
    assert len(archive(store).packs) == 1
    assert_days(store)
