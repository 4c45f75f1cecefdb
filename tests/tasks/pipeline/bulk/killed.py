"""A backfill that writes down each snapshot that it parses, and kills itself at one of them.

`python -m tests.tasks.pipeline.bulk.killed LAKE ORIGIN FILE NUMBER`
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from tasks.pipeline.bulk import snapshot_readers
from tests.tasks.pipeline.bulk.archives import backfilled

READ = snapshot_readers.read_snapshot


def noted_in(file: Path, *, killed_at: int = 0) -> Any:
    """Return `read_snapshot`, which notes the ids in a file; at a number it kills the process."""

    def read(source: Any, fetched: Any) -> Any:
        with file.open("a") as log:
            log.write(f"{fetched.snapshot.id}\n")
        if len(file.read_text().splitlines()) == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return READ(source, fetched)

    return read


if __name__ == "__main__":
    lake, origin, noted, number = sys.argv[1:]
    snapshot_readers.read_snapshot = noted_in(Path(noted), killed_at=int(number))
    backfilled(lake, Path(origin), chunk=3)
