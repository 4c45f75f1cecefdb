"""Integrity: whether the raw archive and the alert log hold what the vintages and alerts refer to.

Promises: reads only. The quick look asks whether everything is there; the deep one reads every
body and computes its hash again. What a vault itself holds is checked by the vault.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from schemas.errors import Damaged
from schemas.records import Snapshot, stamp
from schemas.wording import listed
from tasks.alerts.alert_log import events_in
from tasks.alerts.alert_tables import generation
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.raw.archive import archived_body, archived_snapshot, archived_snapshots, body_key
from tasks.schema_drift.schema_log import REFUSED_FOLDER
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Vintage
from tasks.vault.vault_reader import VaultReader

RESTORE = "Restore it from a copy of the lake."
REPAIR = "Run `vaxwatch repair`: it publishes anew."
RECOVER = "The next ingest of the source publishes it, as does `vaxwatch repair`."
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
    vintages = _committed(vault)
    for vintage in vintages:
        snapshot = kept.get(vintage.id)
        where = f"{store.uri}/raw/{vault.source}/fetches/{vintage.id}.json"
        if snapshot is None:
            yield f"{where} is gone: nothing says which bytes vintage {vintage.id} is. {RESTORE}"
        elif snapshot.manifest_sha256 != vintage.manifest_sha256:
            yield f"{where} names other bytes than vintage {vintage.id} was read from. {RESTORE}"
    for snapshot in uncommitted(store, vault):
        yield (
            f"{store.uri}/raw/{vault.source}/fetches/{snapshot.id}.json was archived and never "
            f"committed: a run ended before that, or is under way. {RECOVER}"
        )
    yield from _bodies(store, [kept[one.id] for one in vintages if one.id in kept], deep=deep)


def uncommitted(
    store: Store, vault: VaultReader, *, since: datetime | None = None
) -> Iterator[Snapshot]:
    """Yield archived snapshots that are no vintage and were not refused, oldest first.

    One whose instant another vintage has, or had before it was retracted, is left out: it was
    superseded, or refused for that.
    `since`: only snapshots from this instant on, for which older vintages are not read; None: all.
    """
    first = stamp(since)[:-1] if since else ""
    raw = f"raw/{vault.source}/"
    names = [name for name in _names(store, f"{raw}fetches/") if name >= first]
    taken = {stamp(vintage.as_of) for vintage in _committed(vault, since)}
    free = [name for name in names if name.rpartition("-")[0] not in taken]
    refused = set(_names(store, f"{raw}{REFUSED_FOLDER}/")) if free else set[str]()
    for name in free:
        if name not in refused and (snapshot := archived_snapshot(store, vault.source, name)):
            yield snapshot


def _committed(vault: VaultReader, since: datetime | None = None) -> list[Vintage]:
    """Return the vintages, those from an instant on at least, and what is retracted."""
    vintages = vault.vintages_from(since) if since else vault.vintages()
    return [*vintages, *vault.retracted.values()]


def _names(store: Store, folder: str) -> list[str]:
    return sorted(key[len(folder) :].removesuffix(".json") for key in store.list(folder))


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
