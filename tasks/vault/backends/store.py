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

    def forget(self, folder: str) -> None:
        """Read what is in a folder again from now on, as another run may have replaced it."""

    @contextmanager
    def together(self) -> Generator[Batch]:
        """Write what is written inside at its end; a store that remembers nothing writes it now."""
        yield Batch()
