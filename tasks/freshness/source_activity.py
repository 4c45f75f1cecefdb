"""Reading of a source's activity: from the newest commit, and from names in the raw archive.

Promises: no body is read, and no object whose size grows with history, but where a source has not
changed for long (a page of vintages). A source in use costs six requests, one that is not, four.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, takewhile

from schemas.errors import WrongUse
from schemas.records import stamp
from schemas.source import Source
from tasks.freshness.source_life import Activity
from tasks.schema_drift.schema_log import REFUSED_FOLDER, RefusedSnapshot, SchemaLogFile
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Commit, Vintage
from tasks.vault.objects import load_page
from tasks.vault.times import parse_time
from tasks.vault.vault_reader import VaultReader


def activities(store: Store, sources: Sequence[Source]) -> tuple[Activity, ...]:
    """Return the activity of each source, in their order; asked at one time where that is faster.

    Raises Damaged, StoreError.
    """
    return store.ask_all(lambda source: source_activity(store, source), sources)


def source_activity(store: Store, source: Source, vault: VaultReader | None = None) -> Activity:
    """Return the activity of one source; `vault`: its reader, where there is one already."""
    vault = vault or VaultReader(store, source.name)
    head = vault.head
    if head is None and next(iter(store.list(f"raw/{source.name}/")), None) is None:
        return Activity(source=source.name)
    tail = head.tail if head else ()
    last = tail[-1].as_of if tail else None
    fetched = _instants(store, source.name, "fetches", since=last)
    last_fetch = max((*fetched, *([last] if last else ())), default=None)
    failed = _instants(store, source.name, "failed", since=last_fetch)
    refused = _refusal(store, source, last)
    held = [*takewhile(lambda one: one.held, reversed(tail))]
    return Activity(
        source=source.name,
        last_as_of=last,
        last_change=_last_change(vault, head),
        last_fetch=last_fetch,
        failed_at=max(failed, default=None),
        failing_since=min(failed, default=None),
        failures=len(failed),
        refused_at=refused.as_of if refused else None,
        fault=refused.fault if refused else "",
        held_since=held[-1].as_of if held else None,
        held=len(held),
        held_id=held[0].id if held else "",
        vintages=len(tail) + sum(page.count for page in head.pages) if head else 0,
    )


def _instants(store: Store, source: str, folder: str, *, since: datetime | None) -> list[datetime]:
    """Return the instants of a source's records in `raw/` behind an instant, from their names."""
    return [at for at in _named(store, source, folder, since) if since is None or at > since]


def _named(store: Store, source: str, folder: str, since: datetime | None) -> Iterator[datetime]:
    below = f"raw/{source}/{folder}/"
    after = below + stamp(since)[:-1] if since else ""
    for key in store.list(below, after=after):
        try:
            yield parse_time(key.removeprefix(below).partition("-")[0])
        except WrongUse:
            continue  # no record of ours


def _refusal(store: Store, source: Source, last: datetime | None) -> RefusedSnapshot | None:
    """Return the snapshot that the source is frozen by; the log is read only where one may be."""
    if not _instants(store, source.name, REFUSED_FOLDER, since=last):
        return None
    return SchemaLogFile(store, source).log.unresolved_refusal()


def _last_change(vault: VaultReader, head: Commit | None) -> datetime | None:
    if head is None:
        return None
    pages = (load_page(vault.store, page) for page in reversed(head.pages))
    return next(filter(None, map(_newest_new, chain([head.tail], pages))), None)


def _newest_new(vintages: Iterable[Vintage]) -> datetime | None:
    return max((one.as_of for one in vintages if one.is_new), default=None)
