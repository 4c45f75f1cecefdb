"""Races: what a store does when several clients ask for the same at the same time.

Each race returns what it saw in words, and raises Broken where a promise was not kept.
"""

import time
from collections.abc import Iterator
from functools import partial

from tasks.vault.conformance.scratch import Broken, Effort, Scratch, unique

WRITERS = 8
READERS = 4
SIZE = 256 * 1024
"""Bytes of an object that is read while it is replaced."""


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
