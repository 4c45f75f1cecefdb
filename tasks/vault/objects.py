"""
Objects: what a commit names, by the hash of its bytes.

Promises: an object never changes; it is looked for where it was first written, or in the pack into
which a compaction gathered it. A pack has the operations of many segments of one schema, sorted by
key, with `_segment`, the place of their segment in the pack's list.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from schemas.errors import Damaged
from tasks.vault.codec import vintages_document, vintages_from
from tasks.vault.log import encode as encode_json
from tasks.vault.manifest import Page, Vintage
from tasks.vault.segments import decode, encode
from tasks.vault.store import Store

SEGMENT = "_segment"


def segment_name(sha256: str) -> str:
    """Return the object name of a segment."""
    return f"_vault/seg/{sha256}.parquet"


def quarantine_name(sha256: str) -> str:
    """Return the object name of the quarantined rows of one vintage and table."""
    return f"_vault/quarantine/{sha256}.parquet"


def pack_name(sha256: str) -> str:
    """Return the object name of a pack."""
    return f"_vault/pack/{sha256}.parquet"


def base_name(sha256: str) -> str:
    """Return the object name of a base."""
    return f"_vault/base/{sha256}.parquet"


def page_name(sha256: str) -> str:
    """Return the object name of a page of vintages."""
    return f"_vault/page/{sha256}.json"


def archive_name(sha256: str) -> str:
    """Return the object name of a list of packs and bases."""
    return f"_vault/archive/{sha256}.json"


def fetch(store: Store, name: str) -> bytes:
    """Return the bytes of an object that a commit names. Raises Damaged when it is gone."""
    blob = store.get(name)
    if blob is None:
        raise Damaged(f"{store.uri}/{name}", "no object", "an object that a commit names")
    return blob.body


def load(store: Store, name: str) -> pl.DataFrame:
    """Return the frame in a Parquet object. Raises Damaged when it is gone or unreadable."""
    body = fetch(store, name)
    try:
        return decode(body)
    except pl.exceptions.PolarsError as error:
        raise Damaged(f"{store.uri}/{name}", str(error), "a Parquet object") from error


def keep(store: Store, name: str, body: bytes) -> None:
    """
    Write an object that is named by its content.

    One that is there already, perhaps from a writer that died long ago, is written again, so that
    it is young: a garbage collector that is at work now leaves it to the commit that will name it.
    """
    while not store.put_if_absent(name, body):
        there = store.get(name)
        if there is not None and store.put_if_match(name, body, there.etag):
            break


def keep_frame(store: Store, frame: pl.DataFrame, *, quarantined: bool = False) -> str:
    """Write a segment, or quarantined rows, under the hash of its bytes; return the hash."""
    sha256, body = encode(frame)
    keep(store, quarantine_name(sha256) if quarantined else segment_name(sha256), body)
    return sha256


def keep_page(store: Store, vintages: Sequence[Vintage]) -> Page:
    """Seal vintages into a page."""
    body = encode_json(vintages_document(vintages))
    sha256 = hashlib.sha256(body).hexdigest()
    keep(store, page_name(sha256), body)
    return Page(
        sha256=sha256,
        first=vintages[0].as_of,
        last=vintages[-1].as_of,
        count=len(vintages),
    )


def load_page(store: Store, page: Page) -> tuple[Vintage, ...]:
    """Return the vintages of a page."""
    return vintages_from(json.loads(fetch(store, page_name(page.sha256))))


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """Many segments of one schema in one object. `level` counts how often they were gathered."""

    sha256: str
    level: int
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


def keep_archive(store: Store, archive: Archive) -> str:
    """Write the list of packs and bases; return its hash."""
    body = encode_json({name: asdict(table) for name, table in archive.items()})
    sha256 = hashlib.sha256(body).hexdigest()
    keep(store, archive_name(sha256), body)
    return sha256


def load_archive(store: Store, sha256: str | None) -> Archive:
    """Return the packs and bases of every table; nothing before the first compaction."""
    if sha256 is None:
        return {}
    listed: dict[str, Any] = json.loads(fetch(store, archive_name(sha256)))
    return {
        name: TableArchive(
            packs=tuple(_pack(pack) for pack in table["packs"]),
            bases=tuple(Base(**base) for base in table["bases"]),
        )
        for name, table in listed.items()
    }


def _pack(listed: Mapping[str, Any]) -> Pack:
    return Pack(
        sha256=listed["sha256"],
        level=listed["level"],
        segments=tuple(listed["segments"]),
        size=listed["size"],
    )


PLACE = "_place"


def load_operations(
    store: Store, segments: Sequence[str], packs: Sequence[Pack], *, position: str
) -> pl.DataFrame:
    """
    Return the operations of segments of one schema, in their order.

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
    told = pl.concat(parts)
    if places[position].n_unique() < places.height:
        told = told.join(places, on=position, how="inner", maintain_order="left").drop(position)
        told = told.rename({PLACE: position}).select(position, pl.exclude(position))
    return told.sort(position, maintain_order=True)


def _placed(rows: pl.DataFrame, places: Mapping[int, int], position: str) -> pl.DataFrame:
    kept = rows.filter(pl.col(SEGMENT).is_in(list(places)))
    moved = pl.col(SEGMENT).replace_strict(places, return_dtype=pl.Int64).alias(position)
    return kept.select(moved, pl.exclude(SEGMENT))
