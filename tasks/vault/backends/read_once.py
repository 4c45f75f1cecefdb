"""A store that one run reads through, so that it fetches a small unchanging object once.

Promises: only objects that are never replaced are remembered (commits, segments, entries of the
alert log), and the hint, from which a reader looks for newer commits in any case. That an object is
missing is never remembered. Whatever this store tries to write or remove, it forgets first.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tasks.vault.backends.store import Blob, Store

REMEMBERED: Final = ("/_vault/log/", "/_vault/seg/", "/_vault/hint.json", "alerts/log/")
"""Parts of the keys of objects that may be remembered."""
LARGEST: Final = 1 << 20
"""Bytes of an object that is remembered at most."""


class ReadOnce(Store):
    """Another store, read through a memory of its unchanging objects."""

    def __init__(self, store: Store) -> None:
        self._store, self.uri = store, store.uri
        self._known: dict[str, Blob] = {}

    def get(self, key: str) -> Blob | None:
        """Return the object, or None when there is none."""
        if (known := self._known.get(key)) is not None:
            return known
        blob = self._store.get(key)
        if blob and len(blob.body) <= LARGEST and any(part in key for part in REMEMBERED):
            self._known[key] = blob
        return blob

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object; return False, and change nothing, when it is there already."""
        self._known.pop(key, None)
        return self._store.put_if_absent(key, body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object whose tag is `etag` (None: create it); return False when it is not."""
        self._known.pop(key, None)
        return self._store.put_if_match(key, body, etag)

    def list(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with `prefix`, sorted."""
        return self._store.list(prefix)

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""
        self._known.pop(key, None)
        self._store.delete(key)

    def written_at(self, key: str) -> datetime | None:
        """Return the instant (UTC, the store's clock) of the last write; None without an object."""
        return self._store.written_at(key)
