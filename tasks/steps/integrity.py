"""Integrity: whether the raw archive and the alert log hold what the vintages and alerts refer to.

Promises: reads only. The quick look asks whether everything is there; the deep one reads every
body and computes its hash again. What a vault itself holds is checked by the vault.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from schemas.errors import Damaged
from schemas.records import Snapshot, stamp
from schemas.waivers import Waiver
from tasks.alerts.alert_log import alert_log, alerts_of, events_in
from tasks.alerts.alert_tables import alert_events_table, alerts_table, generation, is_same_table
from tasks.catalog.system_tables import SYSTEM_SOURCES
from tasks.delivery.publish_feeds import feed_faults
from tasks.raw.archive import archived_ids, archived_snapshot, archived_snapshots
from tasks.raw.body_reader import BodyReader, body_key
from tasks.schema_drift.schema_log import LOG_NAME, REFUSED_FOLDER
from tasks.vault.backends.store import Store
from tasks.vault.conformance.first_run import ANSWER, ASKED, PROVED
from tasks.vault.manifest import Vintage
from tasks.vault.own_hash import parsed
from tasks.vault.rebuilt_files import REPAIR
from tasks.vault.vault_reader import VaultReader

RESTORE = "Restore it from a copy of the lake."
RECOVER = "The next ingest of the source publishes it, as does `vaxwatch repair`."


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
        elif (snapshot.manifest_sha256, snapshot.url, snapshot.scope) != (
            vintage.manifest_sha256,
            vintage.url,
            vintage.scope,
        ):
            yield f"{where} names other bytes than vintage {vintage.id} was read from. {RESTORE}"
    for snapshot in uncommitted(store, vault):
        yield (
            f"{store.uri}/raw/{vault.source}/fetches/{snapshot.id}.json was archived and never "
            f"committed: a run ended before that, or is under way. {RECOVER}"
        )
    yield from _missing_bodies(store, [kept[one.id] for one in vintages if one.id in kept])
    if deep:
        yield from _damaged_records(store, vault.source)


def uncommitted(
    store: Store,
    vault: VaultReader,
    *,
    since: datetime | None = None,
    archived: Sequence[str] | None = None,
) -> Iterator[Snapshot]:
    """Yield archived snapshots that are no vintage and were not refused, oldest first.

    One whose instant another vintage has, or had before it was retracted, is left out: it was
    superseded, or refused for that.
    `since`: only snapshots from this instant on, for which older vintages are not read; None: all.
    `archived`: the ids of these snapshots, where they are known.
    """
    first = stamp(since)[:-1] if since else ""
    names = archived_ids(store, vault.source, since=since) if archived is None else archived
    taken = {stamp(vintage.as_of) for vintage in _committed(vault, since)}
    free = [name for name in names if name >= first and name.rpartition("-")[0] not in taken]
    folder = f"raw/{vault.source}/{REFUSED_FOLDER}/"
    refused = {Path(key).stem for key in store.list(folder)} if free else set[str]()
    for name in free:
        if name not in refused and (snapshot := archived_snapshot(store, vault.source, name)):
            yield snapshot


def _committed(vault: VaultReader, since: datetime | None = None) -> list[Vintage]:
    """Return the vintages, from an instant on or all, and what is retracted."""
    vintages = vault.vintages_from(since) if since else vault.vintages()
    vintages = [one for one in vintages if not since or one.as_of >= since]
    return [*vintages, *vault.retracted.values()]


def _missing_bodies(store: Store, snapshots: Sequence[Snapshot]) -> Iterator[str]:
    needed = {body.sha256: one.id for one in snapshots for body in one.bodies}
    there = set(store.list("raw/bodies/")) if needed else set[str]()
    for sha256, user in sorted(needed.items()):
        if body_key(sha256) not in there:
            yield f"{store.uri}/{body_key(sha256)} is gone; vintage {user} needs it. {RESTORE}"


def _damaged_records(store: Store, source: str) -> Iterator[str]:
    """Yield a sentence per JSON document beside a source's bodies that is not what it states."""
    for key in store.list(f"raw/{source}/"):
        where, blob = f"{store.uri}/{key}", store.get(key)
        try:
            parsed(where, blob.body if blob else b"")
        except Damaged as error:
            is_schema_log = key.endswith(f"/{LOG_NAME}")
            yield f"{where} is damaged. {REPAIR}" if is_schema_log else str(error)


def store_problems(store: Store) -> Iterator[str]:
    """Yield a sentence per raw body with other bytes, and one if the store's proof is damaged."""
    bodies, found = BodyReader(store), set[str]()
    for key in store.list("raw/bodies/"):
        try:
            bodies.read(Path(key).stem)
        except Damaged as error:
            if (problem := str(error)) not in found:  # a base that several bodies need
                yield problem
            found.add(problem)
    proof = store.get(ANSWER)
    if proof is not None and proof.body not in {ASKED, PROVED}:
        yield f"{store.uri}/{ANSWER} is damaged. Run `vaxwatch repair`: it asks the store again."


def alert_problems(
    store: Store, in_force: Sequence[Waiver] = (), *, on: date, deep: bool = False
) -> Iterator[str]:
    """Yield what is wrong with the alert log, or else with the tables that derive from it.

    `on`: today (UTC). `in_force`: its waivers. Tables of another day are not wrong for that.
    `deep`: compare the tables with the log row by row.
    """
    problems = list(_alert_log_problems(store))
    yield from problems
    if not problems:
        yield from _alert_table_problems(store, in_force, on, deep=deep)


def _alert_log_problems(store: Store) -> Iterator[str]:
    log = alert_log(store)
    for number in range(1, max(log.numbers(), default=0) + 1):
        try:
            list(events_in(log.read(number)))
        except Damaged as error:
            yield str(error)
        except (ValueError, KeyError, TypeError) as error:
            yield f"{store.uri}/alerts/{log.name(number)} is no entry ({error}). {RESTORE}"
    if log.is_hint_torn():
        yield f"{store.uri}/alerts/hint.json is damaged. {REPAIR}"


def _alert_table_problems(
    store: Store, in_force: Sequence[Waiver], on: date, *, deep: bool
) -> Iterator[str]:
    entries = alert_log(store).complete()
    tables = {
        "alerts": lambda: alerts_table(alerts_of(entries, in_force, on=on), entries=len(entries)),
        "alert_events": lambda: alert_events_table(entries),
    }
    for name, right in tables.items() if entries else ():
        key = f"alerts/{name}.parquet"
        blob = store.get(key)
        shown = generation(blob.body) if blob else 0
        if blob is None or shown < len(entries):
            yield f"{store.uri}/{key} shows {max(shown, 0)} of {len(entries)} entries. {REPAIR}"
        elif shown > len(entries):
            yield f"{store.uri}/alerts/log: entry {shown} is gone, which {key} shows. {RESTORE}"
        elif deep and not is_same_table(blob.body, right()):
            yield f"{store.uri}/{key} has other rows than the log. {REPAIR}"
    if deep:
        for key in feed_faults(store, entries, alerts_of(entries, in_force, on=on)):
            yield f"{store.uri}/{key} is not what the alert log gives. {REPAIR}"
