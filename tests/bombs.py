"""Bombs: run a reader on a hostile body in a process of its own, and measure what it takes."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from resource import RLIMIT_AS, RLIMIT_CPU, setrlimit
from time import process_time
from typing import Any

from schemas.errors import VaxwatchError

MIB = 2**20
GUARD = 6 * 2**30
"""Address space of the process, so that a fault of ours does not fill the machine."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a reader took: its refusal, empty for a body that was read; MiB; CPU seconds."""

    refusal: str
    memory: float
    seconds: float


def taken(reader: str, path: Path, *, seconds: int = 240, **options: Any) -> Taken:
    """Return what a reader, `module:function`, takes of a file; body included, imports not.

    It is ended after so many seconds of a processor.
    """
    words = [reader, str(path), str(seconds), json.dumps(options)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bombs", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{path.name}: ended by {done.returncode}; {done.stderr[-2000:]}"
    return Taken(**json.loads(done.stdout))


def _resident(name: str) -> int:
    """Return a figure of this process's memory in KiB, VmRSS or VmHWM."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{name}:")[1].split()[0])


def _main(reader: str, path: str, seconds: str, options: str) -> None:
    read = resolve_name(reader)
    setrlimit(RLIMIT_AS, (GUARD, GUARD))
    setrlimit(RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, began = _resident("VmRSS"), process_time()
    refusal = ""
    try:
        read(Path(path).read_bytes(), **{"where": "here"} | json.loads(options))
    except VaxwatchError as error:
        refusal = str(error)
    memory = (_resident("VmHWM") - before) / 1024
    taken = {"refusal": refusal, "memory": memory, "seconds": process_time() - began}
    sys.stdout.write(json.dumps(taken))


if __name__ == "__main__":
    _main(*sys.argv[1:])
