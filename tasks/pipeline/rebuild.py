"""
Rebuild: every vintage of a source from the bytes that were kept, with today's parser.

Promises: all vintages or none; nothing is fetched; what a person has released stays released. The
generation before stays readable by the number of its commit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from polars.exceptions import PolarsError

from schemas.alerts import Alert
from schemas.errors import Damaged, Permanent, WrongUse
from schemas.records import Fetched, Outcome, Snapshot
from schemas.source import Source
from tasks.acceptance.blocking import blocking_fault
from tasks.acceptance.earlier_vintages import NO_EARLIER_VINTAGES
from tasks.acceptance.holding import accept
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.pipeline.parse import parse_fetched
from tasks.pipeline.run_summary import Summary, ingest_summary
from tasks.raw.archive import archived_body, archived_snapshots
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.schema_records import record_schemas
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable:
    """A vintage whose kept bytes cannot be read any more, and the sentence that says why."""

    id: str
    as_of: datetime
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """What became of a rebuild. `before` and `number`: the newest commit before it and now."""

    before: int
    number: int
    outcomes: tuple[Outcome, ...]
    failed: tuple[Unreadable, ...] = ()


def rebuild(store: Store, source: Source, *, at: datetime) -> Rebuilt:
    """
    Read every vintage of a source anew and commit them together as a new generation.

    What looks like a fault of the source is held as in an ingest, but a vintage that was not held
    before, or was released, is not held now; its notes say why it might be.

    Args:
        store: The lake.
        source: Whose vintages.
        at: The instant at which this lake learns them.

    Returns:
        One outcome a vintage. When the bytes of some cannot be read by today's parser those are
        listed under `failed`, and nothing was committed.

    Raises:
        WrongUse: The source has no vintage yet.
        Damaged: The bytes of a vintage are gone or are others.
    """
    vault = Vault(store, source.name)
    if vault.head is None:
        raise WrongUse(f"{source.name} has no vintage in {store.uri}; ingest or backfill it first.")
    before, vintages = vault.head.number, vault.vintages()
    items, failed = read_again(store, source, _kept(store, vault))
    failed += [
        _unreadable(item, fault) for item in items if (fault := blocking_fault(source, item))
    ]
    if failed:
        return Rebuilt(before=before, number=before, outcomes=(), failed=tuple(failed))
    accepted = {vintage.id for vintage in vintages if not vintage.held}
    judged = accept(source, items, replace(NO_EARLIER_VINTAGES, accepted=accepted))
    outcomes = vault.rebuild([one.draft for one in judged.values()], at=at)
    record_schemas(
        SchemaLogFile(store, source), {i.fetched.snapshot.id: i.schema for i in items if i.schema}
    )
    return Rebuilt(
        before=before,
        number=vault.head.number,
        outcomes=tuple(replace(one, notes=judged[one.id].reasons) for one in outcomes),
    )


def rebuild_summary(source: str, rebuilt: Rebuilt, alerts: Iterable[Alert]) -> Summary:
    """Return what a rebuild did: as of an ingest, with before, number and failed."""
    return {
        **ingest_summary(source, rebuilt.outcomes, alerts),
        "before": rebuilt.before,
        "number": rebuilt.number,
        "failed": [{**asdict(one), "as_of": one.as_of.isoformat()} for one in rebuilt.failed],
    }


def _unreadable(item: ParsedSnapshot, fault: str) -> Unreadable:
    snapshot = item.fetched.snapshot
    return Unreadable(id=snapshot.id, as_of=snapshot.retrieved_at, error=fault)


def _kept(store: Store, vault: Vault) -> list[Snapshot]:
    """Return the snapshot of every vintage, oldest first. Raises Damaged."""
    kept = {snapshot.id: snapshot for snapshot in archived_snapshots(store, vault.source)}
    for vintage in vault.vintages():
        if vintage.id not in kept:
            where = f"{store.uri}/raw/{vault.source}/fetches/{vintage.id}.json"
            raise Damaged(where, "no object", "the evidence of a vintage's fetch")
    return [kept[vintage.id] for vintage in vault.vintages()]


def read_again(
    store: Store, source: Source, snapshots: Sequence[Snapshot], *, is_held: bool = False
) -> tuple[list[ParsedSnapshot], list[Unreadable]]:
    """
    Return what kept snapshots say by today's parser, without their bytes; and what cannot be.

    `is_held`: each is held to the shape of the last good one before it, as in an ingest.
    """
    items: list[ParsedSnapshot] = []
    failed: list[Unreadable] = []
    for snapshot in snapshots:
        contents = {body.name: archived_body(store, body.sha256) for body in snapshot.bodies}
        fetched = Fetched(snapshot=snapshot, contents=contents, evidence={})
        try:
            item = parse_fetched(source, fetched, store=store if is_held else None)
            items.append(replace(item, fetched=replace(fetched, contents={})))
        except (Permanent, WrongUse, PolarsError) as error:
            at = snapshot.retrieved_at
            failed.append(Unreadable(id=snapshot.id, as_of=at, error=str(error)))
    return items, failed
