"""The reader of one source's vault: the newest commit and what it names.

Promises: a reader works on one commit until it is refreshed, caches it, and writes nothing.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from itertools import chain

import polars as pl

from schemas.errors import Damaged, NothingKnownYet, UnknownName, WrongUse
from schemas.records import utc
from tasks.vault.backends.below import Below
from tasks.vault.backends.store import NOT_READ, Blob, Store
from tasks.vault.commit_codec import from_document
from tasks.vault.commit_log import Log
from tasks.vault.manifest import Commit, Vintage, known_at, with_id
from tasks.vault.objects import TableArchive, load_archive, load_page
from tasks.vault.own_hash import Document, encode
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.table_history import TableHistory
from tasks.vault.times import is_id, parse_time


class VaultReader:
    """One source's vault in a lake. `store` is the lake's root.

    `number`: the commit to read, for instance the last one of an earlier generation; None for the
    newest one. `newest_states`: working states of the newest vintage by table, where they are
    known. `is_published`: whether the files of its commit were written through it. The operations
    that write (`commit_snapshots`, …) take a reader and move it on to the commit that they wrote.

    >>> from tasks.vault.backends.memory_store import MemoryStore
    >>> VaultReader(MemoryStore(), "unicef_market").vintages()
    []
    """

    def __init__(self, store: Store, source: str, *, number: int | None = None) -> None:
        self.source, self.lake = source, store
        self.store: Store = Below(store, source)
        self.log = Log(Below(self.store, "_vault"))
        self._number = number
        self._page = cache(partial(load_page, self.store))  # a sealed page never changes
        self.refresh()

    def trust_hint(self) -> None:
        """Begin on the commit that the hint names, newest or not, for a run that commits on it."""
        self._trusts_hint = True

    def refresh(self) -> None:
        """Forget the commit and what it shows, so that the next question reads the newest one."""
        self._trusts_hint = False
        self._head: Commit | None = None
        self._head_sha256: str | None = None
        self._is_read = self.is_published = False
        self._vintages: list[Vintage] | None = None
        self._archive: Mapping[str, TableArchive] | None = None
        self.newest_states: dict[str, pl.DataFrame] = {}
        self._blobs: dict[str, Blob] = {}

    def advance(self, head: Commit, *, sha256: str, states: Mapping[str, pl.DataFrame]) -> None:
        """Move on to a commit that was just written; `states`: its newest working states."""
        blobs = self._blobs
        self.refresh()
        self._head, self._head_sha256, self._is_read = head, sha256, True
        self.newest_states, self._blobs = dict(states), blobs

    @property
    def head(self) -> Commit | None:
        """The newest commit at the first question; None when nothing was ever committed."""
        if not self._is_read:
            number = self._number
            hinted = self._trusts_hint
            document = self.log.read(number) if number else self.log.newest(as_hinted=hinted)[1]
            if document is not None:
                self._head = self._commit(document)
                self._head_sha256 = hashlib.sha256(encode(document)).hexdigest()
            self._is_read = True
        return self._head

    def _commit(self, document: Document) -> Commit:
        try:
            return from_document(document)
        except (KeyError, TypeError, ValueError) as error:
            where = f"{self.store.uri}/_vault/log"
            raise Damaged(where, f"an entry with another {error}", "a commit") from error

    @property
    def head_sha256(self) -> str | None:
        """The sha256 of the newest commit's JSON; None when there is none."""
        return self._head_sha256 if self.head else None

    def is_newest(self) -> bool:
        """Return whether no commit came after this reader's; a request."""
        return next(self.log.entries(self.head.number if self.head else 0), None) is None

    @property
    def retracted(self) -> Mapping[str, Vintage]:
        """The vintages that are retracted, by id, as they were."""
        return self.head.retracted if self.head else {}

    def exists(self) -> bool:
        """Return whether there is a vintage that is not retracted, or one that cannot be read."""
        try:
            return self.head is not None and bool(self.head.tail)
        except Damaged:
            return True

    def tables(self) -> tuple[str, ...]:
        """Return the names of the source's tables that have a vintage, sorted."""
        known = sorted(self.head.tables) if self.head else ()
        return tuple(name for name in known if self.newest(name) is not None)

    def key(self, table: str) -> tuple[str, ...]:
        """Return the key columns of a table. Raises UnknownName."""
        if self.head is None or table not in self.head.tables:
            known = [f"{self.source}.{name}" for name in self.tables()]
            raise UnknownName("dataset", f"{self.source}.{table}", known)
        return self.head.tables[table].key

    def archive(self, table: str) -> TableArchive:
        """Return the packs and bases of a table."""
        if self._archive is None:
            name = self.head.archive if self.head else None
            self._archive = load_archive(self.store, name)
        return self._archive.get(table, TableArchive())

    def table_history(self, table: str) -> TableHistory:
        """Return a table's vintages, oldest first. Raises UnknownName."""
        key = self.key(table)
        vintages = tuple(self.vintages(table))
        return TableHistory(table, key, vintages, partial(self.archive, table))

    def vintages(self, table: str | None = None) -> list[Vintage]:
        """Return the vintages of one table, or of all, oldest first."""
        if self._vintages is None:
            self._vintages = self.vintages_from(datetime.min.replace(tzinfo=UTC))
        return [v for v in self._vintages if table is None or table in v.tables]

    def vintages_from(self, when: datetime) -> list[Vintage]:
        """Return at least the vintages from an instant on; older pages are not read."""
        if self._vintages is not None or self.head is None:
            return [*(self._vintages or ())]
        pages = [self._page(page) for page in self.head.pages if page.last >= when]
        return [*chain.from_iterable(pages), *self.head.tail]

    def newest(self, table: str) -> Vintage | None:
        """Return the newest vintage of a table, held or not; None when there is none."""
        known = self._tail(table) or self.vintages(table)
        return known[-1] if known else None

    def shown(self, table: str) -> Vintage:
        """Return the vintage that `latest` shows: the newest one that is not held."""
        return self.find("latest", table)

    def find(self, when: str | datetime, table: str | None = None) -> Vintage:
        """Return the vintage known at a time.

        `when`: 'latest' (the newest one that is not held), an id, an instant, or a date, which
        means its end. Raises UnknownName for an id that is not there, NothingKnownYet before the
        first vintage, WrongUse for a vintage that is retracted.
        """
        if near := known_at(self._tail(table), when):
            return near
        vintages = self.vintages(table)
        name = self.source if table is None else f"{self.source}.{table}"
        if self.head is not None and when in self.retracted:
            raise WrongUse(self.head.retraction_note(self.source, str(when)))
        if not vintages:
            raise UnknownName("vintage", f"{name} {when}", [])
        if when == "latest":
            return known_at(vintages, when) or vintages[-1]
        if isinstance(when, str) and is_id(when):
            return with_id(vintages, when)
        if (found := known_at(vintages, when)) is None:
            at = parse_time(when) if isinstance(when, str) else utc(when)
            raise NothingKnownYet(name, at.isoformat(), vintages[0].as_of.isoformat())
        return found

    def _tail(self, table: str | None) -> list[Vintage]:
        tail = self.head.tail if self.head else ()
        return [vintage for vintage in tail if table is None or table in vintage.tables]

    def published(self, table: str, kind: str, *, keep: bool = False) -> PublishedFile:
        """Return a published object of a table, for instance of kind 'latest'.

        `keep`: the next question for it, or the next update, gets the same bytes.
        """
        name = f"{table}/{kind}.parquet"
        blob = self._blobs.pop(name, None) or self.store.get(name)
        if keep and blob is not None:
            self._blobs[name] = blob
        return PublishedFile.read(name, blob)

    def taken_blob(self, name: str) -> Blob:
        """Return a published object that `published` kept, once; NOT_READ when there is none."""
        return self._blobs.pop(name, NOT_READ)
