"""One chunk of a backfill: snapshots archived and parsed in order, and committed together.

Promises: a bad snapshot is reported, and does not stop the others. An archive that sends us away
ends the run after what arrived is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.errors import SameTimeOtherBytes
from schemas.records import Outcome
from schemas.source import Source
from tasks.pipeline.arrivals import Arrivals, PlannedSnapshot, bring
from tasks.pipeline.bulk.progress import ProgressLog
from tasks.pipeline.bulk.snapshot_readers import SnapshotReaders
from tasks.pipeline.bulk.worker_pools import local_pool
from tasks.steps.publish import commit
from tasks.summaries.run_summary import FailedSnapshot
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader


@dataclass(frozen=True, kw_only=True, slots=True)
class ChunkResult:
    """What came of a chunk.

    `stopped`: why the rest of it, and of the run, was not requested; None if all of it was.
    """

    outcomes: tuple[Outcome, ...]
    failed: tuple[FailedSnapshot, ...]
    stopped: str | None = None


def take(
    store: Store,
    source: Source,
    chunk: Sequence[PlannedSnapshot],
    *,
    at: datetime,
    supersede: bool = False,
) -> ChunkResult:
    """Take a chunk as `take_chunk`, with threads of its own as readers."""
    with local_pool("threads") as pool:
        return take_chunk(SnapshotReaders(pool, store, source), chunk, at=at, supersede=supersede)


def take_chunk(
    readers: SnapshotReaders,
    chunk: Sequence[PlannedSnapshot],
    *,
    at: datetime,
    supersede: bool = False,
    log: ProgressLog | None = None,
    vault: VaultReader | None = None,
) -> ChunkResult:
    """Archive and parse every snapshot of a chunk, and commit those that may be published.

    Where two snapshots claim one instant each is committed by itself, so that only the later one of
    those fails; with `supersede` a snapshot replaces the known one of its instant. `vault`: the
    source's, which moves on to the commit, so that the next chunk continues from the states that
    this one ended with. Raises what is wrong with the store or the commit log (Transient, Damaged),
    never what is wrong with a single snapshot or its origin.
    """
    store, source = readers.store, readers.source
    arrived = bring(readers, chunk, at=at, log=log)
    failed = arrived.failed
    try:
        outcomes = commit(
            store, source, arrived.parsed, at=at, kind="backfill", supersede=supersede, vault=vault
        )
    except SameTimeOtherBytes:
        outcomes, clashed = _commit_one_by_one(store, source, arrived, at=at, vault=vault)
        failed = [*failed, *clashed]
    if log:
        log.add(published=len(outcomes))
    return ChunkResult(outcomes=tuple(outcomes), failed=tuple(failed), stopped=arrived.stopped)


def _commit_one_by_one(
    store: Store, source: Source, arrived: Arrivals, *, at: datetime, vault: VaultReader | None
) -> tuple[list[Outcome], list[FailedSnapshot]]:
    outcomes: list[Outcome] = []
    clashed: list[FailedSnapshot] = []
    for parsed in arrived.parsed:
        try:
            outcomes += commit(store, source, [parsed], at=at, kind="backfill", vault=vault)
        except SameTimeOtherBytes as error:
            snapshot = parsed.fetched.snapshot
            name, as_of = arrived.names[snapshot.id], snapshot.retrieved_at
            clashed.append(FailedSnapshot(name=name, as_of=as_of, error=str(error)))
    return outcomes, clashed
