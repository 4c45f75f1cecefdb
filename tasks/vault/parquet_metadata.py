"""Published Parquet objects: their metadata about the commit they show, and their columns.

Promises: an object is replaced whole, by a writer that has read it, and never by an older commit.
It carries a hash of its own bytes, which is compared before they are parsed: a library may abort
the process on damaged Parquet. A damaged object counts as missing.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import polars as pl

from tasks.vault.backends.store import NOT_READ, Blob, Store
from tasks.vault.manifest import TableVintage, Vintage

ROW_GROUP = 65_536
COMPRESSION_LEVEL = 1
"""A file that is written with every vintage: level 3 takes a quarter longer and saves 15 %."""
PREFIX = "vaxwatch."
OWN_HASH = PREFIX + "hash"
"""The sha256 of an object's bytes, taken with as many zeros in its place."""
UNKNOWN_HASH = "0" * 64
MAGIC = b"PAR1"
"""The last bytes of a Parquet file."""
OWN_COLUMNS = "own"
"""Metadata: the columns that the vault keeps in an object; the others are there for readers."""
HASHED = re.compile(rb"%b..([0-9a-f]{64})" % re.escape(OWN_HASH.encode()), re.DOTALL)


@dataclass(frozen=True)
class PublishedFile:
    """A published object as it was read; `blob` is None where there is none, or a damaged one."""

    name: str
    blob: Blob | None

    @classmethod
    def read(cls, name: str, blob: Blob | None) -> Self:
        """Return an object as it was read from a store."""
        return cls(name, blob if blob and is_intact(blob.body) else None)

    @cached_property
    def metadata(self) -> dict[str, str]:
        """The object's Parquet metadata, without the prefix of the names; empty for no object."""
        return read_metadata(self.blob.body) if self.blob else {}

    @property
    def gen(self) -> int:
        """The number of the commit that the object shows; 0 for no object."""
        return int(self.metadata.get("gen", 0))

    def frame(self) -> pl.DataFrame:
        """Return the rows of the object, which must exist, in the columns that the vault keeps."""
        assert self.blob is not None
        return pl.read_parquet(io.BytesIO(self.blob.body), columns=self.own)

    def scan(self) -> pl.LazyFrame:
        """Return the rows as `frame` does, to be read in parts where a query can do that."""
        assert self.blob is not None
        return pl.scan_parquet(io.BytesIO(self.blob.body)).select(self.own or pl.all())

    def whole(self) -> pl.DataFrame:
        """Return the rows of the object, which must exist, in all columns that readers find."""
        assert self.blob is not None
        return pl.read_parquet(io.BytesIO(self.blob.body))

    @property
    def own(self) -> list[str] | None:
        """The columns that the vault keeps in the object, in their order; None: all that it has."""
        own: list[str] | None = json.loads(self.metadata.get(OWN_COLUMNS, "null"))
        return own


FrameWithMetadata = tuple[pl.DataFrame, Mapping[str, str]]
FileBuilder = Callable[[PublishedFile], FrameWithMetadata | None]
"""Returns the new frame and metadata of an object; None leaves the object as it is."""


def emptied(there: PublishedFile, number: int) -> FrameWithMetadata | None:
    """Return an object without its rows, since commit `number` has no vintage of its table.

    None where there is no object, or it has no rows for that reason already.
    """
    if there.blob is None or there.metadata.get("id") == "":
        return None
    nothing = dict.fromkeys(("id", "state", "chain", "form"), "")
    return there.whole().clear(), {**there.metadata, **nothing, "gen": str(number), "pending": "0"}


def update_file(
    store: Store, name: str, build: FileBuilder, *, seen: Blob | None = NOT_READ
) -> bool:
    """Replace a published object by the result of `build`; return whether it was written.

    An object that shows a later commit stays. `seen`: the object as just read, which saves the
    first read. Raises LostRace.
    """

    def body(present: bytes | None) -> bytes | None:
        there = PublishedFile.read(name, None if present is None else Blob(present, etag=""))
        made = build(there)
        return None if made is None or there.gen > int(made[1]["gen"]) else to_parquet(*made)

    return store.update(name, body, seen=seen)


def to_parquet(
    frame: pl.DataFrame,
    metadata: Mapping[str, str],
    *,
    own_names: Mapping[str, str] | None = None,
    fields: Any = None,
) -> bytes:
    """Return a frame with metadata as Parquet (zstd, row groups of 65,536), with its own hash.

    `metadata`: under the prefix; `own_names`: more, without it. `fields`: an Arrow schema with
    metadata of the fields, an object with `__arrow_c_schema__`.
    """
    buffer = io.BytesIO()
    named = {PREFIX + name: value for name, value in metadata.items()}
    frame.write_parquet(
        buffer,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        row_group_size=ROW_GROUP,
        metadata={**(own_names or {}), **named, OWN_HASH: UNKNOWN_HASH},
        arrow_schema=fields,
    )
    body = buffer.getvalue()
    return _with_hash(body, hashlib.sha256(body).hexdigest())


def is_intact(body: bytes) -> bool:
    """Return whether an object's bytes are what their own hash states, or whole and state none.

    The hash is at the end: a file that was cut off has none, and lacks the last bytes of Parquet.
    """
    start = body.rfind(OWN_HASH.encode())
    found = HASHED.match(body, max(start, 0))
    if found is None:
        return start < 0 and body.endswith(MAGIC)
    whole, digest = memoryview(body), hashlib.sha256()  # a copy costs more than the hash
    for part in (whole[: found.start(1)], UNKNOWN_HASH.encode(), whole[found.end(1) :]):
        digest.update(part)
    return digest.hexdigest().encode() == found[1]


def _with_hash(body: bytes, digest: str) -> bytes:
    found = HASHED.match(body, body.rfind(OWN_HASH.encode()))
    assert found is not None
    return body[: found.start(1)] + digest.encode() + body[found.end(1) :]


def read_metadata(body: bytes) -> dict[str, str]:
    """Return the metadata that `to_parquet` wrote, without the prefix of the names.

    Empty where the bytes are no Parquet.
    """
    try:
        found = pl.read_parquet_metadata(io.BytesIO(body))
    except pl.exceptions.PolarsError:
        return {}
    return {
        name.removeprefix(PREFIX): value
        for name, value in found.items()
        if name not in {OWN_HASH, "ARROW:schema"}
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
