"""Snapshot readers: workers read archived snapshots while others are downloaded and checked.

Promises: what is read does not depend on who reads it. A worker that is lost, or cannot read, costs
time alone: its snapshot is read in this process. Threads hand frames over in memory; processes get
the id of a snapshot whose bytes are in the lake, and return the name of an object there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from schemas.errors import Damaged, WrongUse
from schemas.records import Fetched
from schemas.source import Source
from tasks.pipeline.bulk.parsed_object import take_parsed, write_parsed
from tasks.pipeline.bulk.worker_pools import Pending, WorkerPool
from tasks.raw.archive import archived_snapshot
from tasks.raw.body_reader import BodyReader
from tasks.sources import source_named
from tasks.steps.parse import ReadSnapshot, read_snapshot
from tasks.vault.backends.open_store import open_store
from tasks.vault.backends.store import Store

PATIENCE: Final = 300.0
"""Seconds until a snapshot is read here whose worker has not answered."""
FAULTS_AT_MOST: Final = 3
"""After so many faults of workers in a row all others are read here."""


@dataclass(slots=True)
class SnapshotReaders:
    """Reads the snapshots of a source by a pool.

    `faults`: why snapshots were read in this process after all, a sentence each.
    """

    pool: WorkerPool
    store: Store
    source: Source
    faults: list[str] = field(default_factory=list[str])
    in_a_row: int = 0

    @property
    def notes(self) -> list[str]:
        """A sentence on snapshots that workers could not read; none where they read all."""
        if not self.faults:
            return []
        count = f"{self.source.name}: {len(self.faults):,} of the snapshots"
        reason = f"no worker did. The first reason: {self.faults[0]}"
        return [f"{count} were read in this process, since {reason}"]

    @property
    def ahead(self) -> int:
        """How many snapshots may be ahead of the one that is checked."""
        return 2 * self.pool.workers if self.pool.is_remote else self.pool.workers

    def start(self, fetched: Fetched) -> Callable[[], ReadSnapshot]:
        """Begin to read a snapshot that is archived; return a function that waits for the end."""
        here = partial(read_snapshot, self.source, fetched)
        if not self.pool.is_remote:
            return self.pool.submit(here).result
        if self.in_a_row >= FAULTS_AT_MOST:
            return here
        unlimited = tuple(sorted(self.source.unlimited))
        there = partial(
            read_archived,
            lake_address(self.store),
            self.source.name,
            unlimited,
            fetched.snapshot.id,
        )
        try:
            pending = self.pool.submit(there)
        except Exception as error:  # noqa: BLE001 (reading is pure: what a cluster lacks is read here)
            self._note(error)
            return here
        return partial(self._arrived, pending, fetched)

    def _arrived(self, pending: Pending, fetched: Fetched) -> ReadSnapshot:
        try:
            sha256 = pending.result(PATIENCE)
            if sha256:
                read = take_parsed(self.store, self.source, fetched, sha256)
                self.in_a_row = 0
                return read
        except Exception as error:  # noqa: BLE001 (as in start)
            self._note(error)
        return read_snapshot(self.source, fetched)

    def _note(self, error: Exception) -> None:
        self.in_a_row += 1
        self.faults.append(f"{type(error).__name__}: {error}")


def read_archived(
    lake: str, source_name: str, unlimited: tuple[str, ...], snapshot_id: str
) -> str | None:
    """Read an archived snapshot in a worker's process; return the sha256 of the parsed object.

    None where it cannot be read: who asked reads it again, and gets the error. `unlimited`: tables
    whose budget is waived. Raises Damaged: the snapshot is not in the archive.
    """
    store = open_store(lake)
    source = replace(source_named(source_name), unlimited=frozenset(unlimited))
    snapshot = archived_snapshot(store, source_name, snapshot_id)
    if snapshot is None:
        raise Damaged(f"{lake}/raw/{source_name}/fetches/{snapshot_id}.json", "no object", "one")
    bodies = _bodies(lake)
    contents = {body.name: bodies.read(body.sha256) for body in snapshot.bodies}
    read = read_snapshot(source, Fetched(snapshot=snapshot, contents=contents, evidence={}))
    return None if read.error else write_parsed(store, source, read)


@lru_cache(maxsize=1)
def _bodies(lake: str) -> BodyReader:
    """Return a reader that remembers the last bodies: most are patches to the one before."""
    return BodyReader(open_store(lake))


def lake_address(store: Store) -> str:
    """Return the address by which another process opens a lake. Raises WrongUse for memory."""
    if store.uri.startswith("memory:"):
        raise WrongUse(
            f"The lake '{store.uri}' lives in this process, and no other can read it; expected a "
            f"folder or s3://bucket/prefix. Name one, or use --runner threads."
        )
    return store.uri if "://" in store.uri else str(Path(store.uri).absolute())
