"""Arrivals: the snapshots of a chunk are downloaded, archived, read and checked, in order.

Promises: a bad snapshot is archived and reported with its sentence, and does not stop the others.
Several workers read snapshots at one time; the order of everything else is that of the snapshots.
"""

from bisect import insort
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from polars.exceptions import PolarsError

from schemas.errors import ArchiveAway, FetchFailed, Permanent, WrongUse
from schemas.records import Fetched, require_plausible
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import ParsedSnapshot, blocking_fault
from tasks.origins import Candidate
from tasks.pipeline.bulk.progress import Progress, ProgressLog
from tasks.pipeline.bulk.snapshot_readers import SnapshotReaders
from tasks.raw.archive import archive_snapshot, archived_ids
from tasks.raw.body_reader import BodyReader
from tasks.schema_drift.declared_columns import comparable
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.source_schema import SourceSchema
from tasks.steps.parse import ReadSnapshot, checked
from tasks.summaries.operation_summaries import PlannedFile, PlannedState
from tasks.summaries.run_summary import FailedSnapshot
from tasks.vault.backends.store import Store

FAILURES_IN_A_ROW: Final = 3
"""After so many snapshots in a row that an origin could not give, the run stops."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSnapshot:
    """A candidate that is taken. `id`: its vintage's; None if only the bytes decide it.

    `state`: what the lake has of it so far, as in `PlannedFile`.
    """

    id: str | None
    candidate: Candidate
    state: PlannedState = "missing"

    @property
    def file(self) -> PlannedFile:
        """The candidate as the summary of a run lists it."""
        at, name = self.candidate.retrieved_at, self.candidate.name
        return PlannedFile(id=self.id, as_of=at, name=name, state=self.state)


Ahead = tuple[Candidate, Callable[[], ReadSnapshot] | Exception]


@dataclass(slots=True)
class Arrivals:
    """The snapshots of a chunk so far.

    `bodies`: remembers the last bodies. `archived`: the ids in the archive, sorted. `schema_log`:
    of the source. `log`: of the progress. `names`: the candidates' names by snapshot id. `schemas`:
    comparable ones of the good snapshots, by id. `ahead`: what was brought and is not finished yet,
    in order: a function that waits until a snapshot is read, or why it did not come.
    """

    bodies: BodyReader
    archived: list[str]
    schema_log: SchemaLogFile
    log: ProgressLog
    parsed: list[ParsedSnapshot] = field(default_factory=list[ParsedSnapshot])
    names: dict[str, str] = field(default_factory=dict[str, str])
    schemas: dict[str, SourceSchema] = field(default_factory=dict[str, SourceSchema])
    failed: list[FailedSnapshot] = field(default_factory=list[FailedSnapshot])
    ahead: deque[Ahead] = field(default_factory=deque[Ahead])
    stopped: str | None = None

    def finish(self, *, but: int = 0) -> None:
        """Check the snapshots that were brought, in order, all but the last ones."""
        while len(self.ahead) > but:
            candidate, reading = self.ahead.popleft()
            if isinstance(reading, Exception):
                self._fail(candidate, reading)
                continue
            read = reading()
            try:
                self._check(read)
            except (Permanent, WrongUse, PolarsError) as error:
                self._fail(candidate, error)
            else:
                self.log.add(read=1)

    def _fail(self, candidate: Candidate, error: Exception) -> None:
        failed = FailedSnapshot(name=candidate.name, as_of=candidate.retrieved_at, error=str(error))
        self.failed.append(failed)
        self.log.add(read=1, failed=1)

    def _check(self, read: ReadSnapshot) -> None:
        source = self.schema_log.source
        parsed = checked(read, self.schema_log, beside=self.schemas)
        # The bytes are archived; a chunk of the largest tables would fill the memory with them.
        parsed = replace(parsed, fetched=replace(parsed.fetched, contents={}))
        self.parsed.append(parsed)
        if parsed.schema and not blocking_fault(source, parsed):
            self.schemas[parsed.snapshot.id] = comparable(parsed.schema, source)


def bring(
    readers: SnapshotReaders,
    chunk: Sequence[PlannedSnapshot],
    *,
    at: datetime,
    log: ProgressLog | None = None,
) -> Arrivals:
    """Download, archive and parse the snapshots in order, until one of three things ends it.

    The snapshots are over, the origin sends us away, or the run is asked to end. Downloading,
    archiving and checking happen one after the other, in this thread. Only reading looks ahead, a
    few snapshots far.
    """
    store, source = readers.store, readers.source
    log = log or ProgressLog(Progress(source=source.name), clock=lambda: at)
    arrived = Arrivals(
        BodyReader(store), archived_ids(store, source.name), SchemaLogFile(store, source), log
    )
    arrived.stopped = _bring_all(readers, chunk, arrived, at=at)
    arrived.finish()
    return arrived


def _bring_all(
    readers: SnapshotReaders, chunk: Sequence[PlannedSnapshot], arrived: Arrivals, *, at: datetime
) -> str | None:
    """Bring what is planned; return why the rest was not requested, None if all of it was."""
    in_a_row = 0
    for candidate in [planned.candidate for planned in chunk]:
        if arrived.log.asked_to_end:
            return None
        try:
            fetched = _brought(readers.store, readers.source, candidate, arrived, at=at)
        except ArchiveAway as error:
            return str(error)
        except (FetchFailed, Permanent, WrongUse, PolarsError) as error:
            arrived.ahead.append((candidate, error))
            in_a_row = in_a_row + 1 if isinstance(error, FetchFailed) else 0
            if isinstance(error, FetchFailed) and in_a_row == FAILURES_IN_A_ROW:
                return _no_answers(error)
        else:
            in_a_row = 0
            arrived.ahead.append((candidate, readers.start(fetched)))
        arrived.finish(but=readers.ahead)
    return None


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
