"""A source that was written once, copied under other names: what writing each would have left.

Segments and bodies are named by their content and are the same for every source. Evidence, pages
and commits name the source, or a vintage by a hash into which the source's name goes; these are
written again, as is what names them by their hash. A test compares a copy with a source that was
written, object by object.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

import zstandard

from tasks.catalog.views import publish_catalog
from tasks.raw.archive import archived_snapshots
from tasks.vault.backends.store import Store
from tasks.vault.derived_tables import publish_tables
from tasks.vault.objects import JSON_LEVEL
from tasks.vault.own_hash import HASH, encode, indented, with_hash
from tasks.vault.vault_reader import VaultReader

NAMES: Final = re.compile(r"[0-9a-f]{64}|(?<=Z-)[0-9a-f]{8}")
"""What may be the hash of something that is written again: a sha256, or how a vintage's id ends."""
ORDER: Final = ("raw", "page", "archive", "log")
"""Each kind of object may name those before it by their hash."""

Write = Callable[[Iterable[tuple[str, bytes]]], None]


class CopiedSource:
    """A source of a lake, to be copied there under other names."""

    def __init__(self, store: Store, source: str) -> None:
        """Read the vault and the evidence of a source; not what is derived from them."""
        self.store, self.source = store, source
        self.snapshots = archived_snapshots(store, source)
        keys = [key for folder in _folders(source) for key in store.list(folder)]
        blobs = zip(keys, store.ask_all(store.get, keys), strict=True)
        self.objects = {key: blob.body for key, blob in blobs if blob}

    def copy(self, name: str, write: Write | None = None) -> None:
        """Write the source under another name, and publish its tables and views.

        `write`: of new objects; without it the store writes them one after another.
        """
        if write is None:
            for key, body in self._renamed(name):
                self.store.put_if_absent(key, body)
        else:
            write(self._renamed(name))
        vault = VaultReader(self.store, name)
        publish_tables(vault)
        publish_catalog(self.store, vault)

    def _renamed(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Yield the key and the bytes of every object under another name of the source."""
        names = dict[str, str]()
        for one in self.snapshots:
            old, new = one.manifest_sha256, replace(one, source=name).manifest_sha256
            names |= {old: new, old[:8]: new[:8]}
        for key in sorted(self.objects, key=lambda key: (ORDER.index(_kind(key)), key)):
            body = self.objects[key]
            if key.endswith((".json", ".json.zst")):
                text = _text(body)
                renamed = NAMES.sub(lambda found: names.get(found[0], found[0]), text)
                copied = _encoded(renamed, like=body, source=name)
                names[hashlib.sha256(body).hexdigest()] = hashlib.sha256(copied).hexdigest()
                body = copied
            end = NAMES.sub(lambda found: names.get(found[0], found[0]), key)
            yield _moved(end, self.source, name), body


def _folders(source: str) -> tuple[str, str]:
    return f"{source}/_vault/", f"raw/{source}/"


def _kind(key: str) -> str:
    """Return the kind of an object, in the order in which they are written again."""
    folder = key.split("/")[0 if key.startswith("raw/") else -2]
    return folder if folder in ORDER else "raw"


def _text(body: bytes) -> str:
    is_packed = body.startswith(zstandard.FRAME_HEADER)
    return (zstandard.ZstdDecompressor().decompress(body) if is_packed else body).decode()


def _encoded(text: str, *, like: bytes, source: str) -> bytes:
    """Return the bytes of a JSON document in the form of another, with the hash of its content."""
    if like.startswith(zstandard.FRAME_HEADER):
        return zstandard.ZstdCompressor(level=JSON_LEVEL).compress(text.encode())
    document = json.loads(text)
    if "source" in document:
        document["source"] = source
    if HASH not in document:
        return text.encode()
    return indented(document) if like.startswith(b"{\n") else encode(with_hash(document))


def _moved(key: str, source: str, name: str) -> str:
    """Return the key of a source's object under another name of the source."""
    here, there = _folders(source), _folders(name)
    place = 0 if key.startswith(here[0]) else 1
    return there[place] + key.removeprefix(here[place])
