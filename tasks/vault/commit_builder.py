"""
Build the commit that adds drafts to the newest one.

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
from tasks.vault.objects import load_page, write_page
from tasks.vault.packs import Archive, TableArchive, load_archive, write_archive
from tasks.vault.states import newest_state
from tasks.vault.vault_reader import VaultReader

PAGE = 32
"""So many vintages are sealed into one page; the tail has at most as many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkResult:
    """Vintages with the drafts among them, and what walking them brought to light."""

    vintages: list[Vintage]
    ends: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])
    rederived: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


def appended(
    vault: VaultReader, drafts: Sequence[Draft], *, at: datetime
) -> tuple[Commit, WalkResult]:
    """Return the commit with drafts that are all newer than every vintage."""
    head = vault.head
    tables = _tables(head, drafts)
    starts = {name: newest_state(vault, name) for name in _told(drafts) if name in vault.tables()}
    walked = _walk(vault.store, [], drafts, at=at, tables=tables, starts=starts)
    if head is None:
        pages, tail = seal(vault.store, (), walked.vintages)
        commit = _first(at, tables)
        return replace(commit, pages=pages, tail=tail), walked
    pages, tail = seal(vault.store, head.pages, [*head.tail, *walked.vintages])
    return replace(head, tables=tables, pages=pages, tail=tail), walked


def inserted(
    vault: VaultReader,
    drafts: Sequence[Draft],
    *,
    at: datetime,
    without: Iterable[str] = (),
) -> tuple[Commit, WalkResult]:
    """
    Return the commit with drafts anywhere in the line, and without the vintages named.

    A draft whose id is among those takes that vintage's place.
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
        gone=frozenset(without),
    )
    pages, tail = paged(vault.store, head.pages, walked.vintages)
    kept = write_archive(vault.store, _still_true(archive, walked)) if head.archive else None
    return replace(head, tables=tables, pages=pages, tail=tail, archive=kept), walked


def rebuilt(
    vault: VaultReader, drafts: Sequence[Draft], *, at: datetime
) -> tuple[Commit, WalkResult]:
    """Return the commit of a new generation: the drafts and nothing else."""
    tables = _tables(None, drafts)
    walked = _walk(vault.store, [], drafts, at=at, tables=tables)
    pages, tail = seal(vault.store, (), walked.vintages)
    return replace(_first(at, tables), pages=pages, tail=tail), walked


def seal(
    store: Store, pages: tuple[Page, ...], tail: Sequence[Vintage]
) -> tuple[tuple[Page, ...], tuple[Vintage, ...]]:
    """Return pages and tail after everything but the last vintages was sealed into pages."""
    while len(tail) > PAGE:
        pages, tail = (*pages, write_page(store, tail[:PAGE])), tail[PAGE:]
    return pages, tuple(tail)


def paged(
    store: Store, pages: tuple[Page, ...], vintages: Sequence[Vintage]
) -> tuple[tuple[Page, ...], tuple[Vintage, ...]]:
    """Return pages and tail of a changed line; pages in which nothing changed stay as they are."""
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
    gone: frozenset[str] = frozenset(),
) -> WalkResult:
    new = {draft.snapshot.id: draft.vintage(at) for draft in drafts}
    old = [(vintage, vintage.id in gone) for vintage in there]
    line = sorted([*old, *((vintage, False) for vintage in new.values())], key=_place)
    drafted = {draft.snapshot.id: draft.tables for draft in drafts}
    entries: dict[str, dict[str, TableVintage]] = {vintage.id: {} for vintage, _ in line}
    walked = WalkResult(vintages=[])
    touched = [vintage.tables for vintage, is_gone in line if is_gone] + list(drafted.values())
    for table in sorted({name for told in touched for name in told}):
        walk = TableWalk(
            store,
            tables[table].key,
            archive=archive.get(table, TableArchive()),
            start=starts.get(table),
        )
        for vintage, is_gone in line:
            told = drafted[vintage.id] if vintage is new.get(vintage.id) else vintage.tables
            if table in told:
                entry = _passed(walk, vintage.id, told[table], is_gone=is_gone)
                entries[vintage.id] |= {table: entry} if entry else {}
        walked.rederived[table] = walk.rederived
        end = walk.end()
        if end is not None:
            walked.ends[table] = end
    walked.vintages.extend(
        replace(vintage, tables={**vintage.tables, **entries[vintage.id]})
        for vintage, is_gone in line
        if not is_gone
    )
    return walked


def _passed(
    walk: TableWalk, vintage: str, told: TableDraft | TableVintage, *, is_gone: bool
) -> TableVintage | None:
    """Return what a vintage, new or there already, does to a table; None where it goes."""
    if isinstance(told, TableDraft):
        return walk.insert(told)
    if is_gone:
        walk.leave_out(vintage, told)
        return None
    return walk.pass_over(vintage, told)


def _place(one: tuple[Vintage, bool]) -> tuple[datetime, bool]:
    """Return where a vintage stands in the line; one that goes stands before what replaces it."""
    vintage, is_gone = one
    return vintage.as_of, not is_gone


def _told(drafts: Sequence[Draft]) -> list[str]:
    return sorted({name for draft in drafts for name in draft.tables})


def _tables(head: Commit | None, drafts: Sequence[Draft]) -> dict[str, TableInfo]:
    tables = dict(head.tables) if head else {}
    for draft in drafts:
        for name, told in draft.tables.items():
            tables[name] = TableInfo(
                key=told.key, descriptions=told.descriptions, version=told.version
            )
    return tables


def _first(at: datetime, tables: Mapping[str, TableInfo]) -> Commit:
    return Commit(number=1, kind="ingest", written_at=at, parent_sha256=None, tables=tables)


def _still_true(archive: Archive, walked: WalkResult) -> Archive:
    """Return the archive without the bases of vintages that were said anew."""
    return {
        name: replace(
            table,
            bases=tuple(
                base for base in table.bases if base.id not in walked.rederived.get(name, set())
            ),
        )
        for name, table in archive.items()
    }
