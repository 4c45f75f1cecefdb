"""
Compaction: many small segments become few large packs, and replay gets a nearer start.

Promises: a compaction is a commit that changes no vintage, no state and no segment's name; what
was readable stays readable, byte by byte the same. Sixteen objects of one level are gathered into
one of the next, so that an operation is written again once per level. A base, the whole working
state, is laid when as many bytes of segments have come since the last one as a state has.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from tasks.vault.committing import States, write
from tasks.vault.manifest import Commit, TableVintage
from tasks.vault.objects import (
    SEGMENT,
    Base,
    Pack,
    TableArchive,
    base_name,
    fetch,
    keep,
    keep_archive,
    load_archive,
    load_operations,
    pack_name,
    segment_name,
)
from tasks.vault.replay import Line, replayed
from tasks.vault.store import Store

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

GATHERED = 16
LEVELS = 2
COMPRESSION_LEVEL = 9


def compact(vault: "Vault", *, at: datetime) -> bool:
    """Gather segments, lay bases, publish everything; return whether that changed anything."""

    def attempt() -> tuple[Commit, States] | None:
        head = vault.head
        if head is None:
            return None
        before = load_archive(vault.store, head.archive)
        after = {
            table: _compacted(vault, table, before.get(table, TableArchive()))
            for table in vault.tables()
        }
        if after == {table: before.get(table, TableArchive()) for table in after}:
            return None
        return replace(head, archive=keep_archive(vault.store, after)), {}

    is_written = write(vault, attempt, at=at, kind="compact")
    return bool(vault.publish(everything=True)) or is_written


def _compacted(vault: "Vault", table: str, archive: TableArchive) -> TableArchive:
    line = [(vintage.id, vintage.tables[table]) for vintage in vault.vintages(table)]
    key = vault.key(table)
    named = {entry.segment for _, entry in line}
    live = tuple(pack for pack in archive.packs if named & set(pack.segments))
    archive = replace(archive, packs=live)
    for level in range(LEVELS):
        archive = _gathered(vault.store, line, archive, key, level=level)
    return _based(vault.store, line, archive, key)


def _gathered(
    store: Store, line: Line, archive: TableArchive, key: Sequence[str], *, level: int
) -> TableArchive:
    """Return the archive with every sixteen neighbours of a level gathered into one pack."""
    packs = list(archive.packs)
    packed = {segment: pack for pack in packs for segment in pack.segments}
    for _, run in groupby((e for _, e in line if e.segment), key=lambda entry: entry.schema):
        units = _units(list(run), packed, level)
        for start in range(0, len(units) - GATHERED + 1, GATHERED):
            gathered = units[start : start + GATHERED]
            segments = list(dict.fromkeys(name for unit in gathered for name in unit))
            used = {packed[name].sha256 for name in segments if name in packed}
            made = _keep_pack(store, segments, packs, key, level=level + 1)
            packs = [pack for pack in packs if pack.sha256 not in used] + [made]
    order = {str(entry.segment): place for place, (_, entry) in enumerate(line)}
    packs.sort(key=lambda pack: min(order[name] for name in pack.segments if name in order))
    return replace(archive, packs=tuple(packs))


def _units(run: Sequence[TableVintage], packed: dict[str, Pack], level: int) -> list[list[str]]:
    """Return what can be gathered on a level: loose segments, or the packs below, whole."""
    names = list(dict.fromkeys(str(entry.segment) for entry in run))
    if level == 0:
        return [[name] for name in names if name not in packed]
    wanted = set(names)
    packs = {
        packed[name].sha256: packed[name]
        for name in names
        if name in packed and packed[name].level == level
    }
    return [[name for name in pack.segments if name in wanted] for pack in packs.values()]


def _keep_pack(
    store: Store, segments: Sequence[str], packs: Sequence[Pack], key: Sequence[str], *, level: int
) -> Pack:
    rows = load_operations(store, segments, packs, position=SEGMENT)
    sha256, body = _encoded(rows.with_columns(pl.col(SEGMENT).cast(pl.Int32)).sort(*key, SEGMENT))
    keep(store, pack_name(sha256), body)
    return Pack(sha256=sha256, level=level, segments=tuple(segments), size=len(body))


def _based(store: Store, line: Line, archive: TableArchive, key: Sequence[str]) -> TableArchive:
    """Return the archive with a base after the newest vintage, if it pays."""
    places = {vintage: place for place, (vintage, _) in enumerate(line)}
    bases = [base for base in archive.bases if base.id in places]
    start = places[bases[-1].id] + 1 if bases else 1
    behind = [entry for _, entry in line[start:] if entry.segment]
    if not behind:
        return replace(archive, bases=tuple(bases))
    state = replayed(store, None, line, key, archive=archive)
    assert state is not None
    sha256, body = _encoded(state)
    moved = {entry.segment: entry.moved for _, entry in line if entry.segment}
    if sum(_size(store, entry, archive, moved) for entry in behind) < len(body):
        return replace(archive, bases=tuple(bases))
    keep(store, base_name(sha256), body)
    bases.append(Base(sha256=sha256, id=line[-1][0], size=len(body)))
    return replace(archive, bases=tuple(bases))


def _size(
    store: Store, entry: TableVintage, archive: TableArchive, moved: Mapping[str, int]
) -> float:
    """Return how many bytes a segment takes; where it is packed, its share of the pack."""
    for pack in archive.packs:
        if entry.segment in pack.segments:
            rows = sum(moved.get(segment, 0) for segment in pack.segments)
            return pack.size * entry.moved / max(rows, 1)
    return len(fetch(store, segment_name(str(entry.segment))))


def _encoded(frame: pl.DataFrame) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer, compression="zstd", compression_level=COMPRESSION_LEVEL, statistics=False
    )
    body = buffer.getvalue()
    return hashlib.sha256(body).hexdigest(), body
