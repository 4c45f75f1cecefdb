"""Archives: which packs and bases the compactions of a source have made.

Promises: the operations of a segment are found where it was first written, or in the pack into
which a compaction gathered it. A pack has the operations of many segments of one schema, sorted by
key, with `_segment`, the place of their segment in the pack's list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from tasks.vault.backends.store import Store
from tasks.vault.objects import (
    archive_name,
    load,
    pack_name,
    packed,
    segment_name,
    unpacked,
    write_object,
)

SEGMENT = "_segment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """Many segments of one schema in one object; `size` in bytes."""

    sha256: str
    segments: tuple[str, ...]
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """The whole working state after a vintage."""

    sha256: str
    id: str
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TableArchive:
    """Packs and bases of one table, oldest first."""

    packs: tuple[Pack, ...] = ()
    bases: tuple[Base, ...] = ()


Archive = Mapping[str, TableArchive]


def write_archive(store: Store, archive: Archive) -> str:
    """Write the list of packs and bases; return its hash."""
    sha256, body = packed({name: asdict(table) for name, table in archive.items()})
    write_object(store, archive_name(sha256), body)
    return sha256


def load_archive(store: Store, sha256: str | None) -> Archive:
    """Return the packs and bases of every table; nothing before the first compaction."""
    if sha256 is None:
        return {}
    listed = unpacked(store, archive_name(sha256))
    return {
        name: TableArchive(
            packs=tuple(_pack(pack) for pack in table["packs"]),
            bases=tuple(Base(**base) for base in table["bases"]),
        )
        for name, table in listed.items()
    }


def _pack(listed: Mapping[str, Any]) -> Pack:
    return Pack(sha256=listed["sha256"], segments=tuple(listed["segments"]), size=listed["size"])


PLACE = "_place"


def load_operations(
    store: Store, segments: Sequence[str], packs: Sequence[Pack], *, position: str
) -> pl.DataFrame:
    """Return the operations of segments of one schema, in their order.

    Columns: `position` (the place of the segment in `segments`), then those of a segment. A change
    that comes back has the same segment again, and its operations stand at each of its places.
    """
    wanted = {sha256: place for place, sha256 in enumerate(dict.fromkeys(segments))}
    places = pl.DataFrame(
        {position: [wanted[sha256] for sha256 in segments], PLACE: range(len(segments))},
        schema={position: pl.Int64, PLACE: pl.Int64},
    )
    parts: list[pl.DataFrame] = []
    for pack in packs:
        inside = {place: sha for place, sha in enumerate(pack.segments) if sha in wanted}
        if inside:
            rows = load(store, pack_name(pack.sha256))
            moved = {place: wanted.pop(sha) for place, sha in inside.items()}
            parts.append(_placed(rows, moved, position))
    parts += [
        load(store, segment_name(sha)).select(pl.lit(place, pl.Int64).alias(position), pl.all())
        for sha, place in wanted.items()
    ]
    operations = pl.concat(parts)
    if places[position].n_unique() < places.height:
        repeated = operations.join(places, on=position, how="inner", maintain_order="left")
        operations = repeated.select(pl.col(PLACE).alias(position), pl.exclude(position, PLACE))
    return operations.sort(position, maintain_order=True)


def _placed(rows: pl.DataFrame, places: Mapping[int, int], position: str) -> pl.DataFrame:
    kept = rows.filter(pl.col(SEGMENT).is_in(list(places)))
    moved = pl.col(SEGMENT).replace_strict(places, return_dtype=pl.Int64).alias(position)
    return kept.select(moved, pl.exclude(SEGMENT))
