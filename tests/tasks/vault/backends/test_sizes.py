"""The sizes of objects, as every store lists them."""

from tasks.vault.backends.below import Below
from tasks.vault.backends.store import Store


def test_sizes_are_listed_without_reading(store: Store) -> None:
    """In the order of the keys, in bytes; nothing where there is nothing."""
    for key, size in {"a/2": 5, "a/1": 0, "b": 3}.items():
        store.put_if_absent(key, b"x" * size)
    assert list(store.sizes("a/")) == [("a/1", 0), ("a/2", 5)]
    assert list(Below(store, "a").sizes("2")) == [("2", 5)]
    assert list(store.sizes("none/")) == []
