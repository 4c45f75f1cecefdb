"""How a step of a run is called: in this process, and again after an error that may pass."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import stamina

from schemas.errors import Transient

RETRY_DELAYS: Final = (2.0, 10.0)
"""Seconds before a failed step is tried again, on top of the retries of a single request."""
T = TypeVar("T")


class StepRunner(Protocol):
    """Calls a step under its name and returns its result."""

    def __call__(self, name: str, step: Callable[[], T], /) -> T:
        """Return the result of the step. Raises what the step raises."""
        ...


def run_here(_name: str, step: Callable[[], T], /) -> T:
    """Return the result of a step, called in this process; tried again after Transient errors."""
    first, longest = RETRY_DELAYS
    for attempt in stamina.retry_context(
        on=Transient,
        attempts=len(RETRY_DELAYS) + 1,
        timeout=None,
        wait_initial=first,
        wait_max=longest,
        wait_exp_base=longest / first,
        wait_jitter=0,
    ):
        with attempt:
            return step()
    raise AssertionError
