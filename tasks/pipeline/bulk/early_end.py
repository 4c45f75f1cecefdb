"""An early end: a run on many snapshots is asked to end, and ends after what is in hand.

Promises: the first SIGINT or SIGTERM, or a watcher's word, lets the run finish and publish what it
has begun; a second signal acts at once, as it does outside of such a run.
"""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tasks.pipeline.bulk.progress import ProgressLog

SIGNALS = (signal.SIGINT, signal.SIGTERM)
Handlers = dict[signal.Signals, Any]


@contextmanager
def ends_early(log: ProgressLog) -> Generator[None]:
    """Let a signal ask the run inside to end; outside of the main thread no signal does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: Handlers = {}

    def ask(number: int, _frame: FrameType | None) -> None:
        log.asked_to_end.append(signal.Signals(number).name)
        _restore(before)

    for one in SIGNALS:
        if signal.getsignal(one) is not signal.SIG_IGN:  # as below nohup
            before[one] = signal.signal(one, ask)
    try:
        yield
    finally:
        _restore(before)


def _restore(handlers: Handlers) -> None:
    while handlers:
        one, handler = handlers.popitem()
        signal.signal(one, handler)
