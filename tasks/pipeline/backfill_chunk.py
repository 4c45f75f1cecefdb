"""One chunk of a backfill: snapshots archived and parsed one by one, and committed together.

Promises: a bad snapshot is archived and reported with its sentence, and does not stop the others.
An archive that sends us away ends the run after what arrived is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from polars.exceptions import PolarsError

from schemas.errors import ArchiveAway, FetchFailed, Permanent, SameTimeOtherBytes, WrongUse
from schemas.records import Outcome, require_plausible
from schemas.source import Source
from tasks.acceptance.parsed_snapshot import ParsedSnapshot, blocking_fault
from tasks.origins import Candidate
from tasks.pipeline.parse import parse_fetched
from tasks.pipeline.publish import commit
from tasks.pipeline.run_summary import FailedSnapshot
from tasks.raw.archive import archive_snapshot
from tasks.raw.body_reader import BodyReader
from tasks.vault.backends.store import Store

FAILURES_IN_A_ROW: Final = 3
"""After so many snapshots in a row that an origin could not give, the run stops."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSnapshot:
    """A candidate that is taken. `id`: its vintage's; None if only the bytes decide it."""

    id: str | None
    candidate: Candidate


@dataclass(frozen=True, kw_only=True, slots=True)
class ChunkResult:
    """What came of a chunk.

    `stopped`: why the rest of it, and of the run, was not requested; None if all of it was.
    """

    outcomes: tuple[Outcome, ...]
    failed: tuple[FailedSnapshot, ...]
    stopped: str | None = None


@dataclass(slots=True)
class _Arrived:
    """The snapshots of a chunk so far.

    `bodies`: remembers the last bodies. `names`: the candidates' names by snapshot id.
    """

    bodies: BodyReader
    parsed: list[ParsedSnapshot] = field(default_factory=list[ParsedSnapshot])
    names: dict[str, str] = field(default_factory=dict[str, str])
    failed: list[FailedSnapshot] = field(default_factory=list[FailedSnapshot])
    stopped: str | None = None


def take(
    store: Store,
    source: Source,
    chunk: Sequence[PlannedSnapshot],
    *,
    at: datetime,
    supersede: bool = False,
) -> ChunkResult:
    """Archive and parse every snapshot of a chunk, and commit those that may be published.

    Where two snapshots claim one instant each is committed by itself, so that only the later one of
    those fails; with `supersede` a snapshot replaces the known one of its instant. Raises what is
    wrong with the store or the commit log (Transient, Damaged), never what is wrong with a single
    snapshot or its origin.
    """
    arrived = _arrived(store, source, chunk, at=at)
    failed = arrived.failed
    try:
        outcomes = commit(
            store, source, arrived.parsed, at=at, kind="backfill", supersede=supersede
        )
    except SameTimeOtherBytes:
        outcomes, clashed = _commit_one_by_one(store, source, arrived, at=at)
        failed = [*failed, *clashed]
    return ChunkResult(outcomes=tuple(outcomes), failed=tuple(failed), stopped=arrived.stopped)


def _arrived(
    store: Store, source: Source, chunk: Sequence[PlannedSnapshot], *, at: datetime
) -> _Arrived:
    """Download, archive and parse one snapshot after the other, until the origin sends us away."""
    arrived, in_a_row = _Arrived(BodyReader(store)), 0
    for candidate in [planned.candidate for planned in chunk]:
        try:
            _take_one(store, source, candidate, arrived, at=at)
        except ArchiveAway as error:
            arrived.stopped = str(error)
            return arrived
        except FetchFailed as error:
            arrived.failed.append(_failed(candidate, error))
            in_a_row += 1
            if in_a_row == FAILURES_IN_A_ROW:
                arrived.stopped = _no_answers(error)
                return arrived
            continue
        except (Permanent, WrongUse, PolarsError) as error:
            arrived.failed.append(_failed(candidate, error))
        in_a_row = 0
    return arrived


def _take_one(
    store: Store, source: Source, candidate: Candidate, arrived: _Arrived, *, at: datetime
) -> None:
    require_plausible(candidate.retrieved_at, now=at, what=candidate.name)
    fetched = candidate.bring(source, store)
    require_plausible(fetched.snapshot.retrieved_at, now=at, what=candidate.name)
    archive_snapshot(store, fetched, arrived.bodies)
    arrived.names[fetched.snapshot.id] = candidate.name
    good = [one for one in arrived.parsed if not blocking_fault(source, one)]
    beside = {one.fetched.snapshot.id: one.schema for one in good if one.schema}
    parsed = parse_fetched(source, fetched, store=store, beside=beside)
    # The bytes are archived; a chunk of the largest tables would fill the memory with them.
    arrived.parsed.append(replace(parsed, fetched=replace(fetched, contents={})))


def _commit_one_by_one(
    store: Store, source: Source, arrived: _Arrived, *, at: datetime
) -> tuple[list[Outcome], list[FailedSnapshot]]:
    outcomes: list[Outcome] = []
    clashed: list[FailedSnapshot] = []
    for parsed in arrived.parsed:
        try:
            outcomes += commit(store, source, [parsed], at=at, kind="backfill")
        except SameTimeOtherBytes as error:
            snapshot = parsed.fetched.snapshot
            name, as_of = arrived.names[snapshot.id], snapshot.retrieved_at
            clashed.append(FailedSnapshot(name=name, as_of=as_of, error=str(error)))
    return outcomes, clashed


def _no_answers(error: FetchFailed) -> str:
    return (
        f"{FAILURES_IN_A_ROW} snapshots in a row did not come, the last because of this: "
        f"{error.where}: {error.seen}. The others were not asked for. What came before is kept; "
        f"run the same command again later, and it goes on from there."
    )


def _failed(candidate: Candidate, error: Exception) -> FailedSnapshot:
    return FailedSnapshot(name=candidate.name, as_of=candidate.retrieved_at, error=str(error))
