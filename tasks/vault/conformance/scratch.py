"""Scratch: a place in a store to try things in, which remembers what to remove.

Promises: every name that was ever written here is removed by `remove_all`, also one that the
store's own listing does not show.
"""

import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from tasks.vault.backends.store import Below, Blob, Store

THREADS = 16
PATIENCE = 60.0
"""Seconds that the writers of a race wait for each other."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Effort:
    """How much is tried: rounds of each race, keys of the long listing, bytes of the large body.

    `seconds`: no further round of a race is begun after so many.
    """

    rounds: int = 10
    seconds: float = 10.0
    keys: int = 1_050
    large: int = 8 * 1024 * 1024


class Broken(Exception):
    """A promise was seen broken; says how."""


class Scratch(Below):
    """One folder of a store for the duration of a conformance check."""

    def __init__(self, store: Store, folder: str) -> None:
        super().__init__(store, folder)
        self._written: set[str] = set()

    def read(self, key: str) -> Blob:
        """Return an object that must be there. Raises Broken."""
        blob = self.get(key)
        if blob is None:
            raise Broken(f"{key} was not found although it was there")
        return blob

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Create the object; return False when it is there already."""
        self._written.add(key)
        return super().put_if_absent(key, body)

    def put_if_match(self, key: str, body: bytes, etag: str | None) -> bool:
        """Replace the object whose tag is `etag`; return False when it is not."""
        self._written.add(key)
        return super().put_if_match(key, body, etag)

    def expect(self, is_so: bool, fault: str) -> None:  # noqa: FBT001 (as an assert reads)
        """Raise Broken with `fault` unless `is_so`."""
        if not is_so:
            raise Broken(fault)

    def expect_listed(self, prefix: str, keys: Sequence[str]) -> None:
        """Raise Broken unless exactly these keys are listed, in this order."""
        listed = list(self.list(prefix))
        missing = sorted(set(keys).difference(listed))
        gone = sorted(set(listed).difference(keys))
        self.expect(
            not missing, f"{len(missing)} of {len(keys)} keys are not listed: {missing[:3]}"
        )
        self.expect(not gone, f"{len(gone)} keys are listed that are not there: {gone[:3]}")
        self.expect(listed == list(keys), f"keys below {prefix} are listed twice or out of order")

    def race(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Make all calls at the same time, each in its own thread; return what each returned."""
        barrier = threading.Barrier(len(calls))

        def start(call: Callable[[], T]) -> T:
            barrier.wait(PATIENCE)
            return call()

        with ThreadPoolExecutor(len(calls)) as pool:
            return [future.result() for future in [pool.submit(start, call) for call in calls]]

    def each(self, call: Callable[[str], object], keys: Iterable[str]) -> None:
        """Make a call for every key, many at a time."""
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(call, keys):
                pass

    def remove_all(self) -> int:
        """Remove everything that was written here; return how many names that were."""
        names = sorted(self._written)
        self.each(self.delete, names)
        left = list(self.list(""))
        self.expect(not left, f"{len(left)} objects could not be removed: {left[:3]}")
        return len(names)


def unique(word: str) -> bytes:
    """Return bytes that nobody has written before."""
    return f"{word} {uuid.uuid4().hex}".encode()
