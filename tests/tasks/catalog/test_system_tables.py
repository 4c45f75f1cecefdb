from datetime import UTC, datetime, timedelta

import polars as pl

from tasks.catalog.system_tables import commit_system_table
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.vault import Vault

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def told(store: MemoryStore, *rows: tuple[str, int], at: datetime = NOW, part: str = "") -> bool:
    """Commit rows to a ledger, of one source only where one is named."""
    frame = pl.DataFrame(rows, schema={"source": pl.String, "found": pl.Int64}, orient="row")
    covers = {"source": [part]} if part else None
    return commit_system_table(
        store, "quality.results", frame, key=["source"], covers=covers, at=at, about="a test"
    )


def test_a_ledger_is_a_dataset_like_any_other() -> None:
    """It has vintages, an as-of, and files that people open."""
    store = MemoryStore()
    assert told(store, ("a", 1), ("b", 1))
    assert told(store, ("a", 2), ("b", 1), at=NOW + timedelta(days=1))
    vault = Vault(store, "quality")
    first, last = vault.vintages()
    assert vault.state("results", first).rows() == [("a", 1), ("b", 1)]
    assert vault.state("results", last).rows() == [("a", 2), ("b", 1)]
    assert last.url == "a test"
    assert store.get("quality/results/latest.parquet") is not None
    assert vault.verify(deep=True) == []


def test_what_is_known_is_not_committed_again() -> None:
    """The same rows, or none before the first, are no news."""
    store = MemoryStore()
    assert not told(store)
    assert not Vault(store, "quality").exists()
    assert told(store, ("a", 1))
    assert not told(store, ("a", 1), at=NOW + timedelta(days=1))
    assert len(Vault(store, "quality").vintages()) == 1


def test_a_part_leaves_the_others_alone() -> None:
    """What is said of one source is said of no other."""
    store = MemoryStore()
    told(store, ("a", 1), part="a")
    told(store, ("b", 1), part="b")
    told(store, part="a")
    vault = Vault(store, "quality")
    assert vault.state("results", vault.find("latest")).rows() == [("b", 1)]


def test_two_vintages_of_one_instant_follow_each_other() -> None:
    """Whoever comes later in the same microsecond takes the next one."""
    store = MemoryStore()
    told(store, ("a", 1), part="a")
    told(store, ("b", 1), part="b")
    first, last = Vault(store, "quality").vintages()
    assert last.as_of - first.as_of == timedelta(microseconds=1)
