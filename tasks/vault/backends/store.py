"""The store protocol: six operations of object storage, and the compare-and-swap built on them.

Promises: `put_if_absent` is atomic (of several writers exactly one gets True), a read after a write
sees it, an object is replaced whole. Keys are relative, with '/' between the parts. Every store
raises `StoreUnavailable` when an operation fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from schemas.errors import LostRace

TRIES: Final = 32
"""How often `update` reads and writes before it gives up."""


@dataclass(frozen=True, slots=True)
class Blob:
    """An object's bytes and the tag that `put_if_match` compares."""

    body: bytes
    etag: str


NOT_READ: Final = Blob(b"", etag="")
"""Stands for an object that the caller has not read yet."""


class Store(Protocol):
    """A flat space of named objects. `uri`: its address, for messages.

    Implementations subclass it, for `update`.
    """

    uri: str

    def get(self, key: str) -> Blob | None:
        """Return the object, or None when there is none."""
        ...

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object; return False, and change nothing, when it is there already."""
        ...

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object whose tag is `etag` (None: create it); return False when it is not."""
        ...

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with `prefix`, sorted.

        The order of the names within one folder is by bytes; some servers sort the whole listing
        folder by folder instead of by bytes.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""
        ...

    def written_at(self, key: str) -> datetime | None:
        """Return the instant (UTC, the store's clock) of the last write; None without an object."""
        ...

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


class Below(Store):
    """A store seen from one of its folders."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix
        self.uri = f"{store.uri}/{prefix}"

    def get(self, key: str) -> Blob | None:
        """Return the object, or None when there is none."""
        return self._store.get(f"{self._prefix}/{key}")

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object; return False when it is there already."""
        return self._store.put_if_absent(f"{self._prefix}/{key}", body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object whose tag is `etag`; return False when it is not."""
        return self._store.put_if_match(f"{self._prefix}/{key}", body, etag)

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys below this folder that begin with `prefix`, sorted."""
        skip = len(self._prefix) + 1
        return (key[skip:] for key in self._store.list(f"{self._prefix}/{prefix}"))

    def delete(self, key: str) -> None:
        """Remove the object."""
        self._store.delete(f"{self._prefix}/{key}")

    def written_at(self, key: str) -> datetime | None:
        """Return the instant of the last write; None when there is no object."""
        return self._store.written_at(f"{self._prefix}/{key}")
