"""
Sizes: whether the bodies of a snapshot are so small that they look like a fault of the source.

Promises: only bodies that both snapshots have are compared, so that another way to fetch a source
is no fault.
"""

from collections.abc import Mapping

from schemas.records import Snapshot

TOO_SMALL_TO_JUDGE = 10_000
"""Bytes; below these a few rows more or less are a large share."""


def size_loss(before: Mapping[str, int], now: Mapping[str, int], least: int) -> str | None:
    """
    Return why a snapshot is to be held back for its size, or None when it may be shown.

    It is held when its bodies have less than `least` percent of the bytes of the same bodies of the
    last good vintage. Sizes by body name [bytes].

    >>> size_loss({"main": 50_000}, {"main": 4_999}, 10)
    '4,999 of 50,000 bytes came (10.0 %); less than 10 % looks like a fault of the source.'
    >>> size_loss({"main": 50_000}, {"main": 5_000}, 10), size_loss({"page": 9}, {"main": 1}, 10)
    (None, None)
    """
    both = before.keys() & now.keys()
    had, has = sum(before[name] for name in both), sum(now[name] for name in both)
    if had < TOO_SMALL_TO_JUDGE or 100 * has >= least * had:
        return None
    return (
        f"{has:,} of {had:,} bytes came ({100 * has / had:.1f} %); "
        f"less than {least} % looks like a fault of the source."
    )


def sizes_of(snapshot: Snapshot) -> dict[str, int]:
    """Return the size of each body [bytes]."""
    return {body.name: body.size for body in snapshot.bodies}
