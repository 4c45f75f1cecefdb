"""A place in a store to try things in, which remembers what to remove, and the races run there.

Promises: every name that was ever written here is removed by `remove_all`, also one that the
store's own listing does not show. A race returns what it saw in words.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tasks.vault.backends.below import Below
from tasks.vault.backends.store import Blob, Store

THREADS = 16
PATIENCE = 60.0
"""Seconds that the writers of a race wait for each other."""
WRITERS, READERS = 8, 4
SIZE = 256 * 1024
"""Bytes of an object that is read while it is replaced."""
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


def one_creator(scratch: Scratch, effort: Effort) -> str:
    """Of many creators of one object exactly one wins, and its bytes are there."""
    unreported: list[int] = []
    for number in _rounds(effort):
        key, bodies = f"create/{number}", [unique("creator") for _ in range(WRITERS)]
        won = scratch.race([partial(scratch.put_if_absent, key, body) for body in bodies])
        unreported.append(_one_winner(scratch, key, bodies=bodies, won=won))
    return _races(len(unreported), sum(unreported))


def one_replacer(scratch: Scratch, effort: Effort) -> str:
    """Of many who replace what they have read exactly one wins."""
    key, etag = "replace", None
    unreported: list[int] = []
    for _ in _rounds(effort):
        bodies = [unique("replacer") for _ in range(WRITERS)]
        won = scratch.race([partial(scratch.put_if_match, key, body, etag) for body in bodies])
        unreported.append(_one_winner(scratch, key, bodies=bodies, won=won))
        blob = scratch.get(key)
        etag = blob.etag if blob else None
    return _races(len(unreported), sum(unreported))


def whole_objects(scratch: Scratch, effort: Effort) -> str:
    """A reader gets one version whole, never an older one than was there when it asked."""
    key, stop, written = "whole", False, [0]
    scratch.put_if_absent(key, _version(0))

    def write() -> int:
        nonlocal stop
        try:
            for number in range(1, effort.rounds * 2):
                etag = scratch.read(key).etag
                scratch.expect(scratch.put_if_match(key, _version(number), etag), "a write is lost")
                written[0] = number
        finally:
            stop = True
        return 0

    def read() -> int:
        reads = 0
        while not stop or not reads:
            oldest, body = written[0], scratch.read(key).body
            number = body[0] if body else 0
            scratch.expect(body == _version(number), "a reader got a mix of two versions")
            scratch.expect(number >= oldest, f"version {number} was read after {oldest} was there")
            reads += 1
        return reads

    reads = sum(scratch.race([write, *[read] * READERS]))
    return f"{effort.rounds * 2:,} versions, {reads:,} reads by {READERS} readers meanwhile"


def _rounds(effort: Effort) -> Iterator[int]:
    """Yield 1, 2, … as long as there is time for another round."""
    began = time.monotonic()
    for number in range(1, effort.rounds + 1):
        yield number
        if time.monotonic() - began > effort.seconds:
            return


def _one_winner(scratch: Scratch, key: str, *, bodies: list[bytes], won: list[bool]) -> int:
    """Return 1 if no winner was reported, else 0; raise Broken for two, or for others' bytes."""
    winners = [body for body, is_mine in zip(bodies, won, strict=True) if is_mine]
    scratch.expect(len(winners) <= 1, f"{len(winners)} of {WRITERS} writers of {key} won")
    blob = scratch.get(key)
    known = winners or bodies
    scratch.expect(
        blob is not None and blob.body in known, f"{key} does not hold what its winner wrote"
    )
    return 0 if winners else 1


def _races(rounds: int, unreported: int) -> str:
    if unreported == rounds:
        raise Broken(f"in {rounds} races of {WRITERS} no writer was told that it had won")
    summary = f"{rounds} races of {WRITERS} writers, one winner each"
    return (
        f"{summary}; {unreported} not told so (a request was sent twice)" if unreported else summary
    )


def _version(number: int) -> bytes:
    return bytes([number % 256]) * SIZE
