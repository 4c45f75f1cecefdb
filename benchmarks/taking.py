"""Taking in: a whole history, version by version, as daily runs do, with everything counted.

Beside the vault's lake stands `full/`, every version written whole, which is the first peer and
what every state is checked against.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time

import polars as pl
from polars.testing import assert_frame_equal

from benchmarks.counting import CountingStore
from benchmarks.history import TABLE, History, as_of, changes, compact, draft, fetched, ingest
from benchmarks.peers import write_full
from benchmarks.timing import cpu_seconds, seconds
from benchmarks.workloads import csv_bytes
from tasks.raw.archive import archive_snapshot
from tasks.vault.backdated_insert import Draft
from tasks.vault.backends.folder_store import FolderStore
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

FRESH = 10
"""The newest versions that are taken in once more, each in a process of its own."""
MONTH = 30
"""The vault is compacted before every so many versions; that is timed by itself."""


@dataclass(slots=True)
class ChunkResult:
    """What taking a history in came to, by version: seconds, requests, bytes, changed rows."""

    folder: Path
    parse: list[float] = field(default_factory=list[float])
    parse_cpu: list[float] = field(default_factory=list[float])
    archive_cpu: list[float] = field(default_factory=list[float])
    ingest: list[float] = field(default_factory=list[float])
    compact: list[float] = field(default_factory=list[float])
    diff: list[float] = field(default_factory=list[float])
    requests: list[dict[str, int]] = field(default_factory=list[dict[str, int]])
    full_bytes: list[int] = field(default_factory=list[int])
    csv_bytes: list[int] = field(default_factory=list[int])
    rows: list[int] = field(default_factory=list[int])
    changed: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])

    @property
    def lake(self) -> Path:
        """Where the vault is."""
        return self.folder / "lake"

    def full(self, version: int) -> Path:
        """Where a version stands whole."""
        return self.folder / "full" / f"{version:04d}.parquet"

    def csv(self, version: int) -> Path:
        """Where the CSV of one of the newest versions stands."""
        return self.folder / f"{version:04d}.csv"


def take(history: History, versions: int, folder: Path) -> ChunkResult:
    """Take a history in; return what it came to. Copies the lake before the newest versions."""
    taken, before = ChunkResult(folder), None
    store = CountingStore(FolderStore(taken.lake))
    (folder / "full").mkdir()
    for version, frame in enumerate(history.frames()):
        if version == versions - FRESH:
            shutil.copytree(taken.lake, folder / "before", copy_function=os.link)
        body = csv_bytes(frame)
        if version >= versions - FRESH:
            taken.csv(version).write_bytes(body)
        taken.csv_bytes.append(len(body))
        taken.rows.append(frame.height)
        taken.full_bytes.append(write_full(frame, taken.full(version)))
        start = perf_counter()
        taken.changed.append(changes(before, frame, history.key))
        taken.diff.append(perf_counter() - start)
        came = fetched(history.name, version, body)
        taken.archive_cpu.append(cpu_seconds(partial(archive_snapshot, store, came)))
        start, start_cpu = perf_counter(), process_time()
        parsed = pl.read_csv(body, schema=frame.schema)
        taken.parse.append(perf_counter() - start)
        taken.parse_cpu.append(process_time() - start_cpu)
        if version % MONTH == MONTH - 1:
            taken.compact.append(seconds(partial(compact, store, history.name, version)))
        store.since()
        start = perf_counter()
        ingest(store, draft(history.name, history.key, version, parsed))
        taken.ingest.append(perf_counter() - start)
        taken.requests.append(store.since())
        before = frame
    return taken


def refill(history: History, folder: Path, *, chunk: int) -> dict[str, float]:
    """Take a whole history in by chunks, publish at the end; return the seconds of each step."""
    store = FolderStore(folder)
    spent: dict[str, float] = {"parse": 0.0, "commit": 0.0}
    frames = enumerate(history.frames())
    while some := list(islice(frames, chunk)):
        drafts: list[Draft] = []
        for version, frame in some:
            body = csv_bytes(frame)
            start = perf_counter()
            parsed = pl.read_csv(body, schema=frame.schema)
            spent["parse"] += perf_counter() - start
            drafts.append(draft(history.name, history.key, version, parsed))
        spent["commit"] += seconds(partial(_commit, store, history, drafts))
    spent["publish"] = seconds(partial(publish_tables, VaultReader(store, history.name)))
    return spent


def _commit(store: FolderStore, history: History, drafts: Sequence[Draft]) -> None:
    commit_snapshots(VaultReader(store, history.name), drafts, at=as_of(0), kind="backfill")


def check(history: History, taken: ChunkResult, lake: Path, versions: Sequence[int]) -> None:
    """Refuse to go on when a state is not what was published."""
    vault = VaultReader(FolderStore(lake), history.name)
    vintages = vault.vintages()
    assert len(vintages) == len(taken.rows)
    for version in versions:
        expected = pl.read_parquet(taken.full(version)).sort(history.key)
        assert_frame_equal(state_of(vault, TABLE, vintages[version]), expected)
