from datetime import UTC, datetime, timedelta

import polars as pl

from tasks.catalog.system_tables import commit_system_table
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def commit(store: MemoryStore, *rows: tuple[str, int], at: datetime = NOW, part: str = "") -> bool:
    """Commit rows to a system table; `part`: the one source that they cover."""
    frame = pl.DataFrame(rows, schema={"source": pl.String, "found": pl.Int64}, orient="row")
    covers = {"source": [part]} if part else None
    return commit_system_table(
        store, "quality.results", frame, key=["source"], covers=covers, at=at, about="a test"
    )


def test_a_system_table_is_a_dataset_like_any_other() -> None:
    """It has vintages, an as-of, and files that people open."""
    store = MemoryStore()
    assert commit(store, ("a", 1), ("b", 1))
    assert commit(store, ("a", 2), ("b", 1), at=NOW + timedelta(days=1))
    vault = VaultReader(store, "quality")
    first, last = vault.vintages()
    assert state_of(vault, "results", first).rows() == [("a", 1), ("b", 1)]
    assert state_of(vault, "results", last).rows() == [("a", 2), ("b", 1)]
    assert last.url == "a test"
    assert store.get("quality/results/latest.parquet") is not None
    assert verify_vault(vault, deep=True) == []


def test_what_is_known_is_not_committed_again() -> None:
    """The same rows, or none before the first, are no news."""
    store = MemoryStore()
    assert not commit(store)
    assert not VaultReader(store, "quality").exists()
    assert commit(store, ("a", 1))
    assert not commit(store, ("a", 1), at=NOW + timedelta(days=1))
    assert len(VaultReader(store, "quality").vintages()) == 1


def test_a_part_leaves_the_others_alone() -> None:
    """Rows of one source do not change those of another."""
    store = MemoryStore()
    commit(store, ("a", 1), part="a")
    commit(store, ("b", 1), part="b")
    commit(store, part="a")
    vault = VaultReader(store, "quality")
    assert state_of(vault, "results", vault.find("latest")).rows() == [("b", 1)]


def test_two_vintages_of_one_instant_follow_each_other() -> None:
    """Whoever comes later in the same microsecond takes the next one."""
    store = MemoryStore()
    commit(store, ("a", 1), part="a")
    commit(store, ("b", 1), part="b")
    first, last = VaultReader(store, "quality").vintages()
    assert last.as_of - first.as_of == timedelta(microseconds=1)
