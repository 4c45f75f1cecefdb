"""Arrivals: the snapshots of a chunk are downloaded, archived, read and checked, in order.

Promises: a bad snapshot is archived and reported with its sentence, and does not stop the others.
Threads read as many snapshots at a time as there are cores; the order of everything else is that of
the snapshots.
"""

import os
from bisect import insort
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from polars.exceptions import PolarsError

from schemas.errors import ArchiveAway, FetchFailed, Permanent, WrongUse
from schemas.records import Fetched, require_plausible
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import ParsedSnapshot, blocking_fault
from tasks.origins import Candidate
from tasks.pipeline.parse import ReadSnapshot, checked, read_snapshot
from tasks.pipeline.run_summary import FailedSnapshot
from tasks.raw.archive import archive_snapshot, archived_ids
from tasks.raw.body_reader import BodyReader
from tasks.schema_drift.declared_columns import comparable
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backends.store import Store

READERS: Final = min(os.cpu_count() or 1, 4)
"""Threads that read snapshots, and snapshots that may be ahead of the one that is checked."""
FAILURES_IN_A_ROW: Final = 3
"""After so many snapshots in a row that an origin could not give, the run stops."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSnapshot:
    """A candidate that is taken. `id`: its vintage's; None if only the bytes decide it."""

    id: str | None
    candidate: Candidate


@dataclass(slots=True)
class Arrivals:
    """The snapshots of a chunk so far.

    `bodies`: remembers the last bodies. `archived`: the ids in the archive, sorted. `schema_log`:
    of the source. `names`: the candidates' names
    by snapshot id. `schemas`: comparable ones of the good snapshots, by id. `ahead`: what was
    brought and is not finished yet, in order: a snapshot that is being read, or why it did not
    come.
    """

    bodies: BodyReader
    archived: list[str]
    schema_log: SchemaLogFile
    parsed: list[ParsedSnapshot] = field(default_factory=list[ParsedSnapshot])
    names: dict[str, str] = field(default_factory=dict[str, str])
    schemas: dict[str, SourceSchema] = field(default_factory=dict[str, SourceSchema])
    failed: list[FailedSnapshot] = field(default_factory=list[FailedSnapshot])
    ahead: deque[tuple[Candidate, Future[ReadSnapshot] | Exception]] = field(
        default_factory=deque[tuple[Candidate, Future[ReadSnapshot] | Exception]]
    )
    stopped: str | None = None

    def finish(self, *, but: int = 0) -> None:
        """Check the snapshots that were brought, in order, all but the last ones."""
        while len(self.ahead) > but:
            candidate, reading = self.ahead.popleft()
            if isinstance(reading, Exception):
                self.failed.append(_failed(candidate, reading))
                continue
            read = reading.result()
            try:
                self._check(read)
            except (Permanent, WrongUse, PolarsError) as error:
                self.failed.append(_failed(candidate, error))

    def _check(self, read: ReadSnapshot) -> None:
        source = self.schema_log.source
        parsed = checked(source, read, self.schema_log, beside=self.schemas)
        # The bytes are archived; a chunk of the largest tables would fill the memory with them.
        parsed = replace(parsed, fetched=replace(parsed.fetched, contents={}))
        self.parsed.append(parsed)
        if parsed.schema and not blocking_fault(source, parsed):
            self.schemas[parsed.snapshot.id] = comparable(parsed.schema, source)


def bring(
    store: Store, source: Source, chunk: Sequence[PlannedSnapshot], *, at: datetime
) -> Arrivals:
    """Download, archive and parse the snapshots in order, until the origin sends us away.

    Downloading, archiving and checking happen one after the other, in this thread. Only reading
    looks ahead, a few snapshots far.
    """
    arrived = Arrivals(
        BodyReader(store), archived_ids(store, source.name), SchemaLogFile(store, source)
    )
    pool = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
    try:
        _bring_all(store, source, chunk, arrived, pool, at=at)
        arrived.finish()
    finally:
        pool.shutdown(cancel_futures=True)
    return arrived


def _bring_all(
    store: Store,
    source: Source,
    chunk: Sequence[PlannedSnapshot],
    arrived: Arrivals,
    pool: Executor,
    *,
    at: datetime,
) -> None:
    in_a_row = 0
    for candidate in [planned.candidate for planned in chunk]:
        try:
            fetched = _brought(store, source, candidate, arrived, at=at)
        except ArchiveAway as error:
            arrived.stopped = str(error)
            return
        except (FetchFailed, Permanent, WrongUse, PolarsError) as error:
            arrived.ahead.append((candidate, error))
            in_a_row = in_a_row + 1 if isinstance(error, FetchFailed) else 0
            if isinstance(error, FetchFailed) and in_a_row == FAILURES_IN_A_ROW:
                arrived.stopped = _no_answers(error)
                return
        else:
            in_a_row = 0
            arrived.ahead.append((candidate, pool.submit(read_snapshot, source, fetched)))
        arrived.finish(but=READERS)


def _brought(
    store: Store, source: Source, candidate: Candidate, arrived: Arrivals, *, at: datetime
) -> Fetched:
    """Download and archive a snapshot."""
    require_plausible(candidate.retrieved_at, now=at, what=candidate.name)
    fetched = candidate.bring(source, store)
    require_plausible(fetched.snapshot.retrieved_at, now=at, what=candidate.name)
    archive_snapshot(store, fetched, arrived.bodies, newest=arrived.archived)
    insort(arrived.archived, fetched.snapshot.id)
    arrived.names[fetched.snapshot.id] = candidate.name
    return fetched


def _no_answers(error: FetchFailed) -> str:
    return (
        f"{FAILURES_IN_A_ROW} snapshots in a row did not come, the last because of this: "
        f"{error.where}: {error.seen}. The others were not asked for. What came before is kept; "
        f"run the same command again later, and it goes on from there."
    )


def _failed(candidate: Candidate, error: Exception) -> FailedSnapshot:
    return FailedSnapshot(name=candidate.name, as_of=candidate.retrieved_at, error=str(error))
