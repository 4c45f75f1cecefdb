"""
Checks: whether a source's vault holds what its commits say.

Promises: reads only. The quick check asks whether every object is there; the deep one reads them
all and compares names with hashes and states with what replay gives.
"""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tasks.vault.log import encode
from tasks.vault.publishing import stamps
from tasks.vault.replay import quarantine_name, segment_name
from tasks.vault.states import state_hash

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

NEXT = "Restore it from a copy of the lake; the raw bodies under raw/ are untouched."
AGAIN = "Run the last ingest of this source again: it publishes anew."


def problems(vault: "Vault", *, deep: bool) -> Iterator[str]:
    """Yield what is wrong with a vault, a sentence each; nothing when all is well."""
    if vault.head is None:
        return
    named = dict(_named(vault))
    there = set(vault.store.list("_vault/"))
    for name, user in named.items():
        if name not in there:
            yield f"{vault.store.uri}/{name} is gone; {user} needs it. {NEXT}"
    yield from _stale(vault)
    if deep:
        wrong = list(_wrong_bytes(vault, sorted(set(named) & there)))
        yield from wrong
        yield from _broken_chain(vault)
        if not wrong and set(named) <= there:
            yield from _wrong_states(vault)


def _named(vault: "Vault") -> Iterator[tuple[str, str]]:
    for vintage in vault.vintages():
        for table, entry in vintage.tables.items():
            user = f"{table} of {vintage.id}"
            if entry.segment:
                yield segment_name(entry.segment), user
            if entry.quarantine:
                yield quarantine_name(entry.quarantine), user


def _stale(vault: "Vault") -> Iterator[str]:
    assert vault.head is not None
    for table in vault.tables():
        newest = vault.find("latest", table)
        for name in ("latest", "history", "changes", "vintages"):
            blob = vault.store.get(f"{table}/{name}.parquet")
            where = f"{vault.store.uri}/{table}/{name}.parquet"
            if blob is None:
                yield f"{where} is missing. {AGAIN}"
            elif stamps(blob.body).get("vaxwatch.id") != newest.id:
                yield f"{where} does not show {newest.id}, the newest vintage. {AGAIN}"


def _wrong_bytes(vault: "Vault", names: list[str]) -> Iterator[str]:
    for name in names:
        blob = vault.store.get(name)
        seen = hashlib.sha256(blob.body).hexdigest() if blob else "nothing"
        if seen not in name:
            yield f"{vault.store.uri}/{name} has other bytes (sha256 {seen[:12]}…). {NEXT}"


def _broken_chain(vault: "Vault") -> Iterator[str]:
    parent: str | None = None
    for number, document in vault.log.entries():
        if document["parent_sha256"] != parent:
            yield f"{vault.store.uri}: entry {number} of the log does not follow its parent. {NEXT}"
        parent = hashlib.sha256(encode(document)).hexdigest()


def _wrong_states(vault: "Vault") -> Iterator[str]:
    for vintage in vault.vintages():
        for table, entry in vintage.tables.items():
            if state_hash(vault.state(table, vintage)) != entry.state:
                yield f"{vault.source}.{table} at {vintage.id} replays to another state. {NEXT}"
