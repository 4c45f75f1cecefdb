"""
Backfill: which older snapshots are wanted, and one chunk of them at a time.

Promises: the plan is made from the lake, so a backfill that broke off is simply started again; what
came before is not brought again. A bad snapshot is kept, listed with its sentence, and does not
stop the others; an archive that sends us away stops the run, after what came is published.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from polars.exceptions import PolarsError

from schemas.errors import ArchiveAway, FetchFailed, Permanent, SameTimeOtherBytes, WrongUse
from schemas.records import Outcome
from schemas.source import Source
from tasks.acceptance.blocking import blocking_fault
from tasks.origins import Candidate
from tasks.pipeline.parse import parse_fetched
from tasks.pipeline.publish import ParsedSnapshot, commit
from tasks.raw.archive import archive_snapshot, archived_snapshots
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault

Policy = Literal["missing", "failed", "all"]
"""Which are wanted: not in the vault; kept but not in the vault; every one, known ones too."""
SILENCES = 3
"""After so many snapshots in a row that an archive could not give, the next are not asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSnapshot:
    """
    A candidate that is wanted.

    `id`: of the vintage it would become, None where only its bytes can tell.
    """

    id: str | None
    candidate: Candidate


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """
    A snapshot that could not be published, and the sentence that says why.

    `file`: the candidate's name. Its bytes are kept, if they came.
    """

    file: str
    as_of: datetime
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChunkResult:
    """What became of a chunk. `stopped`: why the rest of it, and of the run, was not asked for."""

    outcomes: tuple[Outcome, ...]
    failed: tuple[Failure, ...]
    stopped: str | None = None


@dataclass(slots=True)
class _Brought:
    """What has come so far of a chunk; `names`: of the candidates, by the id of their snapshot."""

    items: list[ParsedSnapshot] = field(default_factory=list[ParsedSnapshot])
    names: dict[str, str] = field(default_factory=dict[str, str])
    failed: list[Failure] = field(default_factory=list[Failure])
    stopped: str | None = None


def wanted(
    store: Store, source: Source, candidates: Iterable[Candidate], *, policy: Policy = "missing"
) -> list[PlannedSnapshot]:
    """
    Return the candidates that a policy asks for, each once, in the order they come.

    What only its bytes can tell was never kept, and so is missing.
    """
    published = {vintage.id for vintage in Vault(store, source.name).vintages()}
    kept = {snapshot.id for snapshot in archived_snapshots(store, source.name)}
    planned: list[PlannedSnapshot] = []
    seen: set[str] = set()
    for candidate in candidates:
        snapshot = candidate.snapshot(source)
        name = snapshot.id if snapshot else None
        absent = name not in published
        if policy == "all" or (absent and (policy == "missing" or name in kept)):
            if name is None or name not in seen:
                planned.append(PlannedSnapshot(id=name, candidate=candidate))
            seen |= {name} if name else set()
    return planned


def take(
    store: Store,
    source: Source,
    chunk: Sequence[PlannedSnapshot],
    *,
    at: datetime,
    supersede: bool = False,
) -> ChunkResult:
    """
    Keep and read every snapshot of a chunk and commit the sound ones together.

    Where two snapshots claim one instant each is committed by itself, so that only the later one of
    those fails; with `supersede` a snapshot replaces what the lake knew of its instant. Raises what
    is wrong with the store or the log of commits (Transient, Damaged), never what is wrong with a
    snapshot, its kept bytes included, or with its origin.
    """
    brought = _bring(store, source, chunk)
    failed = brought.failed
    try:
        outcomes = commit(store, source, brought.items, at=at, kind="backfill", supersede=supersede)
    except SameTimeOtherBytes:
        outcomes, clashed = _one_by_one(store, source, brought, at=at)
        failed = [*failed, *clashed]
    return ChunkResult(outcomes=tuple(outcomes), failed=tuple(failed), stopped=brought.stopped)


def _bring(store: Store, source: Source, chunk: Sequence[PlannedSnapshot]) -> _Brought:
    """Bring, keep and read one snapshot after the other, to the end or until we are sent away."""
    brought, silences = _Brought(), 0
    for planned in chunk:
        candidate = planned.candidate
        try:
            _take_one(store, source, candidate, brought)
        except ArchiveAway as error:
            brought.stopped = str(error)
            return brought
        except FetchFailed as error:
            brought.failed.append(_failure(candidate.name, candidate.retrieved_at, error))
            silences += 1
            if silences == SILENCES:
                brought.stopped = _silence(error)
                return brought
            continue
        except (Permanent, WrongUse, PolarsError) as error:
            brought.failed.append(_failure(candidate.name, candidate.retrieved_at, error))
        silences = 0
    return brought


def _take_one(store: Store, source: Source, candidate: Candidate, brought: _Brought) -> None:
    fetched = candidate.bring(source, store)
    archive_snapshot(store, fetched)
    snapshot = fetched.snapshot
    brought.names[snapshot.id] = candidate.name
    good = [one for one in brought.items if not blocking_fault(source, one)]
    beside = {one.fetched.snapshot.id: one.schema for one in good if one.schema}
    item = parse_fetched(source, fetched, store=store, beside=beside)
    # The bytes are kept, and a chunk of the largest tables would fill the memory.
    brought.items.append(replace(item, fetched=replace(fetched, contents={})))


def _one_by_one(
    store: Store, source: Source, brought: _Brought, *, at: datetime
) -> tuple[list[Outcome], list[Failure]]:
    outcomes: list[Outcome] = []
    clashed: list[Failure] = []
    for item in brought.items:
        try:
            outcomes += commit(store, source, [item], at=at, kind="backfill")
        except SameTimeOtherBytes as error:
            snapshot = item.fetched.snapshot
            clashed.append(_failure(brought.names[snapshot.id], snapshot.retrieved_at, error))
    return outcomes, clashed


def _silence(error: FetchFailed) -> str:
    return (
        f"{SILENCES} snapshots in a row did not come, the last because of this: {error.url}: "
        f"{error.seen}. The others were not asked for. What came before is kept; run the same "
        f"command again later, and it goes on from there."
    )


def _failure(file: str, as_of: datetime, error: Exception) -> Failure:
    return Failure(file=file, as_of=as_of, error=str(error))
