"""
Replay: snapshots with rows in quarantine, or blocked, read again from the bytes that were kept.

Promises: each vintage keeps its own time and id; one that says what it said is left as it is; the
commit before stays readable by its number; what can be read now is marked as released.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from schemas.alerts import Alert
from schemas.errors import UnknownName, WrongUse
from schemas.records import Outcome, Snapshot
from schemas.source import Source
from tasks.acceptance.blocking import blocked_outcome, blocked_rows, separate_blocked
from tasks.acceptance.earlier_vintages import earlier_vintages
from tasks.acceptance.holding import accept
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.pipeline.publish import derive, with_notes
from tasks.pipeline.rebuild import Unreadable, read_again
from tasks.pipeline.run_summary import Summary, ingest_summary
from tasks.quarantine.lifecycle import BLOCKED, RELEASED, WAITING
from tasks.quarantine.record_quarantine import quarantine_of
from tasks.raw.archive import archived_snapshots
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """
    What became of a replay.

    `released`, `waiting`: faults (a row with two is there twice) that are no more, and that are.
    `failed`: snapshots whose bytes cannot be read at all.
    """

    outcomes: tuple[Outcome, ...]
    failed: tuple[Unreadable, ...]
    released: int
    waiting: int


def replay(store: Store, source: Source, *, ids: Sequence[str] = (), at: datetime) -> Replayed:
    """
    Read again what has rows in quarantine, with today's parser and rules, and commit what is new.

    What looks like a fault of the source is held as in an ingest, but a vintage that was not held
    before is not held now.

    Args:
        store: The lake.
        source: Whose snapshots.
        ids: Only these; all that have rows in quarantine, or are blocked, where none is given.
        at: The instant at which this lake learns it.

    Raises:
        UnknownName: One of `ids` has no row in quarantine.
        Damaged: Kept bytes are gone or are others.
    """
    vault = Vault(store, source.name)
    wanted = _wanted(store, source, vault, ids)
    if not wanted and quarantine_of(store).filter(source=source.name, state=BLOCKED).is_empty():
        raise WrongUse(f"{source.name} has no row in quarantine; there is nothing to read again.")
    before = _counts(store, source)
    items, failed = read_again(store, source, wanted, is_held=True)
    sound, refused = separate_blocked(source, items)
    outcomes = _restated(store, source, vault, sound, at=at)
    derive(store, vault, at=at, blocked=[blocked_rows(one) for one in refused], is_late=True)
    after = _counts(store, source)
    return Replayed(
        outcomes=(*outcomes, *map(blocked_outcome, refused)),
        failed=tuple(failed),
        released=after.get(RELEASED, 0) - before.get(RELEASED, 0),
        waiting=after.get(WAITING, 0) + after.get(BLOCKED, 0),
    )


def replay_summary(source: str, replayed: Replayed, alerts: Iterable[Alert]) -> Summary:
    """Return what a replay did: as of an ingest, with failed, released and waiting."""
    return {
        **ingest_summary(source, replayed.outcomes, alerts),
        "failed": [{**asdict(one), "as_of": one.as_of.isoformat()} for one in replayed.failed],
        "released": replayed.released,
        "waiting": replayed.waiting,
    }


def _restated(
    store: Store, source: Source, vault: Vault, items: Sequence[ParsedSnapshot], *, at: datetime
) -> list[Outcome]:
    if not items:
        return []
    judged = accept(source, items, earlier_vintages(store, source, vault, items))
    outcomes = vault.restate([one.draft for one in judged.values()], at=at)
    return with_notes(store, source, items, outcomes, judged=judged)


def _wanted(store: Store, source: Source, vault: Vault, ids: Sequence[str]) -> list[Snapshot]:
    """
    Return the snapshots that have rows in quarantine or are blocked, oldest first.

    One of whose instant another snapshot speaks by now waits for nothing.
    """
    shapes = SchemaLogFile(store, source).log
    listed = quarantine_of(store).filter(source=vault.source, state=BLOCKED)
    refused = shapes.refused.keys() - shapes.read.keys()
    doubtful = (
        refused
        | set(listed["snapshot_id"])
        | {
            vintage.id
            for vintage in vault.vintages()
            if any(entry.quarantine for entry in vintage.tables.values())
        }
    )
    there = {vintage.as_of: vintage.id for vintage in vault.vintages()}
    kept = {
        one.id: one
        for one in archived_snapshots(store, vault.source)
        if one.id in doubtful and there.get(one.retrieved_at, one.id) == one.id
    }
    for name in ids:
        if name not in kept:
            raise UnknownName("snapshot with rows in quarantine", name, sorted(kept)[-5:])
    return [one for one in kept.values() if not ids or one.id in ids]


def _counts(store: Store, source: Source) -> Mapping[str, int]:
    """Return how many faults of a source are in which state."""
    rows = quarantine_of(store).filter(source=source.name)
    return dict(rows.group_by("state").len().iter_rows())
