"""Compaction by the way: a run gathers the small segments that lie loose, a few at a time.

Promises: as of `compact`: no vintage, state or segment's name changes. Bounded: of a table it reads
and writes 16 MiB at most, and as many loose segments as the run added vintages, or 64; it lays no
base and rewrites no published file. It comes last in a run, so that one that is killed, or
overtaken, has lost nothing; a later run gathers what this one leaves.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tasks.vault.backends.store import Store
from tasks.vault.commit import States, write_commit
from tasks.vault.compact import SMALL, living, stretches, write_pack
from tasks.vault.manifest import Commit
from tasks.vault.objects import Pack, TableArchive, fetch, object_name, write_archive
from tasks.vault.table_history import Entries
from tasks.vault.vault_reader import VaultReader

EVERY: Final = 16
"""After so many vintages loose segments are looked for; so many of a table are gathered."""
MOST_SEGMENTS: Final = 64
MOST_BYTES: Final = 16 * SMALL


def is_compaction_due(vault: VaultReader, added: int) -> bool:
    """Return whether a run that added so many vintages looks for loose segments; no request."""
    head = vault.head
    count = sum(page.count for page in head.pages) + len(head.tail) if head else 0
    return count % EVERY < added


def compact_loose(
    vault: VaultReader, *, added: int, at: datetime, least: int = EVERY
) -> dict[str, int]:
    """Gather the loose segments of the tables that have enough; return how many, by table.

    `added`: how many vintages the run added. `least`: loose segments that are enough. Nothing is
    done where another writer commits meanwhile.
    """
    start, done = vault.head, dict[str, int]()

    def attempt() -> tuple[Commit, States] | None:
        head = vault.head
        if head is None or head != start:
            return None
        archive: dict[str, TableArchive] = {}
        for table in vault.tables():
            before = archive[table] = vault.archive(table)
            entries = [(vintage.id, vintage.tables[table]) for vintage in vault.vintages(table)]
            loose = _loose(entries, before.packs)
            if len(loose) >= least:
                chosen = loose[: max(MOST_SEGMENTS, added)]
                archive[table] = _gathered(vault.store, entries, before, vault.key(table), chosen)
                done[table] = len({*loose} - {*_loose(entries, archive[table].packs)})
        if not any(done.values()):
            return None
        return replace(head, archive=write_archive(vault.store, archive)), {}

    return done if write_commit(vault, attempt, at=at, kind="compact") else {}


def _loose(entries: Entries, packs: Sequence[Pack]) -> list[str]:
    """Return the segments that no pack has, oldest first."""
    packed = {name for pack in packs for name in pack.segments}
    named = dict.fromkeys(entry.segment for _, entry in entries if entry.segment)
    return [name for name in named if name not in packed]


def _gathered(
    store: Store, entries: Entries, archive: TableArchive, key: Sequence[str], chosen: Sequence[str]
) -> TableArchive:
    """Return the archive with chosen segments in packs, with the small packs beside them."""
    made: list[Pack] = []
    left = MOST_BYTES
    for stretch in stretches(entries, archive.bases):
        names, size = set[str](), 0
        for name in [name for name in stretch if name in chosen]:
            length = len(fetch(store, object_name("seg", name)))
            if size + length > left:
                break
            names.add(name)
            size += length
        for pack in reversed(archive.packs) if names else ():
            if names.isdisjoint(pack.segments) and not {*stretch}.isdisjoint(pack.segments):
                if size + pack.size > (left if pack.size <= size else SMALL):
                    break
                names.update(pack.segments)
                size += pack.size
        left -= size
        if names:
            segments = [name for name in stretch if name in names]
            made.append(write_pack(store, segments, archive.packs, key))
    return replace(archive, packs=living((*made, *archive.packs), entries))
