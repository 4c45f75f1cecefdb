"""Derived Parquet files made again from the commits alone, and compared with those in the lake.

Promises: nothing that was derived before is read for it, and comparing writes nothing. Files of a
later commit are left alone.
"""

import io
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.errors import Damaged
from tasks.vault.backends.overlay_store import OverlayStore
from tasks.vault.backends.store import Blob, Store
from tasks.vault.parquet_metadata import PublishedFile, is_intact, read_metadata
from tasks.vault.vault_reader import VaultReader

REPAIR = "Run `vaxwatch repair`: it publishes anew."
DERIVED = re.compile(
    r"[^/]+/[^/]+/\w+\.parquet|(catalog|alerts)/\w+\.parquet|catalog/views\.sql"
    r"|datapackage\.json|README\.md|catalog/dictionary\.csv|catalog/dataset\.jsonld"
)
VOLATILE = {"gen", "pending", "history_rows", "whole"}
"""Metadata that say when a file was written, what waits for a compaction, or whether a state can be
continued from the file, which none is that is older than a change of earlier vintages."""
CHANGES_SINCE_3 = ("change", "rel_change")
OF_FLAGS = {"id", "as_of", "state"}
"""Flags that did not change keep the metadata of an earlier vintage."""
Publish = Callable[[VaultReader], object]


class DamagedCopy(Damaged):
    """A file that is made from the rest of the lake is missing or damaged."""

    def __str__(self) -> str:
        return f"{self.where}: seen {self.seen}; expected {self.expected}. {REPAIR}"


@dataclass(frozen=True, slots=True)
class WrongFile:
    """A derived file that is not what the commits give.

    `key`: in the lake. `fault`: a sentence without the next step. `seen`: as it was read. `right`:
    its right bytes; None: there should be no such file.
    """

    key: str
    fault: str
    seen: Blob | None
    right: bytes | None


def rebuilt_files(
    lake: Store, source: str, publish: Publish, number: int | None = None
) -> dict[str, bytes]:
    """Return what `publish` writes for a source where nothing is derived yet, by key.

    `number`: of the commit; None for the newest one.
    """
    overlay = OverlayStore(lake, hides=lambda key: bool(DERIVED.fullmatch(key)))
    publish(VaultReader(overlay, source, number=number))
    return overlay.written()


def wrong_files(
    lake: Store, source: str, publish: Publish, *, kinds: Collection[str]
) -> Iterator[WrongFile]:
    """Yield the Parquet files of some kinds that are not as `publish` writes them for a source."""
    right = rebuilt_files(lake, source, publish)
    there = [key for key in lake.list(f"{source}/") if DERIVED.fullmatch(key)]
    for key in sorted({*right, *there}):
        if Path(key).stem not in kinds:
            continue
        seen = lake.get(key)
        fault = _fault(lake, source, publish, PublishedFile(key, seen), right.get(key))
        if fault:
            yield WrongFile(key, f"{lake.uri}/{key} {fault}.", seen, right.get(key))


def rewrite(lake: Store, wrong: WrongFile) -> bool:
    """Put the right bytes of a Parquet file in its place; return whether that was done.

    A file that another run has replaced meanwhile is left alone.
    """
    right = wrong.right
    if right is None:
        if lake.get(wrong.key) != wrong.seen:
            return False
        lake.delete(wrong.key)
        return True
    number = PublishedFile(wrong.key, Blob(right, etag="")).gen

    def build(present: bytes | None) -> bytes | None:
        blob = None if present is None else Blob(present, etag="")
        return None if PublishedFile.read(wrong.key, blob).gen > number else right

    return lake.update(wrong.key, build)


def _fault(
    lake: Store, source: str, publish: Publish, there: PublishedFile, right: bytes | None
) -> str | None:
    """Return what is wrong with a file, None where nothing is. `right`: None: it is not needed."""
    if there.blob is None:
        return "is missing"
    if not is_intact(there.blob.body):
        return "is damaged: its bytes are not what its own hash states"
    if right is None:
        return None if there.frame().is_empty() else "has rows, and the commits give none"
    wanted = _as_it_lags(lake, source, publish, there, right)
    return _difference(there.name, there.blob.body, wanted)


def _as_it_lags(
    lake: Store, source: str, publish: Publish, there: PublishedFile, right: bytes
) -> bytes:
    """Return the right bytes of a history as of the commit that it shows, where it may lag."""
    folder, _, name = there.name.rpartition("/")
    if name not in {"history.parquet", "changes.parquet"} or not there.gen:
        return right
    listing = f"{folder}/vintages.parquet"
    listed = PublishedFile.read(listing, lake.get(listing))
    if not int(listed.metadata.get("pending", 0)):
        return right
    try:
        return rebuilt_files(lake, source, publish, there.gen).get(there.name, right)
    except Damaged:  # the log keeps its entries for a month
        return right


def _difference(key: str, there: bytes, right: bytes) -> str | None:
    """Return how a file differs from the right one; None where it does not.

    One that an earlier version wrote, in another form, has the same rows in the columns it has.
    """
    try:
        rows = pl.read_parquet(io.BytesIO(there))
    except pl.exceptions.PolarsError as error:
        return f"cannot be read ({error})"
    own = VOLATILE | OF_FLAGS if key.endswith("/flags.parquet") else VOLATILE
    stated, wanted = (
        {name: value for name, value in read_metadata(body).items() if name not in own}
        for body in (there, right)
    )
    differing = sorted(n for n in {**stated, **wanted} if stated.get(n) != wanted.get(n))
    if {"chain", "state"} & {*differing}:
        return "does not show the newest commit"
    expected = pl.read_parquet(io.BytesIO(right))
    if {"form", "layout", "declares"} & {*differing}:
        # before layout 3 a figure that is gone had no change
        redefined = CHANGES_SINCE_3 if key.endswith("/changes.parquet") else ()
        common = [n for n in rows.columns if n in expected.columns and n not in redefined]
        rows, expected = rows.select(common), expected.select(common)
    elif differing:
        return f"states {', '.join(differing)} otherwise than the commits"
    return None if rows.equals(expected) else "has other rows than the commits"
