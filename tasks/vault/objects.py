"""Immutable objects that commits name by the sha256 of their bytes, and the archives of packs.

Promises: an object never changes. The operations of a segment are found where it was first written,
or in the pack into which a compaction gathered it.
"""

import hashlib
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import orjson
import polars as pl
import zstandard

from schemas.errors import Damaged
from tasks.vault.backends.store import Store
from tasks.vault.commit_codec import vintages_document, vintages_from
from tasks.vault.manifest import Page, Vintage
from tasks.vault.own_hash import encode as encode_json

Kind = Literal["seg", "quarantine", "printed", "pack", "base", "page", "archive"]
"""Segments; quarantined rows, and figures that are not compared, of one vintage and table; packs of
segments; bases; pages of vintages; lists of packs and bases."""
SEGMENT: Final = "_segment"
"""The column of a pack that has the place of a row's segment in the pack's list."""
PLACE: Final = "_place"
FEW: Final = 2  # segments that are looked for one by one before the list of packs is read
JSON_LEVEL: Final = 19
FRAME_LEVEL: Final = 3


def object_name(kind: Kind, sha256: str) -> str:
    """Return the object name of what a commit names by its hash."""
    return f"_vault/{kind}/{sha256}.{'json.zst' if kind in {'page', 'archive'} else 'parquet'}"


def fetch(store: Store, name: str) -> bytes:
    """Return the bytes of an object that a commit names. Raises Damaged when it is gone."""
    if (blob := store.get(name)) is None:
        raise Damaged(f"{store.uri}/{name}", "no object", "an object that a commit names")
    return blob.body


def load(store: Store, kind: Kind, sha256: str) -> pl.DataFrame:
    """Return the frame in a Parquet object. Raises Damaged when it is gone or has other bytes."""
    body = fetch(store, object_name(kind, sha256))
    return pl.read_parquet(io.BytesIO(_proved(store, kind, sha256, body)))


def _proved(store: Store, kind: Kind, sha256: str, body: bytes) -> bytes:
    """Return the bytes of an object once their hash is its name: parsers may abort on others."""
    if (seen := hashlib.sha256(body).hexdigest()) != sha256:
        where = f"{store.uri}/{object_name(kind, sha256)}"
        raise Damaged(where, f"bytes of {seen}", "the bytes that its name states")
    return body


def encoded(frame: pl.DataFrame, *, level: int = FRAME_LEVEL) -> tuple[str, bytes]:
    """Return the sha256 (hex) and the bytes (Parquet) of a vault object."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=level, statistics=False)
    body = buffer.getvalue()
    return hashlib.sha256(body).hexdigest(), body


def write_object(store: Store, kind: Kind, sha256: str, body: bytes) -> None:
    """Write an object that is named by its content.

    An existing object, perhaps of a writer that died long ago, is written again to renew its time:
    a running garbage collection then leaves it for the commit that will name it.
    """
    name = object_name(kind, sha256)
    while not store.put_if_absent(name, body):
        there = store.get(name)
        if there is not None and store.put_if_match(name, body, there.etag):
            break


def write_frame(
    store: Store, kind: Kind, frame: pl.DataFrame, *, named: Collection[str] = ()
) -> str:
    """Write a frame under its hash, which it returns, unless a commit has `named` that already."""
    sha256, body = encoded(frame)
    if sha256 not in named:
        write_object(store, kind, sha256, body)
    return sha256


def write_page(store: Store, vintages: Sequence[Vintage]) -> Page:
    """Seal vintages into a page."""
    sha256 = _write_json(store, "page", vintages_document(vintages))
    first, last = vintages[0].as_of, vintages[-1].as_of
    return Page(sha256=sha256, first=first, last=last, count=len(vintages))


def load_page(store: Store, page: Page) -> tuple[Vintage, ...]:
    """Return the vintages of a page."""
    return vintages_from(_load_json(store, "page", page.sha256))


def _write_json(store: Store, kind: Kind, document: Mapping[str, Any]) -> str:
    body = zstandard.ZstdCompressor(level=JSON_LEVEL).compress(encode_json(document))
    sha256 = hashlib.sha256(body).hexdigest()
    write_object(store, kind, sha256, body)
    return sha256


def _load_json(store: Store, kind: Kind, sha256: str) -> dict[str, Any]:
    body = _proved(store, kind, sha256, fetch(store, object_name(kind, sha256)))
    return orjson.loads(zstandard.ZstdDecompressor().decompress(body))


@dataclass(frozen=True, kw_only=True, slots=True)
class Pack:
    """Many segments of one schema in one object, sorted by key; `size` in bytes."""

    sha256: str
    segments: tuple[str, ...]
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """The whole working state after a vintage; `size` in bytes."""

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
    return _write_json(store, "archive", {name: asdict(table) for name, table in archive.items()})


def load_archive(store: Store, sha256: str | None) -> Archive:
    """Return the packs and bases of every table; nothing before the first compaction."""
    listed = {} if sha256 is None else _load_json(store, "archive", sha256)
    return {
        name: TableArchive(
            packs=tuple(
                Pack(sha256=pack["sha256"], segments=tuple(pack["segments"]), size=pack["size"])
                for pack in table["packs"]
            ),
            bases=tuple(Base(**base) for base in table["bases"]),
        )
        for name, table in listed.items()
    }


def load_operations(
    store: Store, segments: Sequence[str], packs: Callable[[], Sequence[Pack]], *, position: str
) -> pl.DataFrame:
    """Return the operations of segments of one schema, in their order.

    `packs`: returns those in which segments may lie; not asked where a few lie loose, as new ones.

    Columns: `position` (the place of the segment in `segments`), then those of a segment. A change
    that comes back has the same segment again, and its operations stand at each of its places.
    """
    wanted = {sha256: place for place, sha256 in enumerate(dict.fromkeys(segments))}
    places = pl.DataFrame(
        {position: [wanted[sha256] for sha256 in segments], PLACE: range(len(segments))},
        schema={position: pl.Int64, PLACE: pl.Int64},
    )
    parts: list[pl.DataFrame] = []
    for sha256 in [*wanted] if len(wanted) <= FEW else ():
        if (blob := store.get(object_name("seg", sha256))) is not None:
            rows = pl.read_parquet(io.BytesIO(_proved(store, "seg", sha256, blob.body)))
            place = pl.lit(wanted.pop(sha256), pl.Int64).alias(position)
            parts.append(rows.select(place, pl.all()))
    for pack in packs() if wanted else ():
        moved = {place: wanted.pop(s) for place, s in enumerate(pack.segments) if s in wanted}
        if moved:
            rows = load(store, "pack", pack.sha256).filter(pl.col(SEGMENT).is_in(list(moved)))
            place = pl.col(SEGMENT).replace_strict(moved, return_dtype=pl.Int64).alias(position)
            parts.append(rows.select(place, pl.exclude(SEGMENT)))
    store.read_ahead([object_name("seg", sha256) for sha256 in wanted])
    parts += [
        load(store, "seg", sha).select(pl.lit(place, pl.Int64).alias(position), pl.all())
        for sha, place in wanted.items()
    ]
    operations = pl.concat(parts)
    if places[position].n_unique() < places.height:
        repeated = operations.join(places, on=position, how="inner", maintain_order="left")
        operations = repeated.select(pl.col(PLACE).alias(position), pl.exclude(position, PLACE))
    return operations.sort(position, maintain_order=True)
