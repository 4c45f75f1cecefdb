"""A process whose children are killed by the operating system, each a little later than the last.

Called as `python -m tests.tasks.vault.proof.victim FOLDER OPERATION UNIT STEP`: FOLDER/begin is a
lake; child n works on a copy of it, FOLDER/n, and sends itself SIGKILL before its n-th UNIT: `call`
(of the store) or `change` (of a file: made, flushed, linked, renamed, removed); n is 1, 1 + STEP
and so on. It ends with the first child that gets through.
"""

import os
import shutil
import signal
import sys
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from tasks.vault.backends.folder_store import FolderStore
from tests.tasks.vault.faults import Disturbed, disk
from tests.tasks.vault.proof.operations import OPERATIONS


def child(lake: Path, operation: str, unit: str, number: int) -> None:
    """Do the operation; die before the n-th unit of work."""
    left = count(number, -1)

    def step(*_: object) -> None:
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    store = FolderStore(lake)
    with ExitStack() as stack:
        if unit == "change":
            stack.enter_context(disk(lake, step))
        else:
            store = Disturbed(store, lambda call: None if call.is_done else step())
        OPERATIONS[operation].run(store)


def main(folder: Path, operation: str, unit: str, step: int) -> None:
    """Let children die until one gets through."""
    for number in count(1, step):
        lake = folder / str(number)
        shutil.copytree(folder / "begin", lake)
        process = os.fork()
        if not process:
            signal.alarm(60)
            child(lake, operation, unit, number)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if status != -signal.SIGKILL:
            sys.exit(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
