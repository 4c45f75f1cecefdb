"""System tables: versioned datasets that the lake itself produces, from the sources' vaults.

Every version stays, as_of is when this lake learnt it; nothing is committed where nothing changed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import polars as pl

from schemas.errors import Damaged, LostRace, SameTimeOtherBytes
from schemas.records import Body, Snapshot
from schemas.versions import SYSTEM_TABLE_VERSIONS
from tasks.catalog.views import publish_catalog
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.store import Store
from tasks.vault.bounded_compaction import compact_loose, is_compaction_due
from tasks.vault.canonical_frames import canonical
from tasks.vault.commit import commit_snapshots
from tasks.vault.derived_tables import publish_tables
from tasks.vault.segments import Covers, covered
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

QUARANTINE: Final = "quarantine"
QUALITY: Final = "quality"
SYSTEM_SOURCES: Final = (QUARANTINE, QUALITY)
"""Names under which the lake keeps its own datasets; no source has one of them."""
TRIES: Final = 32
TICK = timedelta(microseconds=1)


def commit_system_table(  # noqa: PLR0913 (what a vintage is made of)
    store: Store,
    dataset: str,
    frame: pl.DataFrame,
    *,
    key: Sequence[str],
    covers: Covers | None,
    at: datetime,
    about: str,
    descriptions: Mapping[str, str] = MappingProxyType({}),
    vault: VaultReader | None = None,
) -> bool:
    """Commit the present rows of a system table; return whether anything changed.

    `dataset`: '<source>.<table>', the source one of SYSTEM_SOURCES. `frame`: rows with the columns
    of `key`, null in none of them, and others. `covers`: the values of columns, as text, that
    `frame` covers; rows with others stand; None: it covers all. `at`: when this lake learns it; if
    another writer took that instant, or a later one is there, the next microsecond behind it.
    `about`: what it was made from, for source_url. `descriptions`: what each column means. `vault`:
    a reader of the table's source, where there is one already.
    Raises LostRace when other writers were faster, again and again.
    """
    source, _, table = dataset.partition(".")
    vault = vault or VaultReader(store, source)
    draft = TableDraft(
        frame=canonical(frame, key),
        key=tuple(key),
        covers=covers,
        descriptions=descriptions,
        version=SYSTEM_TABLE_VERSIONS.get(dataset, 1),
    )
    is_new = False
    for _ in range(TRIES):
        if _is_committed(vault, table, draft):
            break
        snapshot = _snapshot(vault, table, draft.frame, at=at, about=about)
        try:
            commit_snapshots(
                vault, [Draft(snapshot=snapshot, tables={table: draft})], at=at, kind="ledger"
            )
        except SameTimeOtherBytes:
            vault.refresh()
        else:
            is_new = True
            break
    else:
        raise LostRace(f"{store.uri}/{dataset}", TRIES)
    publish_system_source(store, source, vault=vault)
    if is_new and is_compaction_due(vault, 1):
        with suppress(Damaged):  # `vaxwatch verify` reports it
            compact_loose(vault, added=1, at=at)
    return is_new


def publish_system_source(store: Store, source: str, *, vault: VaultReader | None = None) -> None:
    """Bring the published files of a system source up to its newest commit, if there is one."""
    vault = vault or VaultReader(store, source)
    if vault.exists():
        publish_tables(vault)
        publish_catalog(store, vault)


def _is_committed(vault: VaultReader, table: str, draft: TableDraft) -> bool:
    """Return whether the newest vintage has the same rows; no vintage has none."""
    newest = vault.newest(table) if vault.exists() else None
    if newest is None:
        return draft.frame.is_empty()
    known = covered(state_of(vault, table, newest), draft.covers)
    return known.columns == draft.frame.columns and known.equals(draft.frame)


def _snapshot(
    vault: VaultReader, table: str, frame: pl.DataFrame, *, at: datetime, about: str
) -> Snapshot:
    tail = vault.head.tail if vault.head else ()
    as_of = max(at, tail[-1].as_of + TICK) if tail else at
    text = frame.write_ndjson().encode()
    body = Body(name=table, sha256=hashlib.sha256(text).hexdigest(), size=len(text))
    return Snapshot(source=vault.source, retrieved_at=as_of, bodies=(body,), url=about)
