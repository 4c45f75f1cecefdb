"""Marts: what building them takes after one new version, and from scratch.

The lake has the embedded archive and the real histories of the corpus beside the project. A small
version changes one figure of UNICEF's allocations; a large one is a made-up table of OWID's size
under ISO codes. Each build is a process of its own: CPU seconds of all threads and of the process
that writes `lake.duckdb`, without imports; peak memory with them; requests to the store.

`python -m benchmarks.marts LAKE` measures a copy of a lake that is there already.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.corpora import CORPUS
from benchmarks.counting import CountingStore
from benchmarks.pipeline import of_countries
from benchmarks.workloads import csv_bytes
from tasks.marts.publish_marts import publish_marts
from tasks.pipeline.backfill import backfill_source
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.vault_reader import VaultReader
from vaxwatch.archive import archive_folder
from vaxwatch.commands.demo import ARCHIVES

AT = datetime(2026, 11, 29, tzinfo=UTC)
FOLDERS = {
    "undp_vaccine_equity": "undp_vaccine_equity",
    "hdx_humanitarian": "hdx_humanitarian_dashboard",
    "who_vaccination": "who_vaccination_data",
    "who_cases": "who_global_cases",
    "find_tests": "find_testing_daily",
    "owid_vaccinations": "owid_vaccinations",
}
"""By source, the folder of the corpus."""
SMALL, LARGE = "unicef_market", "owid_vaccinations"
ALLOCATED = b"Recipient,Recipient ISO,Vaccine Name,Doses Allocated\nDPR Korea,PRK,,1828801\n"


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures; the lake of the archive alone where it is quick, or no corpus there."""
    with tempfile.TemporaryDirectory() as name:
        lake = Path(name) / "lake"
        for source in ARCHIVES:
            backfill_source(run_of(lake, source), f"dir:{archive_folder(source)}")
        for source, folder in FOLDERS.items() if CORPUS.is_dir() and not quick else ():
            backfill_source(run_of(lake, source), f"dir:{CORPUS / folder}")
        return figures_of(lake)


def figures_of(lake: Path) -> dict[str, Any]:
    """Return what building the marts of a lake takes; versions are added to it."""
    figures = {"from scratch": _built(lake, "")}
    for hours, figure in ((3, b"1828801"), (2, b"1828802")):  # the first may change the views, too
        _add(lake, SMALL, ALLOCATED.replace(b"1828801", figure), at=AT - timedelta(hours=hours))
        figures["after a small version"] = _built(lake, SMALL)
    *_, large = of_countries(1)
    _add(lake, LARGE, csv_bytes(large), at=AT)
    figures["after a large version"] = {"rows": large.height, **_built(lake, LARGE)}
    figures["unchanged"] = _built(lake, SMALL)
    return figures


def run_of(lake: Path, source: str) -> RunContext:
    """Return a run on a source of a lake, without quality checks."""
    store = open_store(str(lake))
    return RunContext(store=store, source=source_named(source), at=AT, check_quality=False)


def _add(lake: Path, source: str, body: bytes, *, at: datetime) -> None:
    file = lake.parent / "body.csv"
    file.write_bytes(body)
    ingest_snapshot(run_of(lake, source), file=str(file), retrieved_at=at)


def _built(lake: Path, source: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.marts", str(lake), source or "all", "build"]
    done = subprocess.run(command, capture_output=True, check=True)
    return json.loads(done.stdout)


def _build(lake: str, source: str) -> dict[str, Any]:
    counting = CountingStore(open_store(lake))
    vaults = [] if source == "all" else [VaultReader(counting, source)]
    start, start_cpu = perf_counter(), process_time()
    done = publish_marts(ReadOnce(counting), vaults, at=AT, from_scratch=source == "all")
    wall, cpu = perf_counter() - start, process_time() - start_cpu
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "marts": len(done),
        "cpu_s": round(cpu + children.ru_utime + children.ru_stime, 2),
        "wall_s": round(wall, 2),
        "peak_mb": _peak(),
        "requests": counting.asked.total(),
    }


def _peak() -> int:
    """Return the most memory that this program has held [MiB]; `ru_maxrss` counts its parent's."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def main() -> None:
    """Build, or measure a copy of a lake."""
    lake, *how = sys.argv[1:]
    if how:
        print(json.dumps(_build(lake, how[0])))
        return
    with tempfile.TemporaryDirectory() as name:
        copied = Path(name) / "lake"
        shutil.copytree(lake, copied, ignore=shutil.ignore_patterns("marts"))
        print(json.dumps(figures_of(copied), indent=1))


if __name__ == "__main__":
    main()
