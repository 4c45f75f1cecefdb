"""
The vault of one source: every vintage it ever had, read exactly and committed atomically.

Promises: a commit is one create-if-absent PUT; before it nothing has happened, after it everything
has. A reader works on one commit, read once, and sees nothing of later ones.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import polars as pl

from schemas.errors import NothingKnownYet, UnknownName
from schemas.records import Outcome, utc
from tasks.compare import revisions
from tasks.vault.checks import problems
from tasks.vault.committing import commit
from tasks.vault.folds import SCOPE_COLUMN, Told, cells, history, operations
from tasks.vault.insertion import Draft, TableDraft
from tasks.vault.log import Log
from tasks.vault.manifest import Commit, TableVintage, Vintage, from_document, with_id
from tasks.vault.publishing import publish, publish_quarantine
from tasks.vault.quarantine import quarantined_rows
from tasks.vault.replay import load, quarantine_name, readable, replayed
from tasks.vault.segments import HIDDEN, empty_state
from tasks.vault.store import Below, Store
from tasks.vault.times import is_id, moment

__all__ = ["Draft", "TableDraft", "TableVintage", "Vault", "Vintage"]


class Vault:
    """
    One source's vault in a lake. `store` is the lake's root.

    >>> from tasks.vault.memory import MemoryStore
    >>> Vault(MemoryStore(), "unicef_market").vintages()
    []
    """

    def __init__(self, store: Store, source: str) -> None:
        self.source = source
        self._lake = store
        self.store: Store = Below(store, source)
        self.log = Log(Below(self.store, "_vault"))
        self._commit: Commit | None = None
        self._read = False

    @property
    def head(self) -> Commit | None:
        """The newest commit when it was first asked for; None when nothing was ever committed."""
        if not self._read:
            _, document = self.log.newest()
            self._commit = None if document is None else from_document(document)
            self._read = True
        return self._commit

    def refresh(self) -> None:
        """Forget the commit read, so that the next question sees the newest one."""
        self._read = False

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

    def told(self, table: str) -> Told:
        """Return a table's vintages in the order of as_of. Raises UnknownName."""
        key = self.key(table)
        return Told(table, key, tuple(self.vintages(table)))

    def vintages(self, table: str | None = None) -> list[Vintage]:
        """Return the vintages in the order of as_of, of one table or of all."""
        every = list(self.head.vintages) if self.head else []
        return every if table is None else [v for v in every if table in v.tables]

    def find(self, when: str | datetime, table: str | None = None) -> Vintage:
        """
        Return the vintage known at a time.

        `when`: 'latest' (the newest one that is not held), an id, an instant, or a date, which
        means its end. Raises UnknownName for an id that is not there, NothingKnownYet before the
        first vintage.
        """
        vintages = self.vintages(table)
        name = self.source if table is None else f"{self.source}.{table}"
        if not vintages:
            raise UnknownName("vintage", f"{name} {when}", [])
        if when == "latest":
            return next((v for v in reversed(vintages) if not v.held), vintages[-1])
        if isinstance(when, str) and is_id(when):
            return with_id(vintages, when)
        at = moment(when) if isinstance(when, str) else utc(when)
        known = [vintage for vintage in vintages if vintage.as_of <= at]
        if not known:
            raise NothingKnownYet(name, at.isoformat(), vintages[0].as_of.isoformat())
        return known[-1]

    def working_state(self, table: str, vintage: Vintage) -> pl.DataFrame:
        """Return everything known of a table at a vintage that has it, hidden rows included."""
        told = self.told(table)
        until = [entry for _, v, entry in told.entries() if v.as_of <= vintage.as_of]
        state = replayed(self.store, None, until, told.key)
        assert state is not None
        return state

    def state(self, table: str, vintage: Vintage) -> pl.DataFrame:
        """Return a table exactly as a vintage that has it says it is, sorted by key."""
        return readable(self.working_state(table, vintage), vintage.tables[table])

    def diff(self, table: str, a: Vintage, b: Vintage) -> pl.DataFrame:
        """
        Return what differs between two vintages of a table; the columns of `revisions`.

        Not compared: keys that stand in quarantine in either, and countries that were not spoken of
        up to the earlier one.
        """
        key = self.key(table)
        states = [self.working_state(table, vintage) for vintage in (a, b)]
        hidden = [state.filter(pl.col(HIDDEN)).select(key) for state in states]
        hidden += [self._unread(table, vintage) for vintage in (a, b)]
        before, after = (
            readable(state, vintage.tables[table])
            for state, vintage in zip(states, (a, b), strict=True)
        )
        changed = revisions(before, after, key=key, skip=pl.concat(hidden, how="vertical_relaxed"))
        told = self.told(table)
        scopes = dict(zip([v.id for v in told.vintages], told.known_scopes(), strict=True))
        for known in (scopes[a.id], scopes[b.id]):
            if known is not None and SCOPE_COLUMN in key:
                changed = changed.filter(pl.col(SCOPE_COLUMN).is_in(sorted(known)))
        return changed

    def history(self, table: str, where: Mapping[str, str]) -> pl.DataFrame:
        """
        Return how the rows that match `where` changed: as_of, id, key, figures, oldest first.

        A row that was withdrawn is there with every figure null.
        """
        told = self.told(table)
        operated = operations(self.store, told)
        if operated is None:
            return pl.DataFrame()
        for column, value in where.items():
            if column not in told.key:
                raise UnknownName("key column", column, told.key)
            operated = operated.filter(pl.col(column).cast(pl.String) == value)
        dated = operated.join(told.times(), on="seq", how="left").sort(["seq", *told.key])
        return dated.select("as_of", "id", pl.exclude("as_of", "id", "seq", "_op"))

    def versions(self, table: str) -> pl.DataFrame | None:
        """Return every version of every row with valid_from and valid_to; None before the first."""
        told = self.told(table)
        operated = operations(self.store, told)
        return None if operated is None else history(operated, told)

    def cells(self, table: str, columns: Collection[str] | None = None) -> pl.DataFrame | None:
        """Return every cell that began or changed, vintage by vintage; None before the first."""
        told = self.told(table)
        operated = operations(self.store, told)
        return None if operated is None else cells(operated, told, columns=columns, beginnings=True)

    def quarantined(self, table: str | None = None) -> pl.DataFrame:
        """Return every row in quarantine; see `tasks.vault.quarantine`."""
        return quarantined_rows(self.store, self.source, self.vintages(), table=table)

    def commit(
        self, drafts: Sequence[Draft], *, at: datetime, kind: str = "ingest"
    ) -> list[Outcome]:
        """Commit snapshots, all or none; see `tasks.vault.committing`."""
        return commit(self, drafts, at=at, kind=kind)

    def adopt(self, commit: Commit) -> None:
        """Take a commit that was just written as the newest one."""
        self._commit, self._read = commit, True

    def publish(self) -> list[str]:
        """Bring the derived Parquet up to the newest commit; return the names written."""
        written = publish(self)
        publish_quarantine(self._lake, self)
        return written

    def verify(self, *, deep: bool = False) -> list[str]:
        """Return what is wrong with this vault, a sentence each."""
        return list(problems(self, deep=deep))

    def _unread(self, table: str, vintage: Vintage) -> pl.DataFrame:
        key, entry = self.key(table), vintage.tables[table]
        if entry.quarantine is None:
            own = tuple(column for column in entry.schema if column[0] in key)
            return empty_state(own).select(key)
        return load(self.store, quarantine_name(entry.quarantine)).select(key).drop_nulls()
