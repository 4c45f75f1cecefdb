"""Inserting vintages between existing ones, and re-deriving those after them.

Promises: any order of ingestion ends in the same vintages, states and segment names. An inserted
vintage re-derives the ones behind it only until the working states agree again, which for a source
that covers its whole table is one vintage. Objects are written here, named by their content;
they mean nothing until a commit names them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from schemas.errors import SameTimeOtherBytes
from schemas.records import Snapshot
from tasks.vault.backends.store import Store
from tasks.vault.canonical_frames import canonical, cast_to, schema_of, state_hash
from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.objects import load, printed_name, quarantine_name, write_frame
from tasks.vault.packs import TableArchive
from tasks.vault.segments import (
    DELETE,
    HIDDEN,
    OP,
    PUT,
    Covers,
    apply,
    covered,
    empty_state,
    segment,
)
from tasks.vault.working_states import readable, replayed


@dataclass(frozen=True, kw_only=True, slots=True)
class TableDraft:
    """The rows of a snapshot in one table, ready to be committed.

    `frame`: the parsed rows. `quarantined`: the rows that could not be parsed, with at least `row`
    and the key columns (null where unreadable). `covers`: the values of columns that the snapshot
    covers; None for the whole table. `version`: of the table's columns. `hides_below`: by figure,
    the number below which the publisher does not print it. `not_compared`: figures whose changes
    make no new version of a row.
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
    """One snapshot with its rows in every table of its source."""

    snapshot: Snapshot
    tables: Mapping[str, TableDraft]
    parser_version: int = 1
    held: bool = False

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


def refuse_clashes(source: str, vintages: Sequence[Vintage], drafts: Sequence[Draft]) -> None:
    """Raise SameTimeOtherBytes when another snapshot has a draft's instant."""
    taken = {vintage.as_of: vintage.id for vintage in vintages}
    for draft in drafts:
        at, offered = draft.snapshot.retrieved_at, draft.snapshot.id
        known = taken.setdefault(at, offered)
        if known != offered:
            raise SameTimeOtherBytes(source, at.isoformat(), known, offered)


@dataclass(frozen=True, kw_only=True, slots=True)
class TableContent:
    """The rows of one vintage in a table, from a draft or from the vault."""

    frame: pl.DataFrame
    covers: Covers | None
    unparsable: pl.DataFrame | None
    quarantine: str | None
    quarantined: int
    hides_below: Mapping[str, int]
    not_compared: tuple[str, ...]


