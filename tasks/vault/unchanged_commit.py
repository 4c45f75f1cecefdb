"""Observing: a snapshot of the very bytes that the newest vintage was read from."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.records import Outcome, Snapshot
from tasks.vault.commit import States, outcome_of, write
from tasks.vault.commit_builder import seal
from tasks.vault.manifest import Commit, Vintage

if TYPE_CHECKING:
    from tasks.vault.vault import Vault


def observe(
    vault: "Vault", snapshot: Snapshot, *, parser_version: int, at: datetime
) -> Outcome | None:
    """
    Commit that a source still says what its newest vintage says; nothing is read for it.

    Returns None, and commits nothing, where that may be otherwise: other bytes, another parser or
    scope, a newest vintage that is held or not older. The snapshot is then to be read. The vintage
    is the one that reading the bytes again would give.
    """

    def attempt() -> tuple[Commit, States] | None:
        head = vault.head
        before = head.tail[-1] if head and head.tail else None
        if head is None or before is None or not _says_the_same(before, snapshot, parser_version):
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

    return outcome_of(vault, snapshot) if write(vault, attempt, at=at, kind="ingest") else None


def _says_the_same(before: Vintage, snapshot: Snapshot, parser_version: int) -> bool:
    return (
        before.manifest_sha256 == snapshot.manifest_sha256
        and before.parser_version == parser_version
        and before.scope == snapshot.scope
        and before.as_of < snapshot.retrieved_at
        and not before.held
    )
