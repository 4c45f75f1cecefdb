"""Silent sources: from which nothing was fetched for two cadences, so that no alert can come."""

from collections.abc import Iterable
from datetime import datetime

from schemas.records import stamp
from schemas.source import Source
from tasks.delivery.planning_input import Silence
from tasks.freshness.source_life import PATIENCE, is_scheduled
from tasks.vault.backends.store import Store
from tasks.vault.vault_reader import VaultReader


def silent_sources(store: Store, sources: Iterable[Source], now: datetime) -> list[Silence]:
    """Return the sources without a fetch for two cadences, of those that were ever ingested.

    A fetch counts though its snapshot was refused. A source whose schedule is off, because it has
    ended or comes by hand, is never silent. One listing per source, and its newest commit where
    that is empty.
    """
    return [found for source in sources if (found := _silence(store, source, now))]


def _silence(store: Store, source: Source, now: datetime) -> Silence | None:
    since = now - PATIENCE * source.cadence
    folder = f"raw/{source.name}/fetches/"
    if not is_scheduled(source):
        return None
    if next(iter(store.list(folder, after=folder + stamp(since)[:-1])), None):
        return None
    head = VaultReader(store, source.name).head
    if head is None or not head.tail:
        return None
    last = max(one.as_of for one in head.tail)
    if last > since:
        return None
    return Silence(
        source=source.name,
        last=last.isoformat(),
        since=last + PATIENCE * source.cadence,
        days=max(source.cadence.days, 1),
    )
