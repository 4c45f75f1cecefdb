"""Waiting for what a stack does by itself."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 120.0
"""Seconds on an idle machine: within two minutes everything has recovered."""


def eventually(what: str, probe: Callable[[], T]) -> T:
    """Return the first true answer of a call, asked again and again.

    Raises AssertionError with the last answer when none came in time: two minutes, and as many
    times longer as processes share a core of this machine.
    """
    start = time.monotonic()
    while not (answer := probe()):
        patience = PATIENCE * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        assert time.monotonic() < start + patience, f"{what}: not in time; seen {answer!r}"
        time.sleep(0.5)
    return answer
