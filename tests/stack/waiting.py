"""Waiting for what a stack does by itself."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(what: str, probe: Callable[[], T], *, patience: float = 120) -> T:
    """Return the first true answer of a call, asked again and again.

    Raises AssertionError with the last answer when none came within `patience` seconds.
    """
    until = time.monotonic() + patience
    while not (answer := probe()):
        assert time.monotonic() < until, f"{what}: not within {patience:g} s; seen {answer!r}"
        time.sleep(0.5)
    return answer
