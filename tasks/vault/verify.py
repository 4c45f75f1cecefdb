"""Verify that a vault holds what its commits name, and repair what a killed writer left undone.

The quick check asks whether every object is there; the deep one compares names with hashes and
states with what replay gives.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

import polars as pl

from tasks.vault.backends.store import Store
from tasks.vault.canonical_frames import state_hash
from tasks.vault.derived_tables import publish_tables
from tasks.vault.garbage import reachable
from tasks.vault.manifest import Commit, Vintage
from tasks.vault.objects import load, load_operations, object_name
from tasks.vault.own_hash import encode
from tasks.vault.parquet_metadata import chain
from tasks.vault.segments import apply, empty_state, has_same_rows
from tasks.vault.states import past_state
from tasks.vault.table_history import SEQ, TableHistory, readable
from tasks.vault.vault_reader import VaultReader

NEXT = "Restore it from a copy of the lake; the raw bodies under raw/ are untouched."
REPAIR = "Run `vaxwatch repair`: it publishes anew."
REPLACE = "Delete it and run `vaxwatch repair`: it publishes anew."


def verify_vault(vault: VaultReader, *, deep: bool = False) -> list[str]:
    """Return the problems of a vault, a sentence each; empty when there is none.

    `deep`: read every object and replay every vintage.
    """
    return list(_problems(vault, deep=deep))


def _problems(vault: VaultReader, *, deep: bool) -> Iterator[str]:
    if vault.head is None:
        return
    named = set(reachable(vault.store, vault.head, {}))
    there = set(vault.store.list("_vault/"))
    for name in sorted(named - there):
        yield f"{vault.store.uri}/{name} is gone; commit {vault.head.number} needs it. {NEXT}"
    yield from _stale(vault, vault.head)
    if deep:
        wrong = list(_wrong_bytes(vault, sorted(named & there)))
        yield from wrong
        yield from _broken_chain(vault)
        if not wrong and named <= there:
            yield from _wrong_states(vault)


def repair_vault(vault: VaultReader, *, at: datetime) -> list[str]:
    """Bring the hint and the derived objects up to the newest commit; return the repairs.

    One sentence each; empty when nothing was wrong. `at`: the time of the repair.
    """
    vault.refresh()
    if vault.head is None:
        return []
    done: list[str] = []
    if vault.log.mend_hint():
        done.append(f"{vault.store.uri}: the hint pointed behind the newest commit; it is mended.")
    done += [
        f"{vault.store.uri}/{name} was brought up to commit {vault.head.number} at {at:%F %T}Z."
        for name in publish_tables(vault, everything=True)
    ]
    return done


def _stale(vault: VaultReader, head: Commit) -> Iterator[str]:
    for table in head.tables:
        entries = [(vintage, vintage.tables[table]) for vintage in vault.vintages(table)]
        state = vault.shown(table).tables[table].state if entries else ""
        lacking = int(vault.published(table, "vintages").metadata.get("pending", 0))
        links = dict.fromkeys(("vintages", "history", "changes"), ("chain", chain(entries)))
        right = {"latest": ("state", state), **links}
        for kind, (name, wanted) in right.items():
            there = vault.published(table, kind)
            where = f"{vault.store.uri}/{there.name}"
            is_history = kind in {"history", "changes"}
            may_lack = not any(e.segment for _, e in entries) if is_history else not entries
            if there.blob is None and not may_lack:
                yield f"{where} is missing. {REPAIR}"
            elif there.blob and there.metadata.get(name) != wanted and not (is_history and lacking):
                yield f"{where} does not show commit {head.number}. {REPAIR}"


def _wrong_bytes(vault: VaultReader, names: list[str]) -> Iterator[str]:
    for name in names:
        blob = vault.store.get(name)
        seen = hashlib.sha256(blob.body).hexdigest() if blob else "nothing"
        if seen not in name:
            yield f"{vault.store.uri}/{name} has other bytes (sha256 {seen[:12]}…). {NEXT}"


def _broken_chain(vault: VaultReader) -> Iterator[str]:
    before: tuple[int, str] | None = None
    for number, document in vault.log.present():
        if before and before[0] + 1 == number and before[1] != document["parent_sha256"]:
            yield f"{vault.store.uri}: entry {number} of the log does not follow its parent. {NEXT}"
        before = number, hashlib.sha256(encode(document)).hexdigest()


def _wrong_states(vault: VaultReader) -> Iterator[str]:
    for table in vault.tables():
        for vintage, state in _replayed_one_by_one(vault.table_history(table), vault.store):
            entry = vintage.tables[table]
            if state_hash(readable(state, entry)) != entry.state:
                yield f"{vault.source}.{table} at {vintage.id} replays to another state. {NEXT}"
            for base in vault.archive(table).bases:
                name = object_name("base", base.sha256)
                if base.id == vintage.id and not has_same_rows(
                    load(vault.store, "base", base.sha256), state
                ):
                    yield f"{vault.store.uri}/{name} is not the state of {vintage.id}. {NEXT}"
        yield from _wrong_rows(vault, table)


def _replayed_one_by_one(
    table_history: TableHistory, store: Store
) -> Iterator[tuple[Vintage, pl.DataFrame]]:
    """Yield each vintage of a table with its working state, from the segments alone."""
    state: pl.DataFrame | None = None
    moved: dict[int, pl.DataFrame] = {}
    for places, names in table_history.runs():
        rows = load_operations(store, names, table_history.archive.packs, position=SEQ)
        parts = rows.partition_by(SEQ, as_dict=True, include_key=False)
        moved |= {place: parts[number,] for number, place in enumerate(places)}
    for place, vintage, entry in table_history.entries():
        state = empty_state(entry.schema) if state is None else state
        state = apply(state, moved[place], table_history.key) if place in moved else state
        yield vintage, state


def _wrong_rows(vault: VaultReader, table: str) -> Iterator[str]:
    """Yield a sentence per published object whose rows do not match its metadata."""
    latest = vault.published(table, "latest")
    if latest.blob and state_hash(latest.frame()) != latest.metadata.get("state"):
        yield f"{vault.store.uri}/{latest.name} has other rows than its stamps say. {REPLACE}"
    wrong = [
        vintage.id
        for vintage in vault.vintages(table)
        if state_hash(past_state(vault, table, vintage)) != vintage.tables[table].state
    ]
    if wrong:
        where = f"{vault.store.uri}/{table}/history.parquet"
        yield f"{where} has other rows than the vintage {wrong[0]}. {REPLACE}"
