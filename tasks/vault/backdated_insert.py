"""Inserting vintages between existing ones, and re-deriving those after them.

Promises: any order of ingestion ends in the same vintages, states and segment names. An inserted
vintage re-derives those behind it only until the working states agree again, for a source that
covers its whole table one vintage. The objects written mean nothing until a commit names them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from schemas.records import Snapshot
from tasks.vault.backends.store import Store
from tasks.vault.canonical_frames import canonical, cast_to, schema_of, state_hash
from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.objects import TableArchive, load, write_frame
from tasks.vault.segments import (
    DELETE,
    HIDDEN,
    OP,
    PUT,
    Covers,
    apply,
    covered,
    empty_state,
    has_same_rows,
    keys_in_quarantine,
    segment,
)
from tasks.vault.table_history import readable, replayed


@dataclass(frozen=True, kw_only=True, slots=True)
class TableDraft:
    """The rows of a snapshot in one table, ready to be committed.

    `frame`: the parsed rows. `quarantined`: the rows that could not be parsed, with at least `row`
    and the key columns (null where unreadable). `covers`: the values of columns that the snapshot
    covers; None for the whole table. `version`: of columns. `hides_below`: by figure, the number
    below which the publisher hides it. `not_compared`: figures whose changes make no new version.
    """

    frame: pl.DataFrame
    key: tuple[str, ...]
    quarantined: pl.DataFrame | None = None
    covers: Covers | None = None
    descriptions: Mapping[str, str] = field(default_factory=dict[str, str])
    version: int = 1
    hides_below: Mapping[str, int] = field(default_factory=dict[str, int])
    not_compared: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One snapshot with its rows in every table; `releases`: held vintages by id, now released."""

    snapshot: Snapshot
    tables: Mapping[str, TableDraft]
    parser_version: int = 1
    held: bool = False
    releases: tuple[str, ...] = ()

    def vintage(self, ingested_at: datetime) -> Vintage:
        """Return the vintage of this draft, without its tables."""
        return Vintage(
            id=self.snapshot.id,
            as_of=self.snapshot.retrieved_at,
            ingested_at=ingested_at,
            manifest_sha256=self.snapshot.manifest_sha256,
            url=self.snapshot.url,
            parser_version=self.parser_version,
            held=self.held,
            scope=self.snapshot.scope,
        )


class TableWalk:
    """One table's vintages, walked in order while drafts are inserted among them.

    `_old` is the working state at this place without the drafts, `_new` with them. While both
    agree, committed vintages keep their entries and are not read. `rederived`: the ids of those
    that were derived again. `named`: quarantined rows and printed figures that the commit names.
    """

    def __init__(
        self,
        store: Store,
        key: tuple[str, ...],
        *,
        archive: TableArchive,
        start: pl.DataFrame | None = None,
        named: Collection[str] = (),
    ) -> None:
        self._store, self._key, self._archive, self._named = store, key, archive, named
        self._old = self._new = start
        self._behind: list[tuple[str, TableVintage]] = []
        self.rederived: set[str] = set()

    def pass_over(self, vintage: str, entry: TableVintage) -> TableVintage:
        """Pass a committed vintage; return its entry for the table."""
        if self._agree():
            self._behind.append((vintage, entry))
            return entry
        self._replay_old(vintage, entry)
        assert self._old is not None
        own = covered(self._old.filter(~pl.col(HIDDEN)), entry.covers)
        if entry.printed:
            own = own.with_columns(load(self._store, "printed", entry.printed))
        return self._derive(cast_to(own, entry.schema), entry)

    def insert(self, draft: TableDraft) -> TableVintage:
        """Insert a draft here; return its entry for the table."""
        self._catch_up()
        name, bad = None, draft.quarantined
        if bad is not None and bad.height:
            name = write_frame(self._store, "quarantine", bad, named=self._named)
        entry = TableVintage(
            schema=(),
            covers=draft.covers,
            quarantine=name,
            quarantined=0 if bad is None else bad["row"].n_unique(),
            hides_below=draft.hides_below,
            not_compared=draft.not_compared,
        )
        return self._derive(canonical(draft.frame, self._key), entry)

    def leave_out(self, vintage: str, entry: TableVintage) -> None:
        """Remove a committed vintage."""
        self._catch_up()
        self._replay_old(vintage, entry)

    def end(self) -> pl.DataFrame | None:
        """Return the working state after all vintages; None when there was none."""
        self._catch_up()
        return self._new

    def _agree(self) -> bool:
        old, new = self._old, self._new
        if old is not new and (old is None or new is None or not has_same_rows(old, new)):
            return False
        self._old = new
        return True

    def _catch_up(self) -> None:
        if self._behind:
            self._old = self._new = replayed(
                self._store, self._new, self._behind, self._key, archive=self._archive
            )
            self._behind = []

    def _replay_old(self, vintage: str, entry: TableVintage) -> None:
        self.rederived.add(vintage)
        packs = replace(self._archive, bases=())
        self._old = replayed(self._store, self._old, [(vintage, entry)], self._key, archive=packs)

    def _derive(self, frame: pl.DataFrame, entry: TableVintage) -> TableVintage:
        """Return the entry here of a vintage with these rows; the rest of `entry` stays."""
        key, unparsable, printed = self._key, None, None
        if entry.quarantine is not None:
            bad = load(self._store, "quarantine", entry.quarantine)
            unparsable = keys_in_quarantine(bad, key)
        before = empty_state(schema_of(frame)) if self._new is None else self._new
        covers, skipped = entry.covers, entry.not_compared
        change = segment(
            before, frame, key=key, covers=covers, unparsable=unparsable, not_compared=skipped
        )
        if skipped:
            own = frame.select(skipped)
            printed = write_frame(self._store, "printed", own, named=self._named)
        self._new = self._after(before, change, frame, entry)
        puts = change.filter(pl.col(OP) == PUT)
        updated = before.select(key).join(puts, on=key, how="semi").height if puts.height else 0
        entry = replace(
            entry,
            schema=schema_of(frame),
            segment=write_frame(self._store, "seg", change) if change.height else None,
            inserted=puts.height - updated,
            updated=updated,
            deleted=(change[OP] == DELETE).sum(),
            seen=frame.height,
            hidden=self._new[HIDDEN].sum(),
            printed=printed,
        )
        shown = readable(self._new, entry)
        return replace(entry, state=state_hash(shown), rows=shown.height)

    def _after(
        self, before: pl.DataFrame, change: pl.DataFrame, frame: pl.DataFrame, entry: TableVintage
    ) -> pl.DataFrame:
        """Return the working state after a vintage; that of a whole table is its own rows."""
        is_all = entry.covers is None and entry.quarantine is None and not entry.not_compared
        if change.is_empty():
            return before
        if is_all and set(before.columns) == {*frame.columns, HIDDEN}:
            return frame.select(before.columns[:-1]).with_columns(pl.lit(value=False).alias(HIDDEN))
        return apply(before, change, self._key)
