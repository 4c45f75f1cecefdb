"""
Committing: how snapshots enter the vault.

Promises: one create-if-absent PUT of the log entry is the only commit point. A writer that loses
the race reads the newer commit and tries again on it; a writer whose own PUT succeeded but was
reported as lost recognises its transaction id.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from schemas.errors import LostRace
from schemas.records import Outcome, TableCounts
from tasks.vault.insertion import Draft, refuse_clashes, with_drafts
from tasks.vault.log import encode
from tasks.vault.manifest import Commit, to_document, with_id

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

TRIES = 16
WRITER = f"vaxwatch {version('vaxwatch')}"


def commit(vault: "Vault", drafts: Sequence[Draft], *, at: datetime, kind: str) -> list[Outcome]:
    """
    Commit snapshots, all or none of them, and return what became of each.

    A snapshot that is there already is 'known' and changes nothing. Raises SameTimeOtherBytes when
    an instant is taken by other bytes, LostRace when others are faster again and again.
    """
    for _ in range(TRIES):
        vault.refresh()
        there = {vintage.id for vintage in vault.vintages()}
        refuse_clashes(vault.source, vault.vintages(), drafts)
        fresh = [draft for draft in drafts if draft.snapshot.id not in there]
        if not fresh or _append(vault, _extended(vault, fresh, at=at, kind=kind)):
            return [_outcome(vault, draft, known=draft.snapshot.id in there) for draft in drafts]
    raise LostRace(vault.store.uri, TRIES)


def _extended(vault: "Vault", fresh: Sequence[Draft], *, at: datetime, kind: str) -> Commit:
    head = vault.head
    tables, vintages = with_drafts(vault.store, head, fresh, at=at)
    return Commit(
        number=head.number + 1 if head else 1,
        kind=kind,
        written_at=at,
        parent_sha256=hashlib.sha256(encode(vault.log.read(head.number))).hexdigest()
        if head
        else None,
        tables=tables,
        vintages=vintages,
    )


def _append(vault: "Vault", commit: Commit) -> bool:
    document = to_document(commit, source=vault.source, writer=WRITER)
    is_mine = vault.log.append(commit.number, document) or (
        vault.log.read(commit.number)["txn"] == commit.txn
    )
    if is_mine:
        vault.adopt(commit)
    return is_mine


def _outcome(vault: "Vault", draft: Draft, *, known: bool) -> Outcome:
    vintage = with_id(vault.vintages(), draft.snapshot.id)
    verdict = "new" if vintage.is_new else "unchanged"
    return Outcome(
        source=vault.source,
        id=vintage.id,
        as_of=vintage.as_of,
        verdict="known" if known else "held" if vintage.held else verdict,
        tables={
            name: TableCounts(
                rows=entry.rows,
                inserted=entry.inserted,
                updated=entry.updated,
                deleted=entry.deleted,
                quarantined=entry.quarantined,
            )
            for name, entry in vintage.tables.items()
        },
    )
