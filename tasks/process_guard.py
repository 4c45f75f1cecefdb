"""The process guard: a run ends with the process that started it, however that process ends."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

PARENT: Final = "VAXWATCH_PARENT"
"""The variable with the number of the process that starts runs and ends with them."""
INTERVAL: Final = 1.0
"""Seconds between two checks of the parent."""
PATIENCE: Final = 15.0
"""Seconds from SIGTERM, at which a run reports its end, to SIGKILL."""

_guarded = threading.Lock()


def end_with_the_parent() -> None:
    """Let this process end once the process that VAXWATCH_PARENT names is no more.

    The first call starts a thread, all others do nothing; nor does one without that variable.
    """
    parent = os.environ.get(PARENT, "")
    if parent.isdigit() and int(parent) != os.getpid() and _guarded.acquire(blocking=False):
        threading.Thread(target=guard, args=(int(parent), _end), daemon=True).start()


def guard(parent: int, end: Callable[[], None]) -> None:
    """Wait until a process, this one's parent or an earlier ancestor, is no more; then call `end`.

    A parent that was killed and that nobody has asked for its end still has its number: its
    children have another parent by then.
    """
    is_child = os.getppid() == parent
    while os.getppid() == parent if is_child else _is_there(parent):
        time.sleep(INTERVAL)
    end()


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)
