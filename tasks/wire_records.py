"""
Wire records: the wire format of every snapshot, beside the evidence of its fetch.

Promises: one object a snapshot that was looked at, written once it is committed, and again when a
newer parser reads it; where it could not be read, that is recorded by itself, with the reason and
with what changed. What cannot be read is passed over, since it can be made again. A snapshot of the
very bytes of the newest vintage is not looked at, and needs no record: its shape is that one's.

    raw/<source>/wire/<id of the snapshot>.json
    raw/<source>/unread/<id of the snapshot>.json
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tasks.vault.store import Store
from tasks.wire import Wire, changes, wire_from


def record_wires(
    store: Store,
    source: str,
    wires: Mapping[str, Wire],
    *,
    read: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> dict[str, list[str]]:
    """
    Write down the shapes of snapshots by id; return by id what changed against the one before.

    The one before is the newest older snapshot whose shape is known, in the lake or in `wires`.
    `read`: as of `wire.changes`.
    """
    if not wires:
        return {}
    for name, wire in wires.items():
        _put(store, _key(source, name), wire.document() | {"fingerprint": wire.fingerprint})
    keys = sorted(store.list(f"raw/{source}/wire/"))
    before = {name: _before(store, source, name, keys, wires) for name in wires}
    return {
        name: changes(earlier, wires[name], read=read) if earlier else []
        for name, earlier in before.items()
    }


def record_unread(store: Store, source: str, name: str, wire: Wire, fault: str) -> None:
    """
    Write down the shape of a snapshot that could not be read, why not, and what changed in it.

    `wire`: without tables where the parser did not get so far.
    """
    keys = sorted(store.list(f"raw/{source}/wire/"))
    before = _before(store, source, name, keys, {})
    tables = wire.tables or (before.tables if before else {})
    changed = changes(before, replace(wire, tables=tables)) if before else []
    told = {"fingerprint": wire.fingerprint, "fault": fault, "changes": changed}
    _put(store, f"raw/{source}/unread/{name}.json", wire.document() | told)


def known_wire(store: Store, source: str, name: str) -> Wire | None:
    """Return the shape of a snapshot that was read, None where it is not known."""
    return _get(store, _key(source, name))


def _before(
    store: Store, source: str, name: str, keys: Sequence[str], wires: Mapping[str, Wire]
) -> Wire | None:
    """Return the shape of the newest snapshot before this one; `keys`: of all shapes, sorted."""
    place = bisect_left(keys, _key(source, name))
    if place == 0:
        return None
    before = keys[place - 1].rpartition("/")[2].removesuffix(".json")
    return wires.get(before) or _get(store, keys[place - 1])


def _key(source: str, name: str) -> str:
    return f"raw/{source}/wire/{name}.json"


def _put(store: Store, key: str, document: Mapping[str, Any]) -> None:
    body = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False).encode()
    if store.put_if_absent(key, body):
        return
    there = store.get(key)
    if there is None or there.body != body:
        store.put_if_match(key, body, there.etag if there else None)


def _get(store: Store, key: str) -> Wire | None:
    blob = store.get(key)
    try:
        return wire_from(json.loads(blob.body)) if blob else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
