"""
The store protocol: the seven things the vault asks of object storage.

Promises: `put_if_absent` is atomic (of several writers exactly one gets True), a read after a write
sees it, an object is replaced whole. Keys are relative, with '/' between the parts. Every store
raises `StoreUnavailable` when it cannot do what was asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """An object's bytes and the tag that `put_if_match` compares."""

    body: bytes
    etag: str


class Store(Protocol):
    """A flat space of named objects."""

    @property
    def uri(self) -> str:
        """Where this store is, as a person would write it."""
        ...

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
        """Yield the keys that begin with `prefix`, sorted."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""
        ...

    def written_at(self, key: str) -> datetime | None:
        """Return the instant (UTC, the store's clock) of the last write; None without an object."""
        ...


@dataclass(frozen=True, slots=True)
class Below:
    """A store seen from one of its folders."""

    store: Store
    prefix: str

    @property
    def uri(self) -> str:
        """Where this folder is."""
        return f"{self.store.uri}/{self.prefix}"

    def get(self, key: str) -> Blob | None:
        """Return the object, or None when there is none."""
        return self.store.get(f"{self.prefix}/{key}")

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object; return False when it is there already."""
        return self.store.put_if_absent(f"{self.prefix}/{key}", body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object whose tag is `etag`; return False when it is not."""
        return self.store.put_if_match(f"{self.prefix}/{key}", body, etag)

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys below this folder that begin with `prefix`, sorted."""
        skip = len(self.prefix) + 1
        return (key[skip:] for key in self.store.list(f"{self.prefix}/{prefix}"))

    def delete(self, key: str) -> None:
        """Remove the object."""
        self.store.delete(f"{self.prefix}/{key}")

    def written_at(self, key: str) -> datetime | None:
        """Return the instant of the last write; None when there is no object."""
        return self.store.written_at(f"{self.prefix}/{key}")
