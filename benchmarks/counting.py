"""A store that counts what it is asked: one request each, as object storage would bill it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from tasks.vault.backends.store import Blob, Store


class CountingStore(Store):
    """A store around another; `asked` counts the requests by kind."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: Counter[str] = Counter()
        self.uri = store.uri

    def get(self, key: str) -> Blob | None:
        """Return the object, or None when there is none."""
        self.asked["get"] += 1
        return self._store.get(key)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object; return False when it is there already."""
        self.asked["put"] += 1
        return self._store.put_if_absent(key, body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object whose tag is `etag`; return False when it is not."""
        self.asked["put"] += 1
        return self._store.put_if_match(key, body, etag)

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """Yield the keys that begin with `prefix` and come behind `after`, sorted."""
        self.asked["list"] += 1
        return self._store.list(prefix, after=after)

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the keys that begin with `prefix`, sorted, each with its size."""
        self.asked["list"] += 1
        return self._store.sizes(prefix)

    def delete(self, key: str) -> None:
        """Remove the object."""
        self.asked["delete"] += 1
        self._store.delete(key)

    def written_at(self, key: str) -> datetime | None:
        """Return when the object was written, None when there is none."""
        self.asked["head"] += 1
        return self._store.written_at(key)

    def since(self) -> dict[str, int]:
        """Return what was asked since this was last asked, by kind and in all."""
        asked, self.asked = self.asked, Counter()
        return {**asked, "all": asked.total()}
