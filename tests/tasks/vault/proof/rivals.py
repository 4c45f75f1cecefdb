"""Processes that write to one folder at the same time.

Called as `python -m tests.tasks.vault.proof.rivals FOLDER COUNT`: each of COUNT processes enters
two reports of its own. It ends with 1 when one of them did not work.
"""

import os
import signal
import sys
from pathlib import Path

from tasks.vault.backends.folder_store import FolderStore
from tests.tasks.vault.proof.operations import enter, report


def rival(folder: Path, number: int, rivals: int) -> int:
    """Start a process that enters its two reports; return its id."""
    process = os.fork()
    if not process:
        signal.alarm(120)
        for day in (1 + number, 2 * rivals - number):
            enter(FolderStore(folder), report(day, 10 * day))
        os._exit(0)
    return process


def main(folder: Path, rivals: int) -> None:
    """Start all processes, then wait for all."""
    processes = [rival(folder, number, rivals) for number in range(rivals)]
    ends = [os.waitpid(process, 0)[1] for process in processes]
    sys.exit(any(ends))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
