"""The weekly allocations: bytes, requests, times. 150 versions; 30 when quick."""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.footprint import footprint
from benchmarks.history import small
from benchmarks.owid import ingest_figures, request_figures
from benchmarks.reading import as_of_figures
from benchmarks.taking import check, take
from benchmarks.workloads import SMALL_VERSIONS, csv_bytes


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures of the small table."""
    versions = 30 if quick else SMALL_VERSIONS
    history = small(versions)
    with tempfile.TemporaryDirectory() as name:
        taken = take(history, versions, Path(name))
        check(history, taken, taken.lake, range(versions))
        bodies = [csv_bytes(pl.read_parquet(taken.full(version))) for version in range(versions)]
        return {
            "as_of": as_of_figures(history, taken),
            "ingest": ingest_figures(taken),
            "requests": request_figures(taken),
            "bytes": footprint(
                taken.lake / history.name,
                taken.full_bytes,
                taken.changed,
                key=history.key,
                bodies=bodies,
            ),
        }
