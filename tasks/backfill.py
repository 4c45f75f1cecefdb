"""
Backfill: which older snapshots are wanted, and one chunk of them at a time.

Promises: the plan is made from the lake, so a backfill that broke off is simply started again; a
bad file is kept, listed with its sentence, and does not stop the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from polars.exceptions import PolarsError

from schemas.errors import Permanent, SameTimeOtherBytes, WrongUse
from schemas.records import Fetched, Outcome
from schemas.source import Source
from tasks.fetch import from_file
from tasks.keep import keep, kept_snapshots
from tasks.origins import Candidate
from tasks.publish import Item, commit
from tasks.read import readings
from tasks.vault.store import Store
from tasks.vault.vault import Vault

Policy = Literal["missing", "failed", "all"]
"""Which are wanted: not in the vault; kept but not in the vault; every one, known ones too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """A candidate that is wanted, and the id of the vintage it would become."""

    id: str
    candidate: Candidate


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A file that could not be published, and the sentence that says why. Its bytes are kept."""

    file: str
    as_of: datetime
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of a chunk."""

    outcomes: tuple[Outcome, ...]
    failed: tuple[Failure, ...]


def wanted(
    store: Store, source: Source, candidates: Iterable[Candidate], *, policy: Policy = "missing"
) -> list[Planned]:
    """Return the candidates that a policy asks for, each once, in the order they come."""
    published = {vintage.id for vintage in Vault(store, source.name).vintages()}
    kept = {snapshot.id for snapshot in kept_snapshots(store, source.name)}
    planned: dict[str, Planned] = {}
    for candidate in candidates:
        name = _at_hand(source, candidate).snapshot.id
        absent = name not in published
        if policy == "all" or (absent and (policy == "missing" or name in kept)):
            planned.setdefault(name, Planned(id=name, candidate=candidate))
    return list(planned.values())


def take(
    store: Store,
    source: Source,
    chunk: Sequence[Planned],
    *,
    at: datetime,
    supersede: bool = False,
) -> Taken:
    """
    Keep and read every snapshot of a chunk and commit the sound ones together.

    Where two snapshots claim one instant each is committed by itself, so that only the later one of
    those fails; with `supersede` a snapshot replaces what the lake knew of its instant. Raises what
    is wrong with the lake (Transient, Damaged), never what is wrong with a file.
    """
    items: list[Item] = []
    failed: list[Failure] = []
    for planned in chunk:
        try:
            fetched = _at_hand(source, planned.candidate)
            keep(store, fetched)
            items.append(Item(fetched=fetched, readings=readings(source, fetched.contents)))
        except (Permanent, WrongUse, PolarsError) as error:
            candidate = planned.candidate
            failed.append(_failure(candidate.path.name, candidate.retrieved_at, error))
    try:
        outcomes = commit(store, source, items, at=at, kind="backfill", supersede=supersede)
    except SameTimeOtherBytes:
        outcomes, clashed = _one_by_one(store, source, items, at=at)
        failed += clashed
    return Taken(outcomes=tuple(outcomes), failed=tuple(failed))


def _one_by_one(
    store: Store, source: Source, items: Iterable[Item], *, at: datetime
) -> tuple[list[Outcome], list[Failure]]:
    outcomes: list[Outcome] = []
    clashed: list[Failure] = []
    for item in items:
        try:
            outcomes += commit(store, source, [item], at=at, kind="backfill")
        except SameTimeOtherBytes as error:
            snapshot = item.fetched.snapshot
            clashed.append(_failure(item.fetched.evidence["file"], snapshot.retrieved_at, error))
    return outcomes, clashed


def _at_hand(source: Source, candidate: Candidate) -> Fetched:
    return from_file(
        source,
        candidate.path,
        retrieved_at=candidate.retrieved_at,
        url=candidate.url,
        scope=candidate.scope,
    )


def _failure(file: str, as_of: datetime, error: Exception) -> Failure:
    return Failure(file=file, as_of=as_of, error=str(error))