class TableWalk:
    """One table's vintages, walked in order while drafts are inserted among them.

    `_old` is the working state at this place without the drafts, `_new` with them. While both
    agree, committed vintages keep their entries and are not read. `rederived`: the ids of the
    vintages that were derived again.
    """

    def __init__(
        self,
        store: Store,
        key: tuple[str, ...],
        *,
        archive: TableArchive,
        start: pl.DataFrame | None = None,
    ) -> None:
        self._store, self._key, self._archive = store, key, archive
        self._packs = replace(archive, bases=())
        self._old = self._new = start
        self._behind: list[tuple[str, TableVintage]] = []
        self.rederived: set[str] = set()

    def pass_over(self, vintage: str, entry: TableVintage) -> TableVintage:
        """Pass a committed vintage; return its entry for the table."""
        if self._agree():
            self._behind.append((vintage, entry))
            return entry
        self.rederived.add(vintage)
        self._old = replayed(
            self._store, self._old, [(vintage, entry)], self._key, archive=self._packs
        )
        assert self._old is not None
        own = covered(self._old.filter(~pl.col(HIDDEN)), entry.covers)
        if entry.printed:
            own = own.with_columns(load(self._store, printed_name(entry.printed)))
        return self._derive(
            TableContent(
                frame=cast_to(own, entry.schema),
                covers=entry.covers,
                unparsable=self._unparsable_keys(entry.quarantine),
                quarantine=entry.quarantine,
                quarantined=entry.quarantined,
                hides_below=entry.hides_below,
                not_compared=entry.not_compared,
            )
        )

    def insert(self, draft: TableDraft) -> TableVintage:
        """Insert a draft here; return its entry for the table."""
        self._catch_up()
        name, bad = None, draft.quarantined
        if bad is not None and bad.height:
            name = write_frame(self._store, bad, name=quarantine_name)
        return self._derive(
            TableContent(
                frame=canonical(draft.frame, self._key),
                covers=draft.covers,
                unparsable=self._unparsable_keys(name),
                quarantine=name,
                quarantined=0 if bad is None else bad["row"].n_unique(),
                hides_below=draft.hides_below,
                not_compared=draft.not_compared,
            )
        )

    def leave_out(self, vintage: str, entry: TableVintage) -> None:
        """Remove a committed vintage."""
        self._catch_up()
        self.rederived.add(vintage)
        self._old = replayed(
            self._store, self._old, [(vintage, entry)], self._key, archive=self._packs
        )

    def end(self) -> pl.DataFrame | None:
        """Return the working state after all vintages; None when there was none."""
        self._catch_up()
        return self._new

    def _agree(self) -> bool:
        old, new = self._old, self._new
        if old is new:
            return True
        if old is None or new is None or set(old.columns) != set(new.columns):
            return False
        if not old.equals(new.select(old.columns)):
            return False
        self._old = new
        return True

    def _catch_up(self) -> None:
        if self._behind:
            self._old = self._new = replayed(
                self._store, self._new, self._behind, self._key, archive=self._archive
            )
            self._behind = []

    def _unparsable_keys(self, quarantine: str | None) -> pl.DataFrame | None:
        if quarantine is None:
            return None
        rows = load(self._store, quarantine_name(quarantine)).unique("row", maintain_order=True)
        return rows.select(self._key)

    def _derive(self, content: TableContent) -> TableVintage:
        schema = schema_of(content.frame)
        before = empty_state(schema) if self._new is None else self._new
        change = segment(
            before,
            content.frame,
            key=self._key,
            covers=content.covers,
            unparsable=content.unparsable,
            not_compared=content.not_compared,
        )
        self._new, name, printed = before, None, None
        if content.not_compared:
            printed = write_frame(
                self._store, content.frame.select(content.not_compared), name=printed_name
            )
        if change.height:
            self._new = self._after(before, change, content)
            name = write_frame(self._store, change)
        inserted, updated, deleted = _counts(before, change, self._key)
        entry = TableVintage(
            schema=schema,
            state="",
            segment=name,
            rows=0,
            inserted=inserted,
            updated=updated,
            deleted=deleted,
            covers=content.covers,
            quarantine=content.quarantine,
            quarantined=content.quarantined,
            seen=content.frame.height,
            hidden=self._new.filter(HIDDEN).height,
            hides_below=content.hides_below,
            not_compared=content.not_compared,
            printed=printed,
        )
        shown = readable(self._new, entry)
        return replace(entry, state=state_hash(shown), rows=shown.height)

    def _after(
        self, before: pl.DataFrame, change: pl.DataFrame, content: TableContent
    ) -> pl.DataFrame:
        """Return the working state after a vintage; that of a whole table is its own rows."""
        is_all = content.covers is None and content.unparsable is None and not content.not_compared
        if is_all and set(before.columns) == {*content.frame.columns, HIDDEN}:
            return content.frame.select(before.columns[:-1]).with_columns(
                pl.lit(value=False).alias(HIDDEN)
            )
        return apply(before, change, self._key)


def _counts(
    before: pl.DataFrame, change: pl.DataFrame, key: tuple[str, ...]
) -> tuple[int, int, int]:
    """Return how many rows are inserted, updated and deleted; hiding a row is none of these."""
    puts = change.filter(pl.col(OP) == PUT)
    updated = before.select(key).join(puts, on=key, how="semi").height
    return puts.height - updated, updated, change.filter(pl.col(OP) == DELETE).height
