import random

import pytest

from tasks.quality.data_docs import INDEX, damaged_pages, page_name, put_assets, put_page
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Store

PAGE = b"<!doctype html>\n<html>\n<p>As expected</p>\n</html>"


@pytest.fixture
def store() -> Store:
    """Return a store with one page and the assets."""
    store = MemoryStore()
    put_assets(store)
    put_page(store, INDEX, PAGE)
    return store


def replaced(store: Store, body: bytes) -> list[str]:
    """Return the damaged pages where the page has other bytes."""
    store.update(INDEX, lambda _: body)
    return damaged_pages(store, [])


def test_a_page_that_is_cut_anywhere_is_damaged(store: Store) -> None:
    """All it may lose is its hash: a page of an earlier version has none."""
    assert damaged_pages(store, []) == []
    blob = store.get(INDEX)
    assert blob is not None
    whole = blob.body
    assert whole.startswith(PAGE)
    for size in range(len(whole)):
        assert replaced(store, whole[:size]) == ([] if size == len(PAGE) else [INDEX]), size
    assert replaced(store, PAGE + b"\n") == []


def test_other_bytes_are_damage_wherever_they_are(store: Store) -> None:
    """A page of random bytes, and one in which one byte is another."""
    blob = store.get(INDEX)
    assert blob is not None
    whole, chance = blob.body, random.Random(1)  # noqa: S311 (nothing is secret)
    assert replaced(store, chance.randbytes(len(whole))) == [INDEX]
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        assert replaced(store, bytes(changed)) == [INDEX], place


def test_what_was_written_and_is_gone_is_damage(store: Store) -> None:
    """The page of a dataset that was judged, the index and what all pages share."""
    dataset = "who_cases.cases"
    assert damaged_pages(store, [dataset]) == [page_name(dataset)]
    put_page(store, page_name(dataset), PAGE)
    assert damaged_pages(store, [dataset]) == []
    for name in list(store.list("data-docs/")):
        blob = store.get(name)
        assert blob is not None
        store.delete(name)
        assert damaged_pages(store, [dataset]) == [name]
        store.update(name, lambda _, body=blob.body: body)
    assert damaged_pages(MemoryStore(), []) == []
