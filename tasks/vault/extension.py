"""
Extension: the commit that follows another one when drafts are added to it.

Promises: appending newer vintages reads the newest state and the tail of the list only, however
many vintages there are; anything older re-derives what it must and leaves all other pages, packs
and bases as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from tasks.vault.archives import Archive, TableArchive, keep_archive, load_archive
from tasks.vault.insertion import Draft, TableLine
from tasks.vault.manifest import Commit, Page, TableInfo, TableVintage, Vintage
from tasks.vault.objects import keep_page, load_page
from tasks.vault.store import Store

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

PAGE = 32
"""So many vintages are sealed into one page; the tail has at most as many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Walked:
    """Vintages with the drafts among them, and what walking them brought to light."""

    vintages: list[Vintage]
    ends: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])
    rederived: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


def appended(vault: "Vault", drafts: Sequence[Draft], *, at: datetime) -> tuple[Commit, Walked]:
    """Return the commit with drafts that are all newer than every vintage."""
    head = vault.head
    tables = _tables(head, drafts)
    starts = {name: vault.newest_state(name) for name in _told(drafts) if name in vault.tables()}
    walked = _walk(vault.store, [], drafts, at=at, tables=tables, starts=starts)
    if head is None:
        pages, tail = seal(vault.store, (), walked.vintages)
        commit = _first(at, tables)
        return replace(commit, pages=pages, tail=tail), walked
    pages, tail = seal(vault.store, head.pages, [*head.tail, *walked.vintages])
    return replace(head, tables=tables, pages=pages, tail=tail), walked


def inserted(
    vault: "Vault",
    drafts: Sequence[Draft],
    *,
    at: datetime,
    without: Iterable[str] = (),
) -> tuple[Commit, Walked]:
    """Return the commit with drafts anywhere in the line, and without the vintages named."""
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
    kept = keep_archive(vault.store, _still_true(archive, walked)) if head.archive else None
    return replace(head, tables=tables, pages=pages, tail=tail, archive=kept), walked


def rebuilt(vault: "Vault", drafts: Sequence[Draft], *, at: datetime) -> tuple[Commit, Walked]:
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
        pages, tail = (*pages, keep_page(store, tail[:PAGE])), tail[PAGE:]
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
        sealed += [keep_page(store, part) for part in parts]
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
) -> Walked:
    new = [draft.vintage(at) for draft in drafts]
    line = sorted([*there, *new], key=lambda vintage: vintage.as_of)
    drafted = {draft.snapshot.id: draft.tables for draft in drafts}
    entries: dict[str, dict[str, TableVintage]] = {vintage.id: {} for vintage in line}
    walked = Walked(vintages=[])
    touched = [v.tables for v in line if v.id in gone] + list(drafted.values())
    for table in sorted({name for told in touched for name in told}):
        walk = TableLine(
            store,
            tables[table].key,
            archive=archive.get(table, TableArchive()),
            start=starts.get(table),
        )
        for vintage in line:
            if table in drafted.get(vintage.id, {}):
                entries[vintage.id][table] = walk.insert(drafted[vintage.id][table])
            elif vintage.id in gone and table in vintage.tables:
                walk.leave_out(vintage.id, vintage.tables[table])
            elif table in vintage.tables:
                entry = vintage.tables[table]
                entries[vintage.id][table] = walk.pass_over(vintage.id, entry)
        walked.rederived[table] = walk.rederived
        end = walk.end()
        if end is not None:
            walked.ends[table] = end
    walked.vintages.extend(
        replace(vintage, tables={**vintage.tables, **entries[vintage.id]})
        for vintage in line
        if vintage.id not in gone
    )
    return walked


def _told(drafts: Sequence[Draft]) -> list[str]:
    return sorted({name for draft in drafts for name in draft.tables})


def _tables(head: Commit | None, drafts: Sequence[Draft]) -> dict[str, TableInfo]:
    tables = dict(head.tables) if head else {}
    for draft in drafts:
        for name, told in draft.tables.items():
            tables[name] = TableInfo(key=told.key, descriptions=told.descriptions)
    return tables


def _first(at: datetime, tables: Mapping[str, TableInfo]) -> Commit:
    return Commit(number=1, kind="ingest", written_at=at, parent_sha256=None, tables=tables)


def _still_true(archive: Archive, walked: Walked) -> Archive:
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
