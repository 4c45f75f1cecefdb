"""Fuzz: every source's parser on spoilt bytes, for as long as one likes.

`python -m tests.fuzz --seconds 20 --source who_cases --seed 1`; without --source all of them, each
for so many seconds of CPU. An input that reaches a line of ours for the first time is spoilt
further. Each source runs in a process of its own with little memory. A crash is any other error
than those of `schemas.errors`, one that is no sentence, an input that takes too long, and the end
of the process; its bytes are saved, minimised, in a folder of its own, and the exit code is 1.
"""

import argparse
import json
import multiprocessing
import sys
import time
from pathlib import Path

from tasks.sources import SOURCES
from tests.fuzzing import STARTED, fuzz

BUSY = 5
"""Seconds that a second of CPU may take on a busy machine."""
PATIENCE = 90.0
"""Seconds, beyond its time, after which a process hangs where no signal reaches it."""


def run(name: str, *, seconds: float, seed: int, folder: Path) -> dict[str, object]:
    """Return what fuzzing one source has found, its process dead or not."""
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=fuzz, args=(name, seconds, seed, folder))
    process.start()
    until = time.monotonic() + PATIENCE
    while process.is_alive() and not (folder / STARTED).exists() and time.monotonic() < until:
        process.join(1)
    process.join(BUSY * seconds + PATIENCE)
    is_hanging = process.is_alive()
    if is_hanging:
        process.kill()
        process.join()
    report = folder / "report.json"
    if process.exitcode == 0 and report.exists():
        return json.loads(report.read_text())
    why = "hangs" if is_hanging else f"ended with {process.exitcode}"
    return {"executions": 0, "rate": 0.0, "outcomes": 0, "lines": 0, "crashes": [f"it {why}"]}


def main(arguments: list[str]) -> int:
    """Fuzz the named sources and report the findings; return 1 if anything crashed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each source")
    parser.add_argument("--source", choices=[source.name for source in SOURCES], action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--found", type=Path, default=Path(".fuzz"), help="where crashes are saved")
    asked = parser.parse_args(arguments)
    is_crashed = False
    report = (
        f"{'source':22}{'executions':>11}{'per s':>8}{'outcomes':>10}{'lines':>7}{'crashes':>9}\n"
    )
    sys.stdout.write(report)
    for name in asked.source or [source.name for source in SOURCES]:
        folder = asked.found / f"{name}-{asked.seed}"
        report = run(name, seconds=asked.seconds, seed=asked.seed, folder=folder)
        crashes = report["crashes"]
        assert isinstance(crashes, list)
        sys.stdout.write(
            f"{name:22}{report['executions']:>11,}{report['rate']:>8.1f}{report['outcomes']:>10}"
            f"{report['lines']:>7,}{len(crashes):>9}\n"
        )
        for crash in crashes:
            sys.stdout.write(f"  {crash}\n    seed {asked.seed}; the bytes are in {folder}\n")
        sys.stdout.flush()
        is_crashed = is_crashed or bool(crashes)
    return int(is_crashed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
