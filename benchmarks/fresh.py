"""One job in a process of its own: `python -m benchmarks.fresh VERSION CSV SCHEMA [LAKE NAME KEY]`.

Parses a CSV and, given a lake, takes it in. Prints seconds (imports not counted) and peak memory in
MB. Parsing alone imports nothing but polars.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl


def main() -> None:
    """Do what the arguments say."""
    version, csv, schema, *lake = sys.argv[1:]
    job = _taking(*lake) if lake else None
    start = perf_counter()
    frame = pl.read_csv(csv, schema=pl.read_parquet_schema(schema))
    if job:
        job(int(version), frame)
    seconds = perf_counter() - start
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb()}))


def _taking(lake: str, name: str, key: str) -> Any:
    from benchmarks.history import draft, ingest  # noqa: PLC0415 (parsing alone pays for polars only)
    from tasks.vault.backends.open_store import open_store  # noqa: PLC0415 (as above)

    def take(version: int, frame: pl.DataFrame) -> None:
        ingest(open_store(lake), draft(name, tuple(key.split(",")), version, frame))

    return take


def peak_mb() -> float:
    """Return the peak of this process's resident memory in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # unlike getrusage, it does not begin with the parent's peak
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(*arguments: object) -> dict[str, float]:
    """Run one job and return what it printed, with the whole process's seconds beside it."""
    start = perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fresh", *map(str, arguments)],
        cwd=Path(__file__).parents[1],
        check=True,
        capture_output=True,
        text=True,
    )
    return {**json.loads(done.stdout), "process_seconds": perf_counter() - start}


if __name__ == "__main__":
    main()
