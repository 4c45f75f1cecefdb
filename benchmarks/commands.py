"""Whole commands as a person runs them: the demo, an ingest, reading commands.

CPU seconds (user and system) of the process and every child it waited for, medians, with the
commands taking turns beside `python -c "import polars"`. CPU seconds depend less than wall seconds
on what else the machine does.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.counting import CountingStore
from tasks.vault.backends.folder_store import FolderStore
from vaxwatch.archive import archive_folder
from vaxwatch.reader import Lake

PROGRAM = str(Path(sys.executable).parent / "vaxwatch")
FILE = archive_folder("unicef_market") / "2022-02-10.csv"
DATASET = "unicef_market.allocations"
IMPORT_POLARS = (sys.executable, "-c", "import polars")
READS: Mapping[str, Sequence[str]] = {
    "asof": (PROGRAM, "asof", DATASET, "2022-02-01"),
    "asof latest": (PROGRAM, "asof", DATASET, "latest"),
    "vintages": (PROGRAM, "vintages", DATASET),
    "diff": (PROGRAM, "diff", DATASET, "2022-02-01", "2022-02-10"),
    "history": (PROGRAM, "history", DATASET, "--where", "iso3=PRK"),
    "alerts list": (PROGRAM, "alerts", "list"),
    "quarantine list": (PROGRAM, "quarantine", "list"),
    "sources": (PROGRAM, "sources"),
}


def cpu_seconds(command: Sequence[str], folder: Path) -> float:
    """Return the CPU seconds of one run of a command, its children included.

    Raises CalledProcessError where it does not exit with 0.
    """
    own = {"VAXWATCH_LAKE", "VAXWATCH_CONFIG", "PREFECT_API_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in own}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def requests_of_latest(lake: Path) -> int:
    """Return how many requests to the store the newest state of one dataset takes."""
    store = CountingStore(FolderStore(lake))
    Lake(store).asof(DATASET, "latest")
    return store.since()["all"]


def measure(*, quick: bool) -> dict[str, Any]:
    """Return CPU seconds, and ratios to an interpreter that imports polars."""
    turns = 3 if quick else 7
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = cpu_seconds((PROGRAM, "demo"), folder)
        floor: list[float] = []
        demos: list[float] = []
        ingests: list[float] = []
        reads: dict[str, list[float]] = {label: [] for label in READS}
        for turn in range(turns):
            floor.append(cpu_seconds(IMPORT_POLARS, folder))
            for label, command in READS.items():
                reads[label].append(cpu_seconds(command, folder))
            ingests.append(cpu_seconds(_ingest(day=turn + 1), folder))
            if turn < turns // 2:
                demos.append(cpu_seconds((PROGRAM, "demo"), folder))
        asked = requests_of_latest(folder / "lake")
    base = median(floor)
    medians = {label: median(values) for label, values in reads.items()}
    return {
        "python -c 'import polars' [CPU s]": round(base, 3),
        "demo, first run [CPU s]": round(first, 1),
        "demo, again [CPU s]": round(median(demos), 1),
        "ingest of one file [CPU s]": round(median(ingests), 2),
        "worst read / import polars": round(max(medians.values()) / base, 2),
        "requests of asof latest": asked,
        **{f"{label} [CPU s]": round(value, 3) for label, value in medians.items()},
        **{f"{label} / import polars": round(value / base, 2) for label, value in medians.items()},
    }


def _ingest(*, day: int) -> tuple[str, ...]:
    """Return the command that publishes the embedded file once more, as of another day."""
    when = f"2022-05-{day:02d}"
    return (PROGRAM, "ingest", "unicef_market", "--file", str(FILE), "--retrieved-at", when)
