"""Immutable objects that commits name by the sha256 of their bytes: names, reading and writing.

Promises: an object never changes, and its name has the sha256 of its bytes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl
import zstandard

from schemas.errors import Damaged
from tasks.vault.backends.store import Store
from tasks.vault.commit_codec import vintages_document, vintages_from
from tasks.vault.commit_log import encode as encode_json
from tasks.vault.manifest import Page, Vintage
from tasks.vault.segments import decode, encode

COMPRESSION_LEVEL = 19


def segment_name(sha256: str) -> str:
    """Return the object name of a segment."""
    return f"_vault/seg/{sha256}.parquet"


def quarantine_name(sha256: str) -> str:
    """Return the object name of the quarantined rows of one vintage and table."""
    return f"_vault/quarantine/{sha256}.parquet"


def printed_name(sha256: str) -> str:
    """Return the object name of the figures of one vintage and table that are not compared."""
    return f"_vault/printed/{sha256}.parquet"


def pack_name(sha256: str) -> str:
    """Return the object name of a pack."""
    return f"_vault/pack/{sha256}.parquet"


def base_name(sha256: str) -> str:
    """Return the object name of a base."""
    return f"_vault/base/{sha256}.parquet"


def page_name(sha256: str) -> str:
    """Return the object name of a page of vintages."""
    return f"_vault/page/{sha256}.json.zst"


def archive_name(sha256: str) -> str:
    """Return the object name of a list of packs and bases."""
    return f"_vault/archive/{sha256}.json.zst"


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


def write_object(store: Store, name: str, body: bytes) -> None:
    """Write an object that is named by its content.

    An existing object, perhaps of a writer that died long ago, is written again to renew its time:
    a running garbage collection then leaves it for the commit that will name it.
    """
    while not store.put_if_absent(name, body):
        there = store.get(name)
        if there is not None and store.put_if_match(name, body, there.etag):
            break


def write_frame(
    store: Store, frame: pl.DataFrame, *, name: Callable[[str], str] = segment_name
) -> str:
    """Write a frame under the name of its hash, a segment or another object; return the hash."""
    sha256, body = encode(frame)
    write_object(store, name(sha256), body)
    return sha256


def write_page(store: Store, vintages: Sequence[Vintage]) -> Page:
    """Seal vintages into a page."""
    sha256, body = packed(vintages_document(vintages))
    write_object(store, page_name(sha256), body)
    return Page(
        sha256=sha256, first=vintages[0].as_of, last=vintages[-1].as_of, count=len(vintages)
    )


def load_page(store: Store, page: Page) -> tuple[Vintage, ...]:
    """Return the vintages of a page."""
    return vintages_from(unpacked(store, page_name(page.sha256)))


def packed(document: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return a JSON document as zstd, and the sha256 of these bytes."""
    body = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(encode_json(document))
    return hashlib.sha256(body).hexdigest(), body


def unpacked(store: Store, name: str) -> dict[str, Any]:
    """Return the JSON document in an object. Raises Damaged when it is gone or unreadable."""
    try:
        return json.loads(zstandard.ZstdDecompressor().decompress(fetch(store, name)))
    except (zstandard.ZstdError, ValueError) as error:
        raise Damaged(f"{store.uri}/{name}", str(error), "a packed JSON document") from error
