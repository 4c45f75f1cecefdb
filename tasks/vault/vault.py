"""
The vault of one source: every vintage it ever had, read exactly and committed atomically.

Promises: a commit is one create-if-absent PUT; before it nothing has happened, after it everything
has. A reader works on one commit, read once, and sees nothing of later ones.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import polars as pl

from schemas.errors import NothingKnownYet, UnknownName
from schemas.records import Outcome, Snapshot, utc
from tasks.vault import queries
from tasks.vault.backdated_insert import Draft, TableDraft
from tasks.vault.backends.store import Below, Blob, Store
from tasks.vault.commit import commit, rebuild, restate
from tasks.vault.commit_codec import from_document
from tasks.vault.commit_log import Log, encode
from tasks.vault.compact import compact
from tasks.vault.derived_tables import publish
from tasks.vault.latest_cache import newest_rows, published_state
from tasks.vault.manifest import Commit, TableVintage, Vintage, with_id
from tasks.vault.objects import load_page
from tasks.vault.packs import TableArchive, load_archive
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.quarantined_rows import quarantined_rows
from tasks.vault.release import release
from tasks.vault.repair import repair
from tasks.vault.table_history import TableHistory
from tasks.vault.times import is_id, moment
from tasks.vault.unchanged_commit import observe
from tasks.vault.verify import problems
from tasks.vault.working_states import readable, replayed

__all__ = ["Draft", "TableDraft", "TableVintage", "Vault", "Vintage"]


class Vault:
    """
    One source's vault in a lake. `store` is the lake's root.

    `number`: an older commit to read, for instance the last one of an earlier generation; such a
    vault is for reading only.

    >>> from tasks.vault.backends.memory_store import MemoryStore
    >>> Vault(MemoryStore(), "unicef_market").vintages()
    []
    """

    def __init__(self, store: Store, source: str, *, number: int | None = None) -> None:
        self.source = source
        self._number = number
        self.store: Store = Below(store, source)
        self.log = Log(Below(self.store, "_vault"))
        self.refresh()

    def refresh(self) -> None:
        """Forget the commit read, so that the next question sees the newest one."""
        self._head: Commit | None = None
        self._is_read = False
        self._every: list[Vintage] | None = None
        self._archive: Mapping[str, TableArchive] | None = None
        self._ends: dict[str, pl.DataFrame] = {}
        self.head_sha256: str | None = None
        self.seen: dict[str, Blob] = {}

    @property
    def head(self) -> Commit | None:
        """The newest commit when it was first asked for; None when nothing was ever committed."""
        if not self._is_read:
            number = self._number
            document = self.log.read(number) if number else self.log.newest()[1]
            if document is not None:
                self._head = from_document(document, where=self.store.uri)
                self.head_sha256 = hashlib.sha256(encode(document)).hexdigest()
            self._is_read = True
        return self._head

    def adopt(self, head: Commit, *, sha256: str, states: Mapping[str, pl.DataFrame]) -> None:
        """Take a commit that was just written, and its newest working states, as the newest one."""
        seen = self.seen
        self.refresh()
        self._head, self._is_read, self.head_sha256 = head, True, sha256
        self._ends, self.seen = dict(states), seen

    def exists(self) -> bool:
        """Return whether anything was ever committed."""
        return self.head is not None

    def tables(self) -> tuple[str, ...]:
        """Return the names of the source's tables, sorted."""
        return tuple(sorted(self.head.tables)) if self.head else ()

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

    def told(self, table: str) -> TableHistory:
        """Return a table's vintages in the order of as_of. Raises UnknownName."""
        key = self.key(table)
        return TableHistory(table, key, tuple(self.vintages(table)), self.archive(table))

    def vintages(self, table: str | None = None) -> list[Vintage]:
        """Return the vintages in the order of as_of, of one table or of all."""
        if self._every is None:
            head = self.head
            pages = [load_page(self.store, page) for page in head.pages] if head else []
            tail = head.tail if head else ()
            self._every = [*(vintage for page in pages for vintage in page), *tail]
        return [v for v in self._every if table is None or table in v.tables]

    def vintages_from(self, when: datetime) -> list[Vintage]:
        """Return at least the vintages from an instant on; sealed pages only where needed."""
        head = self.head
        if head is None or self._every is not None:
            return self.vintages()
        pages = [load_page(self.store, page) for page in head.pages if page.last >= when]
        return [*(vintage for page in pages for vintage in page), *head.tail]

    def newest(self, table: str) -> Vintage | None:
        """Return the newest vintage that has a table, held or not; None when none has it."""
        near = list(self.head.tail) if self.head else []
        known = [vintage for vintage in near if table in vintage.tables] or self.vintages(table)
        return known[-1] if known else None

    def shown(self, table: str) -> Vintage:
        """Return the vintage that `latest` shows: the newest one that is not held."""
        near = list(self.head.tail) if self.head else []
        good = [v for v in near if table in v.tables and not v.held]
        if good:
            return good[-1]
        every = self.vintages(table)
        return next((v for v in reversed(every) if not v.held), every[-1])

    def find(self, when: str | datetime, table: str | None = None) -> Vintage:
        """
        Return the vintage known at a time.

        `when`: 'latest' (the newest one that is not held), an id, an instant, or a date, which
        means its end. Raises UnknownName for an id that is not there, NothingKnownYet before the
        first vintage.
        """
        tail = self.head.tail if self.head else ()
        near = [v for v in tail if table is None or table in v.tables]
        return _known(near, when) or self._found(when, table)

    def _found(self, when: str | datetime, table: str | None) -> Vintage:
        vintages = self.vintages(table)
        name = self.source if table is None else f"{self.source}.{table}"
        if not vintages:
            raise UnknownName("vintage", f"{name} {when}", [])
        if when == "latest":
            return _known(vintages, when) or vintages[-1]
        if isinstance(when, str) and is_id(when):
            return with_id(vintages, when)
        found = _known(vintages, when)
        if found is None:
            at = moment(when) if isinstance(when, str) else utc(when)
            raise NothingKnownYet(name, at.isoformat(), vintages[0].as_of.isoformat())
        return found

    def published(self, table: str, kind: str) -> PublishedFile:
        """Return a derived object of a table as it is now, or as it was read for this commit."""
        name = f"{table}/{kind}.parquet"
        blob = self.seen.pop(name, None) or self.store.get(name)
        return PublishedFile(name, blob)

    def newest_state(self, table: str) -> pl.DataFrame:
        """Return the working state after the newest vintage, from what is published if it may."""
        if table not in self._ends:
            newest = self.newest(table)
            assert newest is not None
            state = published_state(self, table, newest)
            self._ends[table] = self.working_state(table, newest) if state is None else state
        return self._ends[table]

    def working_state(self, table: str, vintage: Vintage) -> pl.DataFrame:
        """Return everything known of a table at a vintage that has it, hidden rows included."""
        told = self.told(table)
        line = [(v.id, entry) for _, v, entry in told.entries() if v.as_of <= vintage.as_of]
        state = replayed(self.store, None, line, told.key, archive=told.archive)
        assert state is not None
        return state

    def state(self, table: str, vintage: Vintage) -> pl.DataFrame:
        """Return a table exactly as a vintage that has it says it is, sorted by key."""
        newest = self.newest(table)
        if newest is None or newest.id != vintage.id:
            return queries.past_state(self, table, vintage)
        if table in self._ends:
            return readable(self._ends[table], vintage.tables[table])
        rows = newest_rows(self, table, vintage)
        return queries.past_state(self, table, vintage) if rows is None else rows

    def diff(self, table: str, a: Vintage, b: Vintage) -> pl.DataFrame:
        """Return what differs between two vintages; see `queries.difference`."""
        return queries.difference(self, table, a, b)

    def history(self, table: str, where: Mapping[str, str]) -> pl.DataFrame:
        """Return how the rows that match `where` changed; see `queries.row_history`."""
        return queries.row_history(self, table, where)

    def versions(self, table: str) -> pl.LazyFrame:
        """Return every version of every row; see `folds.history`."""
        return queries.all_versions(self, table)

    def cells(self, table: str, columns: Collection[str] | None = None) -> pl.DataFrame | None:
        """Return every cell that began or changed; see `folds.cells`. None before the first."""
        return queries.all_cells(self, table, columns)

    def quarantined(self, table: str | None = None) -> pl.DataFrame:
        """Return every row in quarantine; see `quarantine.quarantined_rows`."""
        return quarantined_rows(self.store, self.source, self.vintages(), table=table)

    def commit(
        self,
        drafts: Sequence[Draft],
        *,
        at: datetime,
        kind: str = "ingest",
        supersede: bool = False,
    ) -> list[Outcome]:
        """Commit snapshots, all or none; see `committing.commit`."""
        return commit(self, drafts, at=at, kind=kind, supersede=supersede)

    def observe(self, snapshot: Snapshot, *, parser_version: int, at: datetime) -> Outcome | None:
        """Commit the same bytes once more without reading them; see `observing.observe`."""
        return observe(self, snapshot, parser_version=parser_version, at=at)

    def restate(self, drafts: Sequence[Draft], *, at: datetime) -> list[Outcome]:
        """Commit what vintages say when they are read again; see `committing.restate`."""
        return restate(self, drafts, at=at)

    def rebuild(self, drafts: Sequence[Draft], *, at: datetime) -> list[Outcome]:
        """Commit a new generation; see `committing.rebuild`."""
        return rebuild(self, drafts, at=at)

    def release(self, vintage: str, *, at: datetime) -> bool:
        """Let `latest` show a held vintage; see `releasing.release`."""
        return release(self, vintage, at=at)

    def compact(self, *, at: datetime) -> bool:
        """Gather segments into packs, lay bases, publish all anew; see `compaction.compact`."""
        return compact(self, at=at)

    def publish(self, *, everything: bool = False) -> list[str]:
        """Bring the derived Parquet up to this commit; return the names written."""
        return publish(self, everything=everything)

    def repair(self, *, at: datetime) -> list[str]:
        """Finish what a writer left undone; return what was done, a sentence each."""
        return repair(self, at=at)

    def verify(self, *, deep: bool = False) -> list[str]:
        """Return what is wrong with this vault, a sentence each."""
        return list(problems(self, deep=deep))


def _known(vintages: Sequence[Vintage], when: str | datetime) -> Vintage | None:
    """Return the newest one known at a time; None where it, or any, is not among them."""
    if when == "latest":
        return next((v for v in reversed(vintages) if not v.held), None)
    if isinstance(when, str) and is_id(when):
        return next((v for v in vintages if v.id == when), None)
    at = moment(when) if isinstance(when, str) else utc(when)
    return next((v for v in reversed(vintages) if v.as_of <= at), None)
