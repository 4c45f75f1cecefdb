"""The store protocol: six operations of object storage, and the compare-and-swap built on them.

Promises: `put_if_absent` is atomic, a read after a write sees it, an object is replaced whole. Keys
are relative. Every store raises `StoreUnavailable` when an operation fails in a way
that may pass, and `StoreRefused` when it would fail again (`store_faults` has the lists).
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar

from schemas.errors import LostRace

TRIES: Final = 32
"""How often `update` reads and writes before it gives up."""


A = TypeVar("A")
R = TypeVar("R")


@dataclass(slots=True)
class Batch:
    """Writes that are made together; `is_lost`: whether another writer was faster with one."""

    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Blob:
    """An object's bytes and the tag that `put_if_match` compares."""

    body: bytes
    etag: str


NOT_READ: Final = Blob(b"", etag="")
"""Stands for an object that the caller has not read yet."""


class Store(Protocol):
    """A flat space of named objects. `uri`: its address, for messages.

    Implementations subclass it, for `update`. `at_once`: how many requests are made at one time,
    where that is faster than one after another.
    """

    uri: str
    at_once: int = 1

    def get(self, key: str) -> Blob | None:
        """Return the object, or None when there is none."""
        ...

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object; return False, and change nothing, when it is there already."""
        ...

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object whose tag is `etag` (None: create it); return False when it is not."""
        ...

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """Yield the keys that begin with `prefix` and come behind `after`, sorted.

        The order of the names within one folder is by bytes; some servers sort the whole listing
        folder by folder instead of by bytes.
        """
        ...

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the keys that begin with `prefix`, sorted as by `list`, each with its size [bytes].

        It costs as much as `list`: no object is read.
        """
        ...

    def put_derived(self, key: str, body: bytes) -> bool:
        """Put an object that can be made again, whatever is there; return whether it was written.

        False where it has these bytes already. It appears whole, and may take until `flush` to
        outlast a power cut.
        """
        return self.update(key, lambda _: body)

    def flush(self) -> None:
        """Make what `put_derived` wrote outlast a power cut; nothing where it does so anyway."""

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""
        ...

    def written_at(self, key: str) -> datetime | None:
        """Return the instant (UTC, the store's clock) of the last write; None without an object."""
        ...

    def unfinished(self) -> Iterator[str]:
        """Yield the keys of writes that have not ended, or never will: their writer was killed."""
        return iter(())

    def update(
        self,
        key: str,
        build: Callable[[bytes | None], bytes | None],
        *,
        seen: Blob | None = NOT_READ,
        tries: int = TRIES,
    ) -> bool:
        """Replace an object by what `build` makes of its bytes; return whether it was written.

        Args:
            key: The object.
            build: Gets the present bytes, None where there is no object; returns the new bytes, or
                None to leave the object as it is. Called again when another writer was faster.
            seen: The object as the caller just read it, None where there was none, which saves
                the first read.
            tries: How often to read and write.

        Returns:
            False where `build` returned None or the present bytes: nothing was written then.

        Raises:
            LostRace: Other writers were faster `tries` times.
        """
        for attempt in range(tries):
            there = self.get(key) if attempt or seen is NOT_READ else seen
            body = build(there.body if there else None)
            if body is None or (there and there.body == body):
                return False
            if self.put_if_match(key, body, there.etag if there else None):
                return True
        raise LostRace(f"{self.uri}/{key}", tries)

    def ask_all(self, ask: Callable[[A], R], about: Sequence[A]) -> tuple[R, ...]:
        """Return what a request answers about each of several things, made at one time."""
        if self.at_once == 1 or len(about) <= 1:
            return tuple(map(ask, about))
        with ThreadPoolExecutor(self.at_once) as pool:
            return tuple(pool.map(ask, about))

    def read_ahead(self, keys: Sequence[str]) -> None:
        """Fetch what is read soon; a store that remembers nothing does nothing."""

    @contextmanager
    def together(self) -> Generator[Batch]:
        """Write what is written inside at its end; a store that remembers nothing writes it now."""
        yield Batch()


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

    @contextmanager
    def together(self) -> Generator[Batch]:
        with self._store.together() as batch:
            yield batch
