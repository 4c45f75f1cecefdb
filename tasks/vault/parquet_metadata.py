"""Published Parquet objects with metadata about the commit they show.

Promises: an object says in its metadata which commit and which vintages it shows, and what its
columns mean; it is replaced whole, by a writer that has read it, and never by an older commit.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from tasks.vault.backends.store import NOT_READ, Blob, Store
from tasks.vault.manifest import TableVintage, Vintage

ROW_GROUP = 65_536
COMPRESSION_LEVEL = 1
"""A file that is written with every vintage: level 3 takes a quarter longer and saves 15 %."""
PREFIX = "vaxwatch."


@dataclass(frozen=True)
class PublishedFile:
    """A published object as it was read; `blob` is None where there is no object."""

    name: str
    blob: Blob | None

    @cached_property
    def metadata(self) -> dict[str, str]:
        """The object's Parquet metadata, without the prefix of the names; empty for no object."""
        return read_metadata(self.blob.body) if self.blob else {}

    @property
    def gen(self) -> int:
        """The number of the commit that the object shows; 0 for no object."""
        return int(self.metadata.get("gen", 0))

    def frame(self) -> pl.DataFrame:
        """Return the rows of the object, which must exist."""
        assert self.blob is not None
        return pl.read_parquet(io.BytesIO(self.blob.body))


FrameWithMetadata = tuple[pl.DataFrame, Mapping[str, str]]
FileBuilder = Callable[[PublishedFile], FrameWithMetadata | None]
"""Returns the new frame and metadata of an object; None leaves the object as it is."""


def update_file(
    store: Store, name: str, build: FileBuilder, *, seen: Blob | None = NOT_READ
) -> bool:
    """Replace a published object by the result of `build`; return whether it was written.

    An object that shows a later commit stays. `seen`: the object as just read, which saves the
    first read. Raises LostRace.
    """

    def body(present: bytes | None) -> bytes | None:
        there = PublishedFile(name, None if present is None else Blob(present, etag=""))
        made = build(there)
        return None if made is None or there.gen > int(made[1]["gen"]) else to_parquet(*made)

    return store.update(name, body, seen=seen)


def to_parquet(frame: pl.DataFrame, metadata: Mapping[str, str]) -> bytes:
    """Return a frame with metadata as Parquet (zstd, row groups of 65,536)."""
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        row_group_size=ROW_GROUP,
        metadata={PREFIX + name: value for name, value in metadata.items()},
    )
    return buffer.getvalue()


def read_metadata(body: bytes) -> dict[str, str]:
    """Return the metadata that `to_parquet` wrote, without the prefix of the names."""
    found = pl.read_parquet_metadata(io.BytesIO(body))
    return {
        name.removeprefix(PREFIX): value for name, value in found.items() if name.startswith(PREFIX)
    }


def descriptions_json(frame: pl.DataFrame, *known: Mapping[str, str]) -> str:
    """Return the column descriptions of a frame as JSON; later mappings override earlier ones."""
    descriptions = {name: text for mapping in known for name, text in mapping.items()}
    return json.dumps({name: descriptions.get(name, "") for name in frame.columns})


def chain(vintages: Iterable[tuple[Vintage, TableVintage]], start: str = "") -> str:
    """Return the hash over vintages and their states, continued from the hash over earlier ones."""
    link = start
    for vintage, entry in vintages:
        text = f"{link} {vintage.id} {entry.state} {vintage.held}"
        link = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return link
