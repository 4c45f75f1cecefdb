"""Committing: how snapshots enter the vault.

Promises: one create-if-absent PUT of the log entry is the only commit point. A writer that loses
the race prepares its work again on the newer commit; one whose own PUT was reported as lost
recognises its transaction id.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from importlib.metadata import version

import polars as pl

from schemas.errors import LostRace, SameTimeOtherBytes
from schemas.records import Outcome, Snapshot, TableCounts
from tasks.vault.backdated_insert import Draft
from tasks.vault.commit_builder import appended, inserted, unretracted
from tasks.vault.commit_codec import to_document
from tasks.vault.manifest import Commit, Vintage, with_id
from tasks.vault.pages import seal
from tasks.vault.vault_reader import VaultReader

TRIES = 32
WRITER = f"vaxwatch {version('vaxwatch')}"
States = Mapping[str, pl.DataFrame]
"""Working states of the newest vintage, by table, where the writer has them at hand."""
Prepare = Callable[[], Sequence[Draft]]
"""Returns drafts as they follow from the commit that the vault's reader is on."""


def commit_snapshots(
    vault: VaultReader,
    drafts: Sequence[Draft],
    *,
    at: datetime,
    kind: str = "ingest",
    supersede: bool = False,
) -> list[Outcome]:
    """Commit all snapshots or none, whatever is known by now; see `commit_prepared`."""
    if not drafts:
        return []
    return commit_prepared(vault, lambda: drafts, at=at, kind=kind, supersede=supersede)


def commit_prepared(
    vault: VaultReader, prepare: Prepare, *, at: datetime, kind: str, supersede: bool
) -> list[Outcome]:
    """Commit all snapshots (one or more) or none; return the outcome of each.

    They are prepared again whenever another writer commits in between. A committed snapshot is
    'known' and changes nothing; so is one whose vintage is retracted. Raises SameTimeOtherBytes
    when another snapshot has the same instant, unless `supersede` replaces that one; LostRace when
    other writers are faster again and again.
    """
    drafts: Sequence[Draft] = ()
    known: set[str] = set()

    def attempt() -> tuple[Commit, States] | None:
        nonlocal drafts, known
        drafts = prepare()
        near = vault.vintages_from(min(draft.snapshot.retrieved_at for draft in drafts))
        known = {vintage.id for vintage in near}
        offered = {draft.snapshot.id: draft for draft in unretracted(vault, drafts)}
        fresh = [draft for name, draft in offered.items() if name not in known]
        claimed = {draft.snapshot.retrieved_at for draft in fresh} if supersede else set[datetime]()
        gone = [vintage.id for vintage in near if vintage.as_of in claimed]
        if not gone:
            refuse_clashes(vault.source, near, list(offered.values()))
        if not fresh:
            return None
        oldest = min(draft.snapshot.retrieved_at for draft in fresh)
        head = vault.head
        if head is None or all(vintage.as_of < oldest for vintage in near):
            return appended(vault, head, fresh, at=at)
        follower, walked = inserted(vault, head, fresh, at=at, without=gone)
        pins = (*follower.pins, follower.number) if gone else follower.pins
        return replace(follower, pins=pins, reshaped=follower.number + 1), walked.ends

    write_commit(vault, attempt, at=at, kind=kind)
    return [outcome_of(vault, draft.snapshot, known=draft.snapshot.id in known) for draft in drafts]


def refuse_clashes(source: str, vintages: Sequence[Vintage], drafts: Sequence[Draft]) -> None:
    """Raise SameTimeOtherBytes when another snapshot has a draft's instant."""
    taken = {vintage.as_of: vintage.id for vintage in vintages}
    for draft in drafts:
        at, offered = draft.snapshot.retrieved_at, draft.snapshot.id
        known = taken.setdefault(at, offered)
        if known != offered:
            raise SameTimeOtherBytes(source, at.isoformat(), known, offered)


def write_commit(
    vault: VaultReader,
    attempt: Callable[[], tuple[Commit, States] | None],
    *,
    at: datetime,
    kind: str,
) -> bool:
    """Write the commit that `attempt` returns; try again while other writers are faster.

    `attempt` returns the next commit, or None when there is nothing to write. Returns whether one
    was written.
    """
    for tried in range(TRIES):
        if tried:  # the first try is on the commit that was read: it fails where that is an old one
            vault.refresh()
        head = vault.head
        made = attempt()
        if made is None:
            return False
        follower, states = made
        bad = any(entry.quarantine for v in follower.tail for entry in v.tables.values())
        follower = replace(
            follower,
            has_quarantine=bad
            or follower.has_quarantine
            or (head is not None and head.has_quarantine),
            number=head.number + 1 if head else 1,
            kind=kind,
            written_at=at,
            parent_sha256=vault.head_sha256,
            txn=uuid.uuid4().hex,
        )
        document = to_document(follower, source=vault.source, writer=WRITER)
        if sha256 := vault.log.append(follower.number, document):
            vault.advance(follower, sha256=sha256, states=states)
            return True
    raise LostRace(vault.store.uri, TRIES)


def commit_unchanged(
    vault: VaultReader, snapshot: Snapshot, *, parser_version: int, at: datetime
) -> Outcome | None:
    """Commit a snapshot with the bytes of the newest vintage without parsing it.

    Returns None and commits nothing unless bytes, parser and scope are the same, the newest vintage
    is older and not held, and this one is not retracted; the caller then parses the snapshot. The
    vintage equals the one that parsing the bytes again would give.
    """

    def attempt() -> tuple[Commit, States] | None:
        head = vault.head
        before = head.tail[-1] if head and head.tail else None
        if head is None or before is None or snapshot.id in vault.retracted:
            return None
        if not _is_same(before, snapshot, parser_version):
            return None
        seen = replace(
            before,
            id=snapshot.id,
            as_of=snapshot.retrieved_at,
            ingested_at=at,
            url=snapshot.url,
            tables={
                name: replace(entry, segment=None, inserted=0, updated=0, deleted=0)
                for name, entry in before.tables.items()
            },
        )
        pages, tail = seal(vault.store, head.pages, [*head.tail, seen])
        return replace(head, pages=pages, tail=tail), {}

    is_written = write_commit(vault, attempt, at=at, kind="ingest")
    return outcome_of(vault, snapshot) if is_written else None


def _is_same(before: Vintage, snapshot: Snapshot, parser_version: int) -> bool:
    return (
        before.manifest_sha256 == snapshot.manifest_sha256
        and before.parser_version == parser_version
        and before.scope == snapshot.scope
        and before.as_of < snapshot.retrieved_at
        and not before.held
    )


def outcome_of(vault: VaultReader, snapshot: Snapshot, *, known: bool = False) -> Outcome:
    """Return the outcome of a committed snapshot; `known`: it was committed before.

    One whose vintage is retracted is known, with a note.
    """
    note, vintage = (), vault.retracted.get(snapshot.id)
    if vintage is None:
        vintage = with_id(vault.vintages_from(snapshot.retrieved_at), snapshot.id)
    elif vault.head is not None:
        known, note = True, (vault.head.retraction_note(vault.source, snapshot.id),)
    verdict = "new" if vintage.is_new else "unchanged"
    return Outcome(
        source=vault.source,
        id=vintage.id,
        as_of=vintage.as_of,
        verdict="known" if known else "held" if vintage.held else verdict,
        tables={
            name: TableCounts(**{f.name: getattr(entry, f.name) for f in fields(TableCounts)})
            for name, entry in vintage.tables.items()
        },
        notes=note,
    )
