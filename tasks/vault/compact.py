"""Compaction: many small segments become few large packs, and replay gets a nearer start.

Promises: a compaction changes no vintage, state or segment's name; a second one changes nothing. An
operation is written again only when its pack at least doubles, or is small anyway. A base, the
whole working state, is laid when as many bytes of segments have come since the last one as a state
has; no pack reaches across it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from tasks.vault.backends.store import Store
from tasks.vault.commit import States, write_commit
from tasks.vault.derived_tables import publish_tables
from tasks.vault.manifest import Commit
from tasks.vault.objects import (
    SEGMENT,
    Base,
    Pack,
    TableArchive,
    encoded,
    fetch,
    load_operations,
    object_name,
    write_archive,
    write_object,
)
from tasks.vault.table_history import Entries, replayed
from tasks.vault.vault_reader import VaultReader

SMALL = 2**20
"""So many bytes are read in one go anyway: packs are gathered up to here, and need no base."""
COMPRESSION_LEVEL = 9


def compact_vault(vault: VaultReader, *, at: datetime) -> bool:
    """Gather segments, lay bases, publish everything; return whether that changed anything."""

    def attempt() -> tuple[Commit, States] | None:
        head = vault.head
        if head is None:
            return None
        before = {table: vault.archive(table) for table in vault.tables()}
        after = {table: _compacted(vault, table, archive) for table, archive in before.items()}
        if after == before:
            return None
        return replace(head, archive=write_archive(vault.store, after)), {}

    is_written = write_commit(vault, attempt, at=at, kind="compact")
    return bool(publish_tables(vault, everything=True)) or is_written


def _compacted(vault: VaultReader, table: str, archive: TableArchive) -> TableArchive:
    entries = [(vintage.id, vintage.tables[table]) for vintage in vault.vintages(table)]
    key = vault.key(table)
    known = {vintage for vintage, _ in entries}
    bases = tuple(base for base in archive.bases if base.id in known)
    archive = replace(archive, bases=bases, packs=living(archive.packs, entries))
    while (gathered := _gathered(vault.store, entries, archive, key)) != archive:
        archive = gathered
    return _based(vault.store, entries, archive, key)


def living(packs: Sequence[Pack], entries: Entries) -> tuple[Pack, ...]:
    """Return the packs that have a living segment which no pack before them has, in order."""
    places = {str(entry.segment): place for place, (_, entry) in reversed([*enumerate(entries)])}
    seen: set[str] = set()
    living: list[tuple[int, Pack]] = []
    for pack in packs:
        fresh = [name for name in pack.segments if name in places and name not in seen]
        if fresh:
            living.append((min(places[name] for name in fresh), pack))
            seen.update(fresh)
    return tuple(pack for _, pack in sorted(living, key=lambda one: one[0]))


@dataclass(kw_only=True, slots=True)
class Unit:
    """Segments that lie together: one that is loose, or those of a pack. `size` in bytes."""

    is_loose: bool
    segments: list[str] = field(default_factory=list[str])
    size: float = 0.0


def _gathered(
    store: Store, entries: Entries, archive: TableArchive, key: Sequence[str]
) -> TableArchive:
    """Return the archive with the newest units of each stretch gathered into one pack."""
    made: list[Pack] = []
    for stretch in stretches(entries, archive.bases):
        for group in _groups(_units(store, stretch, archive.packs)):
            segments = [name for unit in group for name in unit.segments]
            made.append(write_pack(store, segments, archive.packs, key))
    return replace(archive, packs=living((*made, *archive.packs), entries))


def write_pack(
    store: Store, segments: Sequence[str], packs: Sequence[Pack], key: Sequence[str]
) -> Pack:
    """Write segments of one schema, loose ones and some of `packs`, into one pack."""
    rows = load_operations(store, segments, lambda: packs, position=SEGMENT)
    rows = rows.with_columns(pl.col(SEGMENT).cast(pl.Int32)).sort(*key, SEGMENT)
    sha256, body = encoded(rows, level=COMPRESSION_LEVEL)
    write_object(store, "pack", sha256, body)
    return Pack(sha256=sha256, segments=tuple(segments), size=len(body))


def stretches(entries: Entries, bases: Sequence[Base]) -> Iterator[list[str]]:
    """Yield the segments of neighbours of one schema, each where it stands first, up to a base."""
    ends = {base.id for base in bases}
    seen: set[str] = set()
    stretch: list[str] = []
    schema = None
    for vintage, entry in entries:
        if entry.segment:
            if entry.schema != schema:
                yield stretch
                stretch, schema = [], entry.schema
            if entry.segment not in seen:
                stretch.append(entry.segment)
                seen.add(entry.segment)
        if vintage in ends:
            yield stretch
            stretch = []
    yield stretch


def _units(store: Store, stretch: Sequence[str], packs: Sequence[Pack]) -> list[Unit]:
    """Return what can be gathered of a stretch, oldest first."""
    packed = {name: pack for pack in reversed(packs) for name in pack.segments}
    units: dict[str, Unit] = {}
    for name in stretch:
        pack = packed.get(name)
        unit = units.setdefault(pack.sha256 if pack else name, Unit(is_loose=pack is None))
        unit.segments.append(name)
        if pack is None:
            unit.size += len(fetch(store, object_name("seg", name)))
        else:
            unit.size += pack.size / len(pack.segments)
    return list(units.values())


def _groups(units: Sequence[Unit]) -> list[list[Unit]]:
    """Return what is to be gathered: the newest, as far back as that pays; what is loose, alone."""
    newest: list[Unit] = []
    size = 0.0
    for unit in reversed(units):
        if newest and unit.size > size and unit.size + size > SMALL:
            break
        newest.insert(0, unit)
        size += unit.size
    older = units[: len(units) - len(newest)]
    groups = [*([unit] for unit in older), newest]
    return [group for group in groups if len(group) > 1 or any(unit.is_loose for unit in group)]


def _based(
    store: Store, entries: Entries, archive: TableArchive, key: Sequence[str]
) -> TableArchive:
    """Return the archive with a base after the newest vintage, if it pays."""
    places = {vintage: place for place, (vintage, _) in enumerate(entries)}
    start = places[archive.bases[-1].id] + 1 if archive.bases else 1
    behind = [entry.segment for _, entry in entries[start:] if entry.segment]
    size = sum(unit.size for unit in _units(store, behind, archive.packs))
    if size < SMALL:
        return archive
    state = replayed(store, None, entries, key, archive=archive)
    assert state is not None
    sha256, body = encoded(state, level=COMPRESSION_LEVEL)
    if size < len(body):
        return archive
    write_object(store, "base", sha256, body)
    laid = Base(sha256=sha256, id=entries[-1][0], size=len(body))
    return replace(archive, bases=(*archive.bases, laid))
