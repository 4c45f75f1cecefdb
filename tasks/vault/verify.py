"""Verify that a vault holds what its commits name, and repair what a killed writer left undone.

The quick check asks whether every object is there; the deep one compares names with hashes and
states with what replay gives.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import polars as pl

from schemas.errors import Damaged
from tasks.vault.backends.store import Store
from tasks.vault.canonical_frames import state_hash
from tasks.vault.commit_log import Log
from tasks.vault.derived_tables import publish_tables
from tasks.vault.garbage import reachable
from tasks.vault.manifest import Commit, Vintage
from tasks.vault.objects import load, load_operations, object_name
from tasks.vault.own_hash import encode
from tasks.vault.parquet_metadata import chain
from tasks.vault.rebuilt_files import REPAIR, rewrite, wrong_files
from tasks.vault.segments import apply, empty_state, has_same_rows
from tasks.vault.table_history import SEQ, TableHistory, readable
from tasks.vault.vault_reader import VaultReader

KINDS = ("latest", "history", "changes", "vintages")
NEXT = "Restore it from a copy of the lake; the raw bodies under raw/ are untouched."


def verify_vault(vault: VaultReader, *, deep: bool = False) -> list[str]:
    """Return the problems of a vault, a sentence each; empty when there is none.

    `deep`: read every object and replay every vintage.
    """
    return collected(_problems(vault, deep=deep))


def collected(problems: Iterator[str]) -> list[str]:
    """Return the problems up to the one that forbids to look further, with that one."""
    found: list[str] = []
    try:
        found.extend(problems)
    except Damaged as error:
        found.append(str(error))
    return found


def _problems(vault: VaultReader, *, deep: bool) -> Iterator[str]:
    if deep:
        yield from _broken_chain(vault)
    if vault.head is None:
        return
    there, named = set(vault.store.list("_vault/")), _named(vault, vault.head)
    if deep:
        yield from _wrong_bytes(vault, sorted(there), named)
    for name in sorted(named - there):
        yield f"{vault.store.uri}/{name} is gone; commit {vault.head.number} needs it. {NEXT}"
    if not deep:
        yield from _stale(vault, vault.head)
    elif named <= there:
        yield from _wrong_states(vault)
        for wrong in wrong_files(vault.lake, vault.source, _publish_everything, kinds=KINDS):
            yield f"{wrong.fault} {REPAIR}"


def _named(vault: VaultReader, head: Commit) -> set[str]:
    """Return the objects that the newest commit and the pinned ones need, and these entries."""
    pages: dict[str, tuple[Vintage, ...]] = {}
    named = set(reachable(vault.store, head, pages))
    for number in {*head.pins, head.number}:
        named.add(f"_vault/{Log.name(number)}")
        pinned = VaultReader(vault.lake, vault.source, number=number).head
        assert pinned is not None
        named.update(reachable(vault.store, pinned, pages))
    return named


def _publish_everything(vault: VaultReader) -> None:
    """Publish all tables of a source, the histories of large ones too."""
    publish_tables(vault, everything=True)


def repair_vault(vault: VaultReader, *, at: datetime) -> list[str]:
    """Bring the hint and the derived objects up to the newest commit; return the repairs.

    One sentence each; empty when nothing was wrong. `at`: the time of the repair. Raises Damaged
    when an object is gone or damaged from which they derive.
    """
    vault.refresh()
    if vault.head is None:
        return []
    done: list[str] = []
    if vault.log.mend_hint():
        done.append(f"{vault.store.uri}: the hint pointed behind the newest commit; it is mended.")
    for wrong in wrong_files(vault.lake, vault.source, _publish_everything, kinds=KINDS):
        if rewrite(vault.lake, wrong):
            where = f"{vault.lake.uri}/{wrong.key}"
            done.append(f"{where} was brought up to commit {vault.head.number} at {at:%F %T}Z.")
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
                yield (
                    f"{where} does not show commit {head.number}: a run ended before that, or is "
                    f"under way. {REPAIR}"
                )


def _wrong_bytes(
    vault: VaultReader, names: Sequence[str], needed: Collection[str]
) -> Iterator[str]:
    """Yield a sentence per object that is not what its name, or its own hash, states."""
    for name in names:
        blob = vault.store.get(name)
        where, body = f"{vault.store.uri}/{name}", blob.body if blob else b""
        if not name.startswith(("_vault/log/", "_vault/hint.json")):
            seen = hashlib.sha256(body).hexdigest()
            if seen not in name:
                step = NEXT if name in needed else "No newer commit needs it: delete it."
                yield f"{where} has other bytes (sha256 {seen[:12]}…). {step}"


def _broken_chain(vault: VaultReader) -> Iterator[str]:
    """Yield a sentence per entry that is damaged or not its parent's child, and for the hint."""
    if vault.log.is_hint_torn():
        yield f"{vault.store.uri}/_vault/hint.json is damaged. {REPAIR}"
    before: tuple[int, str] | None = None
    for number in vault.log.numbers():
        try:
            document = vault.log.read(number)
        except Damaged as error:
            yield str(error)
            continue
        if before and before[0] + 1 == number and before[1] != document["parent_sha256"]:
            yield f"{vault.store.uri}: entry {number} of the log does not follow its parent. {NEXT}"
        before = number, hashlib.sha256(encode(document)).hexdigest()
    yield from _gaps(vault)


def _gaps(vault: VaultReader) -> Iterator[str]:
    """Yield a sentence per entry that is gone, though no garbage collection drops it.

    A collection drops the oldest entries, and leaves those that are pinned.
    """
    numbers = vault.log.numbers()
    unpinned = set(numbers).difference(vault.head.pins if vault.head else ())
    for number in range(min(unpinned, default=0), max(numbers, default=0)):
        if number not in numbers:
            yield f"{vault.store.uri}/_vault/{Log.name(number)} is gone. {NEXT}"


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


def _replayed_one_by_one(
    table_history: TableHistory, store: Store
) -> Iterator[tuple[Vintage, pl.DataFrame]]:
    """Yield each vintage of a table with its working state, from the segments alone."""
    state: pl.DataFrame | None = None
    moved: dict[int, pl.DataFrame] = {}
    for places, names in table_history.runs():
        rows = load_operations(store, names, table_history.packs, position=SEQ)
        parts = rows.partition_by(SEQ, as_dict=True, include_key=False)
        moved |= {place: parts[number,] for number, place in enumerate(places)}
    for place, vintage, entry in table_history.entries():
        state = empty_state(entry.schema) if state is None else state
        state = apply(state, moved[place], table_history.key) if place in moved else state
        yield vintage, state
