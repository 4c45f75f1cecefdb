"""
Recall: what the raw archive knows of an address from the last time it was asked.

Promises: only the newest few pieces of evidence are read, however many there are; only snapshots
that could be read and were not held are trusted, so that a body which was damaged on its way, or
replaced by a web page, is asked for anew.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from schemas.errors import Damaged
from tasks.raw.archive import archived_body, is_archived
from tasks.vault.backends.store import Store
from tasks.web.snapshot_requests import VALIDATORS, CachedResponse, CacheLookup

LOOKED_AT = 3
"""How many pieces of evidence are read; those before are of an older address."""


def cached_validators(store: Store, source: str, *, trusted: Collection[str]) -> CacheLookup:
    """
    Return what says, for an address, what was had from it with the newest trusted snapshots.

    `trusted`: ids of snapshots. Only the answer to a GET that told an etag or a last-modified, and
    whose body the archive has, is remembered.
    """

    @cache
    def newest() -> list[tuple[str, Mapping[str, Any]]]:
        return list(_requests(store, source, trusted))

    def recall(url: str) -> CachedResponse | None:
        for snapshot, told in newest():
            if told.get("requested_url") == url and told.get("method", "GET") == "GET":
                return _remembered(store, snapshot, told)
        return None

    return recall


def _requests(
    store: Store, source: str, trusted: Collection[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the id and the evidence of requests, those of the newest snapshot first."""
    keys = sorted(store.list(f"raw/{source}/fetches/"), reverse=True)
    ids = {key: key.rpartition("/")[2].removesuffix(".json") for key in keys}
    for key in [key for key in keys if ids[key] in trusted][:LOOKED_AT]:
        blob = store.get(key)
        try:
            told: dict[str, Any] = json.loads(blob.body if blob else b"{}")["fetch"]
            requests: list[dict[str, Any]] = told.get("requests", [told])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # `vaxwatch verify` tells; here it costs one download
        for one in requests:
            yield ids[key], one


def _remembered(store: Store, snapshot: str, told: Mapping[str, Any]) -> CachedResponse | None:
    headers = told.get("headers", {})
    validators = {name: headers[name] for name in VALIDATORS if name in headers}
    sha256 = str(told.get("sha256", ""))
    if not validators or not sha256 or not is_archived(store, sha256):
        return None

    def body() -> bytes | None:
        try:
            return archived_body(store, sha256)
        except Damaged:
            return None

    return CachedResponse(
        validators=validators,
        final_url=str(told.get("final_url", "")),
        sha256=sha256,
        snapshot=snapshot,
        body=body,
    )
