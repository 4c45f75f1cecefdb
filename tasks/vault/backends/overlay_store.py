"""A lake as it would be without some of its objects."""

from collections.abc import Callable, Iterator
from heapq import merge

from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.store import Blob, Store


class OverlayStore(MemoryStore):
    """A store in which objects of another one are missing; what is written stays in memory.

    `hides`: whether an object of the other store is missing. Objects that are not hidden can be
    read, and not be replaced.
    """

    def __init__(self, below: Store, *, hides: Callable[[str], bool]) -> None:
        super().__init__(below.uri)
        self._below, self._hides = below, hides

    def get(self, key: str) -> Blob | None:
        return super().get(key) or (None if self._hides(key) else self._below.get(key))

    def list(self, prefix: str, *, after: str = "") -> Iterator[str]:
        below = self._below.list(prefix, after=after)
        return merge(super().list(prefix, after=after), (k for k in below if not self._hides(k)))

    def written(self) -> dict[str, bytes]:
        """Return the objects that were written, by key."""
        return dict(self._objects)
