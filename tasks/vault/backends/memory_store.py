"""A store in memory, for tests and doctests. It keeps every promise of the protocol."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

from tasks.vault.backends.store import Blob, Store


class MemoryStore(Store):
    """A dictionary with a lock, and with a clock that stands still until `now` is set."""

    def __init__(self, name: str = "memory:") -> None:
        self.now = datetime(2000, 1, 1, tzinfo=UTC)
        self._objects: dict[str, bytes] = {}
        self._written: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self.uri = name

    def get(self, key: str) -> Blob | None:
        body = self._objects.get(key)
        return None if body is None else Blob(body, _etag(body))

    def put_if_absent(self, key: str, body: bytes) -> bool:
        with self._lock:
            if key in self._objects:
                return False
            self._objects[key], self._written[key] = body, self.now
            return True

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        with self._lock:
            here = self._objects.get(key)
            if (None if here is None else _etag(here)) != etag:
                return False
            self._objects[key], self._written[key] = body, self.now
            return True

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        with self._lock:
            keys = [key for key in self._objects if key.startswith(prefix) and key > after]
        return iter(sorted(keys))

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        return ((key, len(self._objects[key])) for key in self.list(prefix))

    def delete(self, key: str) -> None:
        with self._lock:
            self._objects.pop(key, None)
            self._written.pop(key, None)

    def written_at(self, key: str) -> datetime | None:
        return self._written.get(key)


def _etag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
