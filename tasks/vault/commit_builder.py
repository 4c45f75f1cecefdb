"""Build the commit that adds drafts to the newest one.

Promises: appending newer vintages reads the newest state and the tail of the list only; anything
older re-derives what it must and leaves all other pages, packs and bases as they are.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from tasks.vault.backdated_insert import Draft, TableWalk
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Commit, TableInfo, TableVintage, Vintage
from tasks.vault.objects import Archive, TableArchive, load_archive, write_archive
from tasks.vault.pages import paged, seal
from tasks.vault.states import newest_state
from tasks.vault.vault_reader import VaultReader


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkResult:
    """Vintages with the drafts among them, with the last state and the rederived ids by table."""

    vintages: list[Vintage]
    ends: dict[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])
    rederived: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


def appended(
    vault: VaultReader, head: Commit | None, drafts: Sequence[Draft], *, at: datetime
) -> tuple[Commit, dict[str, pl.DataFrame]]:
    """Return the commit that appends newer drafts to `head`, and the last states by table.

    `head`: the vault's commit; None for the first commit of a generation.
    """
    names = {name for draft in drafts for name in draft.tables}
    starts = {
        name: newest_state(vault, name) for name in sorted(names) if head and vault.newest(name)
    }
    tables = _tables(head, drafts)
    known = [entry for one in (head.tail if head else ()) for entry in one.tables.values()]
    named = {name for entry in known for name in (entry.quarantine, entry.printed) if name}
    walked = _walk(vault.store, [], drafts, at=at, tables=tables, starts=starts, named=named)
    if head is None:
        head = Commit(number=1, kind="ingest", written_at=at, parent_sha256=None, tables=tables)
    if any(draft.releases for draft in drafts):
        vintages = released([*vault.vintages(), *walked.vintages], drafts)
        pages, tail = paged(vault.store, head.pages, vintages)
        head = replace(head, reshaped=head.number + 1)
    else:
        pages, tail = seal(vault.store, head.pages, [*head.tail, *walked.vintages])
    return replace(head, tables=tables, pages=pages, tail=tail), walked.ends


def inserted(
    vault: VaultReader,
    head: Commit,
    drafts: Sequence[Draft],
    *,
    at: datetime,
    without: Sequence[str],
) -> tuple[Commit, WalkResult]:
    """Return the commit with drafts at any place and without the vintages whose ids are given.

    A draft with one of these ids replaces that vintage.
    """
    tables, archive = _tables(head, drafts), load_archive(vault.store, head.archive)
    walked = _walk(
        vault.store,
        vault.vintages(),
        drafts,
        at=at,
        tables=tables,
        archive=archive,
        removed=without,
    )
    pages, tail = paged(vault.store, head.pages, released(walked.vintages, drafts))
    follower = replace(head, tables=tables, pages=pages, tail=tail)
    if head.archive is None:
        return follower, walked
    # a base is of no use where a vintage was derived again
    stale = walked.rederived
    kept = {
        name: replace(table, bases=tuple(b for b in table.bases if b.id not in stale.get(name, ())))
        for name, table in archive.items()
    }
    return replace(follower, archive=write_archive(vault.store, kept)), walked


def released(vintages: Sequence[Vintage], drafts: Sequence[Draft]) -> list[Vintage]:
    """Return the vintages; those that a draft releases are not held any more."""
    names = {name for draft in drafts for name in draft.releases}
    return [replace(one, held=False) if one.id in names else one for one in vintages]


def unretracted(vault: VaultReader, drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts without those whose vintage is retracted in the vault's commit."""
    return [draft for draft in drafts if draft.snapshot.id not in vault.retracted]


def _walk(  # noqa: PLR0913 (what a walk needs)
    store: Store,
    there: Sequence[Vintage],
    drafts: Sequence[Draft],
    *,
    at: datetime,
    tables: Mapping[str, TableInfo],
    starts: Mapping[str, pl.DataFrame] = {},
    archive: Archive = {},  # noqa: B006 (never changed)
    named: Collection[str] = (),
    removed: Collection[str] = (),
) -> WalkResult:
    new = {draft.snapshot.id: draft.vintage(at) for draft in drafts}
    drafted = {draft.snapshot.id: draft.tables for draft in drafts}
    old = [(vintage, vintage.id in removed) for vintage in there]
    # a removed vintage precedes its replacement
    vintages = sorted(
        [*old, *((vintage, False) for vintage in new.values())],
        key=lambda pair: (pair[0].as_of, not pair[1]),
    )
    entries: dict[str, dict[str, TableVintage]] = {vintage.id: {} for vintage, _ in vintages}
    walked = WalkResult(vintages=[])
    touched = [vintage.tables for vintage, is_gone in vintages if is_gone] + list(drafted.values())
    for table in sorted({name for names in touched for name in names}):
        walk = TableWalk(
            store,
            tables[table].key,
            archive=archive.get(table, TableArchive()),
            start=starts.get(table),
            named=named,
        )
        for vintage, is_gone in vintages:
            name = vintage.id
            if vintage is new.get(name):
                if table in drafted[name]:
                    entries[name][table] = walk.insert(drafted[name][table])
            elif table in vintage.tables:
                if is_gone:
                    walk.leave_out(name, vintage.tables[table])
                else:
                    entries[name][table] = walk.pass_over(name, vintage.tables[table])
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


def _tables(head: Commit | None, drafts: Sequence[Draft]) -> dict[str, TableInfo]:
    return {
        **(head.tables if head else {}),
        **{
            name: TableInfo(
                key=table.key, descriptions=dict(table.descriptions), version=table.version
            )
            for draft in drafts
            for name, table in draft.tables.items()
        },
    }
