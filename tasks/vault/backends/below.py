"""A store seen from one of its folders: each operation is passed on with the whole key."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from tasks.vault.backends.store import Batch, Blob, Store

A = TypeVar("A")
R = TypeVar("R")


class Below(Store):
    """A store seen from one of its folders; from its top where `folder` is empty."""

    def __init__(self, store: Store, folder: str = "") -> None:
        self._store, self._prefix = store, f"{folder}/" if folder else ""
        self.uri = f"{store.uri}/{folder}" if folder else store.uri
        self.at_once = store.at_once

    def get(self, key: str) -> Blob | None:
        return self._store.get(self._prefix + key)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        return self._store.put_if_absent(self._prefix + key, body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        return self._store.put_if_match(self._prefix + key, body, etag)

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        start = self._prefix + after if after else ""
        keys = self._store.list(self._prefix + prefix, after=start)
        return (key[len(self._prefix) :] for key in keys)

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        found = self._store.sizes(self._prefix + prefix)
        return ((key[len(self._prefix) :], size) for key, size in found)

    def put_derived(self, key: str, body: bytes) -> bool:
        return self._store.put_derived(self._prefix + key, body)

    def flush(self) -> None:
        self._store.flush()

    def delete(self, key: str) -> None:
        self._store.delete(self._prefix + key)

    def written_at(self, key: str) -> datetime | None:
        return self._store.written_at(self._prefix + key)

    def ask_all(self, ask: Callable[[A], R], about: Sequence[A]) -> tuple[R, ...]:
        return self._store.ask_all(ask, about)

    def read_ahead(self, keys: Sequence[str]) -> None:
        self._store.read_ahead([self._prefix + key for key in keys])

    def forget(self, folder: str) -> None:
        self._store.forget(self._prefix + folder)

    @contextmanager
    def together(self) -> Generator[Batch]:
        with self._store.together() as batch:
            yield batch
