"""Build the commit that adds drafts to the newest one.

Promises: appending newer vintages reads the newest state and the tail of the list only, however
many vintages there are; anything older re-derives what it must and leaves all other pages, packs
and bases as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from tasks.vault.backdated_insert import Draft, TableDraft, TableWalk
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Commit, Page, TableInfo, TableVintage, Vintage
from tasks.vault.objects import (
    Archive,
    TableArchive,
    load_archive,
    load_page,
    write_archive,
    write_page,
)
from tasks.vault.states import newest_state
from tasks.vault.vault_reader import VaultReader

PAGE = 32
"""Vintages per sealed page; the tail has at most as many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkResult:
    """Vintages with the drafts among them, with the last state and the rederived ids by table."""

    vintages: list[Vintage]
    ends: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])
    rederived: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


def appended(
    vault: VaultReader, drafts: Sequence[Draft], *, at: datetime
) -> tuple[Commit, WalkResult]:
    """Return the commit that appends drafts, all newer than every vintage."""
    head = vault.head
    tables = _tables(head, drafts)
    starts = {
        name: newest_state(vault, name) for name in _table_names(drafts) if name in vault.tables()
    }
    walked = _walk(vault.store, [], drafts, at=at, tables=tables, starts=starts)
    if head is None:
        pages, tail = seal(vault.store, (), walked.vintages)
        commit = _first(at, tables)
        return replace(commit, pages=pages, tail=tail), walked
    pages, tail = seal(vault.store, head.pages, [*head.tail, *walked.vintages])
    return replace(head, tables=tables, pages=pages, tail=tail), walked


def inserted(
    vault: VaultReader, drafts: Sequence[Draft], *, at: datetime, without: Iterable[str] = ()
) -> tuple[Commit, WalkResult]:
    """Return the commit with drafts at any place and without the vintages whose ids are given.

    A draft with one of these ids replaces that vintage.
    """
    head = vault.head
    assert head is not None
    tables = _tables(head, drafts)
    archive = load_archive(vault.store, head.archive)
    walked = _walk(
        vault.store,
        vault.vintages(),
        drafts,
        at=at,
        tables=tables,
        archive=archive,
        removed=frozenset(without),
    )
    pages, tail = paged(vault.store, head.pages, walked.vintages)
    kept = write_archive(vault.store, _still_valid(archive, walked)) if head.archive else None
    return replace(head, tables=tables, pages=pages, tail=tail, archive=kept), walked


def rebuilt(
    vault: VaultReader, drafts: Sequence[Draft], *, at: datetime
) -> tuple[Commit, WalkResult]:
    """Return the commit of a new generation that has the drafts alone."""
    tables = _tables(None, drafts)
    walked = _walk(vault.store, [], drafts, at=at, tables=tables)
    pages, tail = seal(vault.store, (), walked.vintages)
    return replace(_first(at, tables), pages=pages, tail=tail), walked


def seal(
    store: Store, pages: tuple[Page, ...], tail: Sequence[Vintage]
) -> tuple[tuple[Page, ...], tuple[Vintage, ...]]:
    """Return pages and tail with all but the last vintages sealed into pages."""
    while len(tail) > PAGE:
        pages, tail = (*pages, write_page(store, tail[:PAGE])), tail[PAGE:]
    return pages, tuple(tail)


def paged(
    store: Store, pages: tuple[Page, ...], vintages: Sequence[Vintage]
) -> tuple[tuple[Page, ...], tuple[Vintage, ...]]:
    """Return pages and tail of changed vintages; unchanged pages stay."""
    sealed: list[Page] = []
    rest = list(vintages)
    for page in pages:
        inside = [vintage for vintage in rest if vintage.as_of <= page.last]
        rest = rest[len(inside) :]
        if len(inside) == page.count and tuple(inside) == load_page(store, page):
            sealed.append(page)
            continue
        size = PAGE if len(inside) > 2 * PAGE else max(len(inside), 1)
        parts = [inside[start : start + size] for start in range(0, len(inside), size)]
        sealed += [write_page(store, part) for part in parts]
    return seal(store, tuple(sealed), rest)


def _walk(  # noqa: PLR0913 (what a walk needs)
    store: Store,
    there: Sequence[Vintage],
    drafts: Sequence[Draft],
    *,
    at: datetime,
    tables: Mapping[str, TableInfo],
    starts: Mapping[str, pl.DataFrame] = {},
    archive: Archive = {},  # noqa: B006 (never changed)
    removed: frozenset[str] = frozenset(),
) -> WalkResult:
    new = {draft.snapshot.id: draft.vintage(at) for draft in drafts}
    old = [(vintage, vintage.id in removed) for vintage in there]
    vintages = sorted([*old, *((vintage, False) for vintage in new.values())], key=_order)
    drafted = {draft.snapshot.id: draft.tables for draft in drafts}
    entries: dict[str, dict[str, TableVintage]] = {vintage.id: {} for vintage, _ in vintages}
    walked = WalkResult(vintages=[])
    touched = [vintage.tables for vintage, is_gone in vintages if is_gone] + list(drafted.values())
    for table in sorted({name for names in touched for name in names}):
        walk = TableWalk(
            store,
            tables[table].key,
            archive=archive.get(table, TableArchive()),
            start=starts.get(table),
        )
        for vintage, is_gone in vintages:
            contents = drafted[vintage.id] if vintage is new.get(vintage.id) else vintage.tables
            if table in contents:
                entry = _passed(walk, vintage.id, contents[table], is_gone=is_gone)
                entries[vintage.id] |= {table: entry} if entry else {}
        walked.rederived[table] = walk.rederived
        end = walk.end()
        if end is not None:
            walked.ends[table] = end
    walked.vintages.extend(
        replace(vintage, tables={**vintage.tables, **entries[vintage.id]})
        for vintage, is_gone in vintages
        if not is_gone
    )
    return walked


def _passed(
    walk: TableWalk, vintage: str, entry: TableDraft | TableVintage, *, is_gone: bool
) -> TableVintage | None:
    """Return the entry of a new or committed vintage; None for one that is removed."""
    if isinstance(entry, TableDraft):
        return walk.insert(entry)
    if is_gone:
        walk.leave_out(vintage, entry)
        return None
    return walk.pass_over(vintage, entry)


def _order(one: tuple[Vintage, bool]) -> tuple[datetime, bool]:
    """Return the sort key of a vintage; a removed one precedes its replacement."""
    vintage, is_gone = one
    return vintage.as_of, not is_gone


def _table_names(drafts: Sequence[Draft]) -> list[str]:
    return sorted({name for draft in drafts for name in draft.tables})


def _tables(head: Commit | None, drafts: Sequence[Draft]) -> dict[str, TableInfo]:
    tables = dict(head.tables) if head else {}
    for draft in drafts:
        for name, table in draft.tables.items():
            tables[name] = TableInfo(
                key=table.key, descriptions=table.descriptions, version=table.version
            )
    return tables


def _first(at: datetime, tables: Mapping[str, TableInfo]) -> Commit:
    return Commit(number=1, kind="ingest", written_at=at, parent_sha256=None, tables=tables)


def _still_valid(archive: Archive, walked: WalkResult) -> Archive:
    """Return the archive without the bases of vintages that were derived again."""
    return {
        name: replace(
            table,
            bases=tuple(
                base for base in table.bases if base.id not in walked.rederived.get(name, set())
            ),
        )
        for name, table in archive.items()
    }
