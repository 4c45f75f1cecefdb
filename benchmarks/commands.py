"""Whole commands as a person runs them: the demo, a read, an ingest. Wall seconds, medians."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from vaxwatch.archive import archive_folder

PROGRAM = str(Path(sys.executable).parent / "vaxwatch")
FILE = archive_folder("unicef_market") / "2022-02-10.csv"
READS = {
    "asof": ("asof", "unicef_market.allocations", "2022-02-01"),
    "diff": ("diff", "unicef_market.allocations", "2022-02-01", "2022-02-10"),
    "history": ("history", "unicef_market.allocations", "--where", "iso3=PRK"),
    "alerts list": ("alerts", "list"),
    "sources": ("sources",),
}


def seconds(arguments: Sequence[str], folder: Path) -> float:
    """Return how long one call of the program takes."""
    environment = {key: value for key, value in os.environ.items() if key != "VAXWATCH_LAKE"}
    start = time.perf_counter()
    subprocess.run(
        [PROGRAM, *arguments], cwd=folder, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - start


def python_start(folder: Path) -> float:
    """Return the floor of every command: an interpreter that imports polars."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import polars"], cwd=folder, check=True)
    return time.perf_counter() - start


def measure(*, quick: bool) -> dict[str, Any]:
    """Return medians in seconds; a read also as a ratio to an interpreter that imports polars."""
    turns = 3 if quick else 7
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = seconds(["demo"], folder)
        again = median(seconds(["demo"], folder) for _ in range(3))
        ingest = median(
            seconds(
                [
                    "ingest",
                    "unicef_market",
                    "--file",
                    str(FILE),
                    "--retrieved-at",
                    f"2022-05-0{day}",
                ],
                folder,
            )
            for day in range(1, 4)
        )
        floor = median(python_start(folder) for _ in range(turns))
        reads = {
            label: median(seconds(call, folder) for _ in range(turns))
            for label, call in READS.items()
        }
    return {
        "demo, first run [s]": round(first, 1),
        "demo, again [s]": round(again, 1),
        "ingest of one file, orchestrator and all [s]": round(ingest, 1),
        "python -c 'import polars' [s]": round(floor, 3),
        **{f"{label} [s]": round(value, 3) for label, value in reads.items()},
        **{f"{label} / import polars": round(value / floor, 2) for label, value in reads.items()},
    }
