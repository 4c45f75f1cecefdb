"""Requests and CPU of one source's ingest and verify, as a lake has more vintages and more sources.

Tiny made tables, in a store in memory that counts requests; no network, so CPU seconds are those of
the software alone. `unchanged`: an ingest of the bytes that are there already, which is what most
ticks of a scheduler are. Requests do not depend on what else the machine does.
"""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.counting import CountingStore
from schemas.source import Source
from tasks.origins import plan
from tasks.pipeline.arrivals import PlannedSnapshot
from tasks.pipeline.backfill_chunk import take
from tasks.pipeline.ingest import ingest_snapshot
from tasks.runs.run_context import RunContext
from tasks.sources import source_named
from tasks.steps.integrity import raw_problems
from tasks.steps.publish import publish
from tasks.vault.backends.memory_store import MemoryStore
from tasks.vault.backends.read_once import ReadOnce
from tasks.vault.backends.store import Store
from tasks.vault.bounded_compaction import compact_loose
from tasks.vault.vault_reader import VaultReader
from tasks.vault.verify import verify_vault

FIRST = datetime(2022, 1, 1, tzinfo=UTC)
CHUNK = 64
MODEL = "unicef_market"
VINTAGES = (10, 29, 99, 299)
"""No size at which one of the measured ingests gathers small segments, as every 16th does."""
SOURCES = (1, 10, 100)
QUICK = 2


def measure(*, quick: bool) -> dict[str, Any]:
    """Return the figures of a lake with ever more vintages, and of one with ever more sources."""
    sizes = slice(QUICK if quick else None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {
            "vintages of one source": {
                str(count): figures(_lake(folder / f"v{count}", 1, count), folder, count)
                for count in VINTAGES[sizes]
            },
            "sources of 3 vintages": {
                str(count): figures(_lake(folder / f"s{count}", count, 3), folder, 3)
                for count in SOURCES[sizes]
            },
        }


def made_source(number: int) -> Source:
    """Return one of many sources that are alike but for their names."""
    return replace(source_named(MODEL), name=f"made_{number:04d}" if number else MODEL)


def _lake(folder: Path, sources: int, vintages: int) -> MemoryStore:
    folder.mkdir()
    for number in range(vintages):
        write_table(folder, number)
    store = MemoryStore(f"memory:{folder}")
    for number in range(sources):
        write_source(store, made_source(number), folder)
    return store


def write_source(store: Store, source: Source, folder: Path) -> None:
    """Archive, parse and commit the pages of a folder, publish, and gather small segments."""
    planned, at = plan(MODEL, f"dir:{folder}"), FIRST + timedelta(days=999)
    for start in range(0, len(planned), CHUNK):
        chunk = planned[start : start + CHUNK]
        take(store, source, [PlannedSnapshot(id=None, candidate=one) for one in chunk], at=at)
    publish(store, source, [], at=at)
    compact_loose(VaultReader(store, source.name), added=len(planned), at=at)


def write_table(folder: Path, number: int) -> Path:
    """Write the page of a day, so many days after the first; return its file."""
    rows = "".join(
        f"{iso3},AstraZeneca,{2_400 * (place + 1 + number)}\n"
        for place, iso3 in enumerate(("PRK", "GHA", "KEN", "NPL", "PER", "TCD", "VNM", "ZMB"))
    )
    path = folder / f"{(FIRST + timedelta(days=number)).date()}.csv"
    path.write_text(f"Recipient ISO,Vaccine Name,Doses Allocated\n{rows}")
    return path


def figures(store: Store, folder: Path, vintages: int) -> dict[str, Any]:
    """Return requests and CPU milliseconds of what is done with one source of a lake."""
    counting = CountingStore(store)
    changed = write_table(folder, vintages)
    same = changed.read_bytes()
    again = changed.with_name(f"{(FIRST + timedelta(days=vintages + 1)).date()}.csv")
    again.write_bytes(same)
    vault = VaultReader(counting, MODEL)
    return {
        "ingest": counted(counting, lambda: _ingest(counting, changed)),
        "unchanged": counted(counting, lambda: _ingest(counting, again)),
        "verify": counted(
            counting, lambda: (verify_vault(vault), [*raw_problems(counting, vault, deep=False)])
        ),
    }


def _ingest(store: CountingStore, file: Path) -> object:
    run = RunContext(
        store=ReadOnce(store),
        source=made_source(0),
        at=FIRST + timedelta(days=999),
        check_quality=False,
    )
    return ingest_snapshot(run, file=str(file))


def counted(store: CountingStore, job: Callable[[], object]) -> dict[str, float]:
    """Return the requests, CPU and wall milliseconds of a job on a store."""
    store.since()
    cpu, wall = process_time(), perf_counter()
    job()
    cpu, wall = process_time() - cpu, perf_counter() - wall
    return {
        "requests": store.since()["all"],
        "cpu_ms": round(cpu * 1000),
        "wall_ms": round(wall * 1000),
    }
