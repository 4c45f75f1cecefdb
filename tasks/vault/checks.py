"""
Checks: whether a source's vault holds what its commits say.

Promises: reads only. The quick check asks whether every object is there; the deep one reads them
all and compares names with hashes and states with what replay gives.
"""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tasks.vault.garbage import reachable
from tasks.vault.log import encode
from tasks.vault.parquet import chain
from tasks.vault.states import state_hash

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

NEXT = "Restore it from a copy of the lake; the raw bodies under raw/ are untouched."
AGAIN = "Run `vaxwatch repair`: it publishes anew."


def problems(vault: "Vault", *, deep: bool) -> Iterator[str]:
    """Yield what is wrong with a vault, a sentence each; nothing when all is well."""
    if vault.head is None:
        return
    named = set(reachable(vault.store, vault.head, {}))
    there = set(vault.store.list("_vault/"))
    for name in sorted(named - there):
        yield f"{vault.store.uri}/{name} is gone; commit {vault.head.number} needs it. {NEXT}"
    yield from _stale(vault)
    if deep:
        wrong = list(_wrong_bytes(vault, sorted(named & there)))
        yield from wrong
        yield from _broken_chain(vault)
        if not wrong and named <= there:
            yield from _wrong_states(vault)


def _stale(vault: "Vault") -> Iterator[str]:
    for table in vault.tables():
        line = [(vintage, vintage.tables[table]) for vintage in vault.vintages(table)]
        lacking = int(vault.published(table, "vintages").facts.get("pending", 0))
        shown = vault.shown(table)
        right = {
            "latest": ("state", shown.tables[table].state),
            "vintages": ("chain", chain(line)),
            "history": ("chain", chain(line)),
            "changes": ("chain", chain(line)),
        }
        for kind, (stamp, wanted) in right.items():
            there = vault.published(table, kind)
            where = f"{vault.store.uri}/{there.name}"
            is_history = kind in {"history", "changes"}
            if there.blob is None and not (is_history and not any(e.segment for _, e in line)):
                yield f"{where} is missing. {AGAIN}"
            elif there.blob and there.facts.get(stamp) != wanted and not (is_history and lacking):
                yield f"{where} does not show commit {_number(vault)}. {AGAIN}"


def _number(vault: "Vault") -> int:
    return vault.head.number if vault.head else 0


def _wrong_bytes(vault: "Vault", names: list[str]) -> Iterator[str]:
    for name in names:
        blob = vault.store.get(name)
        seen = hashlib.sha256(blob.body).hexdigest() if blob else "nothing"
        if seen not in name:
            yield f"{vault.store.uri}/{name} has other bytes (sha256 {seen[:12]}…). {NEXT}"


def _broken_chain(vault: "Vault") -> Iterator[str]:
    before: tuple[int, str] | None = None
    for number, document in vault.log.present():
        follows = (
            before is None or before[0] + 1 != number or before[1] == document["parent_sha256"]
        )
        if not follows:
            yield f"{vault.store.uri}: entry {number} of the log does not follow its parent. {NEXT}"
        before = number, hashlib.sha256(encode(document)).hexdigest()


def _wrong_states(vault: "Vault") -> Iterator[str]:
    for vintage in vault.vintages():
        for table, entry in vintage.tables.items():
            if state_hash(vault.state(table, vintage)) != entry.state:
                yield f"{vault.source}.{table} at {vintage.id} replays to another state. {NEXT}"
