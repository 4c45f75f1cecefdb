"""HTTP cache validators of a source's URLs, from the evidence in the raw archive.

Promises: only the evidence of the newest few trusted snapshots is read. Callers trust snapshots
that were parsed and not held, so a body that was damaged on its way, or replaced by a web page, is
fetched again.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from schemas.errors import Damaged
from tasks.raw.body_reader import archived_body, body_key
from tasks.vault.backends.store import Store
from tasks.web.snapshot_requests import VALIDATORS, CachedResponse, CacheLookup

SNAPSHOTS_READ = 3
"""How many snapshots' evidence is read; earlier ones have an older address."""


def cached_validators(store: Store, source: str, *, trusted: Collection[str]) -> CacheLookup:
    """Return a lookup from a URL to its cached response in the newest trusted snapshots.

    `trusted`: ids of snapshots. The lookup returns None unless a GET of the URL returned an etag or
    a last-modified and the archive has its body.
    """

    @cache
    def newest() -> list[tuple[str, Mapping[str, Any]]]:
        return list(_requests(store, source, trusted))

    def lookup(url: str) -> CachedResponse | None:
        for snapshot, request in newest():
            if request.get("requested_url") == url and request.get("method", "GET") == "GET":
                return _cached_response(store, snapshot, request)
        return None

    return lookup


def _requests(
    store: Store, source: str, trusted: Collection[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the id and the evidence of requests, those of the newest snapshot first."""
    for name in sorted(trusted, reverse=True)[:SNAPSHOTS_READ]:
        blob = store.get(f"raw/{source}/fetches/{name}.json")
        try:
            fetch: dict[str, Any] = json.loads(blob.body if blob else b"{}")["fetch"]
            requests: list[dict[str, Any]] = fetch.get("requests", [fetch])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # `vaxwatch verify` reports it; here it costs one download
        for request in requests:
            yield name, request


def _cached_response(
    store: Store, snapshot: str, request: Mapping[str, Any]
) -> CachedResponse | None:
    headers = request.get("headers", {})
    validators = {
        name: headers[name] for name in VALIDATORS if name in headers and headers[name].isascii()
    }
    sha256 = str(request.get("sha256", ""))
    if not validators or not sha256 or store.written_at(body_key(sha256)) is None:
        return None

    def body() -> bytes | None:
        try:
            return archived_body(store, sha256)
        except Damaged:
            return None

    return CachedResponse(
        validators=validators,
        final_url=str(request.get("final_url", "")),
        sha256=sha256,
        snapshot=snapshot,
        body=body,
    )
