"""Garbage: objects that no commit names any more.

Promises: an object is removed only when it was written at least a week ago, and neither the newest
commit, nor one of the last week, nor a pinned one names it. So a writer that is still at work, and
a reader of a recent commit, lose nothing. A write that a killed run left is removed after a day.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tasks.vault.backends.store import Store
from tasks.vault.commit_codec import from_document
from tasks.vault.commit_log import Log
from tasks.vault.manifest import Commit, Vintage
from tasks.vault.objects import Kind, load_archive, load_page, object_name
from tasks.vault.vault_reader import VaultReader

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
"""No writer takes so long over one object."""
Pages = dict[str, tuple[Vintage, ...]]
KEPT_ENTRIES = timedelta(days=30)
"""Entries of the log are complete, so old ones are dropped, too; the newest and the pinned stay."""


def collect_garbage(
    vault: VaultReader, *, at: datetime, older_than: timedelta = WEEK, dry_run: bool
) -> list[str]:
    """Remove garbage, or with `dry_run` only say what is; return the names."""
    vault.refresh()
    head = vault.head
    if head is None:
        return []
    if not dry_run:
        vault.log.mend_hint()  # a reader must never start before an entry that is gone
    kept = {Log.name(number) for number in (head.number, *head.pins)}
    pages: Pages = {}
    named: set[str] = set(reachable(vault.store, head, pages))
    for number in vault.log.numbers():
        commit = from_document(vault.log.read(number))
        age = at - commit.written_at
        if Log.name(number) in kept or age <= older_than:
            named.update(reachable(vault.store, commit, pages))
        if age <= max(older_than, KEPT_ENTRIES):
            kept.add(Log.name(number))
    named |= {f"_vault/{name}" for name in kept} | {"_vault/hint.json"}
    found = [
        name
        for name in vault.store.list("_vault/")
        if name not in named and _is_old(vault.store, name, at - older_than)
    ]
    for name in found if not dry_run else ():
        if _is_old(vault.store, name, at - older_than):  # a writer may have used it meanwhile
            vault.store.delete(name)
    return found


def abandoned_writes(store: Store, *, at: datetime) -> list[str]:
    """Return the keys of writes that began a day ago and never ended, sorted."""
    return sorted(name for name in store.unfinished() if _is_old(store, name, at - DAY))


def reachable(store: Store, commit: Commit, pages: Pages) -> Iterator[str]:
    """Yield the names of all objects that a commit needs; `pages` remembers those read before."""
    for page in commit.pages:
        if page.sha256 not in pages:
            pages[page.sha256] = load_page(store, page)
        yield object_name("page", page.sha256)
    packed: set[str] = set()
    if commit.archive:
        yield object_name("archive", commit.archive)
        for table in load_archive(store, commit.archive).values():
            yield from (object_name("pack", pack.sha256) for pack in table.packs)
            yield from (object_name("base", base.sha256) for base in table.bases)
            packed.update(segment for pack in table.packs for segment in pack.segments)
    vintages = [vintage for page in commit.pages for vintage in pages[page.sha256]]
    for entry in (entry for v in (*vintages, *commit.tail) for entry in v.tables.values()):
        named: dict[Kind, str | None] = {
            "quarantine": entry.quarantine,
            "printed": entry.printed,
            "seg": None if entry.segment in packed else entry.segment,
        }
        yield from (object_name(kind, sha256) for kind, sha256 in named.items() if sha256)


def _is_old(store: Store, name: str, limit: datetime) -> bool:
    written = store.written_at(name)
    return written is not None and written <= limit
