"""Integrity: whether the raw archive and the alert log hold what the vintages and alerts refer to.

Promises: reads only. The quick look asks whether everything is there; the deep one reads every
body and computes its hash again. What a vault itself holds is checked by the vault.
"""

import json
from collections.abc import Iterator, Sequence

from schemas.errors import Damaged
from schemas.records import Snapshot
from schemas.wording import listed
from tasks.alerts.alert_log import events_in
from tasks.alerts.alert_tables import generation
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.raw.archive import archived_body, archived_snapshots, body_key
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader

RESTORE = "Restore it from a copy of the lake."
REPAIR = "Run `vaxwatch repair`: it publishes anew."
ALERT_TABLES = ("alerts/alerts.parquet", "alerts/alert_events.parquet")


def raw_problems(store: Store, vault: VaultReader, *, deep: bool) -> Iterator[str]:
    """Yield what is missing, or with `deep` other, of the bytes that a source's vintages are.

    What the lake makes itself has none: it is made from what the sources' vaults hold.
    """
    if vault.source in SYSTEM_SOURCES:
        return
    try:
        kept = {snapshot.id: snapshot for snapshot in archived_snapshots(store, vault.source)}
    except Damaged as error:
        yield str(error)
        return
    vintages = vault.vintages()
    for vintage in vintages:
        snapshot = kept.get(vintage.id)
        where = f"{store.uri}/raw/{vault.source}/fetches/{vintage.id}.json"
        if snapshot is None:
            yield f"{where} is gone: nothing says which bytes vintage {vintage.id} is. {RESTORE}"
        elif snapshot.manifest_sha256 != vintage.manifest_sha256:
            yield f"{where} names other bytes than vintage {vintage.id} was read from. {RESTORE}"
    yield from _bodies(store, [kept[one.id] for one in vintages if one.id in kept], deep=deep)


def _bodies(store: Store, snapshots: Sequence[Snapshot], *, deep: bool) -> Iterator[str]:
    needed = {body.sha256: one.id for one in snapshots for body in one.bodies}
    there = set(store.list("raw/bodies/")) if needed else set[str]()
    for sha256, user in sorted(needed.items()):
        if body_key(sha256) not in there:
            yield f"{store.uri}/{body_key(sha256)} is gone; vintage {user} needs it. {RESTORE}"
        elif deep:
            try:
                archived_body(store, sha256)
            except Damaged as error:
                yield str(error)


def alert_problems(store: Store) -> Iterator[str]:
    """Yield what is wrong with the alert log and its tables: gaps, entries that cannot be read."""
    numbers = [_number(key) for key in store.list("alerts/log/")]
    if numbers != list(range(1, len(numbers) + 1)):
        missing = sorted(set(range(1, max(numbers) + 1)).difference(numbers))
        gone = listed([str(number) for number in missing], 5)
        yield f"{store.uri}/alerts/log: entries {gone} are gone. {RESTORE}"
    for number in numbers:
        yield from _entry(store, f"alerts/log/{number:012d}.json")
    for name in ALERT_TABLES if numbers else ():
        blob = store.get(name)
        shown = generation(blob.body) if blob else 0
        if shown < len(numbers):
            yield f"{store.uri}/{name} shows {max(shown, 0)} of {len(numbers)} entries. {REPAIR}"


def _entry(store: Store, key: str) -> Iterator[str]:
    blob = store.get(key)
    try:
        for _ in events_in(json.loads(blob.body if blob else b"")):
            pass
    except (ValueError, KeyError, TypeError) as error:
        yield f"{store.uri}/{key} is no entry of the alert log ({error}). {RESTORE}"


def _number(key: str) -> int:
    name = key.rpartition("/")[2].removesuffix(".json")
    return int(name) if name.isdecimal() else 0
