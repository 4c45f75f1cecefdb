"""Sealed pages: few, however many vintages there are, also in a vault that has many small ones."""

import pytest

from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.manifest import Page, Vintage
from tasks.vault.objects import load_page
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault
from tests.tasks.vault.conftest import NOW, draft


def pages_of(store: MemoryStore) -> list[int]:
    """Return the numbers of vintages in the pages, oldest first."""
    head = VaultReader(store, "s").head
    assert head is not None
    return [page.count for page in head.pages]


def committed(store: MemoryStore, first: int, last: int) -> None:
    """Commit a vintage for each of some days."""
    for day in range(first, last + 1):
        commit_snapshots(VaultReader(store, "s"), [draft(day, [("AAA", "x", day)])], at=NOW)


def test_pages_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """With pages of three, and one written again with a fourth of its vintages: two at most."""
    monkeypatch.setattr("tasks.vault.pages.PAGE", 3)
    monkeypatch.setattr("tasks.vault.pages.GATHERED", 4)
    store = MemoryStore()
    for day in range(1, 29):
        committed(store, day, day)
        assert len(pages_of(store)) <= 2
    assert sum(pages_of(store)) == 27


def test_small_pages_of_earlier_versions_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the next seal; the vintages are the same, and backdated ones find their place."""
    monkeypatch.setattr("tasks.vault.pages.PAGE", 3)
    store = MemoryStore()
    with monkeypatch.context() as earlier:
        earlier.setattr("tasks.vault.pages.GATHERED", 0)
        committed(store, 2, 20)
    assert pages_of(store) == [3] * 6
    before = VaultReader(store, "s").vintages()
    committed(store, 21, 23)
    assert pages_of(store) == [21]
    committed(store, 1, 1)
    after = VaultReader(store, "s").vintages()
    assert len(after) == 23
    assert [one.id for one in after[1:20]] == [one.id for one in before]
    publish_tables(VaultReader(store, "s"))
    assert verify_vault(VaultReader(store, "s"), deep=True) == []


def test_a_reader_parses_a_page_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it commits, or moves on to a newer commit: a page never changes."""
    monkeypatch.setattr("tasks.vault.pages.PAGE", 3)
    store, parsed = MemoryStore(), list[Page]()
    committed(store, 1, 8)

    def counted(store: Store, page: Page) -> tuple[Vintage, ...]:
        parsed.append(page)
        return load_page(store, page)

    monkeypatch.setattr("tasks.vault.vault_reader.load_page", counted)
    reader = VaultReader(store, "s")
    assert len(reader.vintages()) == 8
    commit_snapshots(reader, [draft(9, [("AAA", "x", 9)])], at=NOW)
    assert len(reader.vintages()) == 9
    reader.refresh()
    assert len(reader.vintages()) == 9
    assert [page.count for page in parsed] == [6]
