"""
Published Parquet objects with metadata about the commit they show.

Promises: an object says in its metadata which commit and which vintages it shows, and what its
columns mean; it is replaced whole, by who has read the one before, and never by an older commit.
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
    """An object as it was read: where, its bytes and its stamps; no bytes where there is none."""

    name: str
    blob: Blob | None

    @cached_property
    def facts(self) -> dict[str, str]:
        """The stamps by name, without their prefix."""
        return stamps(self.blob.body) if self.blob else {}

    @property
    def gen(self) -> int:
        """The number of the commit it shows; 0 where there is none."""
        return int(self.facts.get("gen", 0))

    def frame(self) -> pl.DataFrame:
        """Return its rows; it must be there."""
        assert self.blob is not None
        return pl.read_parquet(io.BytesIO(self.blob.body))


StampedFrame = tuple[pl.DataFrame, Mapping[str, str]]
FileBuilder = Callable[[PublishedFile], StampedFrame | None]
"""Makes the frame and the stamps of an object from the present one; None leaves it as it is."""


def update_file(
    store: Store, name: str, build: FileBuilder, *, seen: Blob | None = NOT_READ
) -> bool:
    """
    Replace a published object by what `build` makes of it; return whether it was written.

    One that shows a later commit is left alone. `seen`: the object as it was just read, which saves
    the first read. Raises LostRace.
    """

    def body(present: bytes | None) -> bytes | None:
        there = PublishedFile(name, None if present is None else Blob(present, etag=""))
        made = build(there)
        return None if made is None or there.gen > int(made[1]["gen"]) else to_parquet(*made)

    return store.update(name, body, seen=seen)


def to_parquet(frame: pl.DataFrame, facts: Mapping[str, str]) -> bytes:
    """Return a frame as Parquet (zstd, row groups of 65,536) with stamps."""
    buffer = io.BytesIO()
    frame.write_parquet(
        buffer,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        row_group_size=ROW_GROUP,
        metadata={PREFIX + name: fact for name, fact in facts.items()},
    )
    return buffer.getvalue()


def stamps(body: bytes) -> dict[str, str]:
    """Return the stamps that `to_parquet` wrote, without their prefix."""
    found = pl.read_parquet_metadata(io.BytesIO(body))
    return {
        name.removeprefix(PREFIX): fact for name, fact in found.items() if name.startswith(PREFIX)
    }


def descriptions_json(frame: pl.DataFrame, *known: Mapping[str, str]) -> str:
    """Return the column descriptions of a frame as JSON; later mappings override earlier ones."""
    told = {name: meaning for meanings in known for name, meaning in meanings.items()}
    return json.dumps({name: told.get(name, "") for name in frame.columns})


def chain(vintages: Iterable[tuple[Vintage, TableVintage]], start: str = "") -> str:
    """Return the hash over vintages and their states, continued from the hash over earlier ones."""
    link = start
    for vintage, entry in vintages:
        said = f"{link} {vintage.id} {entry.state} {vintage.held}"
        link = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
    return link
