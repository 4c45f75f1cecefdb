"""One stack at a time on a machine, whichever process of a test run asks for it."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import FOLDER
from tests.stack.stack import Stack, passing_folder, stack_in


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """Return a new stack without a worker; the tests of a file share it."""
    with (Path(os.environ[FOLDER]) / "stack.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with passing_folder() as folder, stack_in(folder) as whole:
            yield whole
