"""
Inserting vintages between existing ones, and re-deriving those after them.

Promises: any order of ingestion ends in the same vintages, states and segment names. An inserted
vintage re-derives the ones behind it only until the working states agree again, which for a source
that speaks for its whole table is one vintage. Objects are written here, named by their content;
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
    """
    What a snapshot says in one table, ready to be committed.

    `frame`: the sound rows. `quarantined`: the rows that could not be read, with at least the key
    columns (null where unreadable); what may be theirs is not compared. `covers`: for which values
    of which columns the snapshot speaks; None for the whole table. `version`: of the table's
    columns, for those who read it. `hides_below`: by figure, the number below which its publisher
    does not print it. `not_compared`: figures that make no new version of a row.
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
    """One snapshot with what it says in every table of its source."""

    snapshot: Snapshot
    tables: Mapping[str, TableDraft]
    parser_version: int = 1
    held: bool = False

    def vintage(self, ingested_at: datetime) -> Vintage:
        """Return the vintage this draft becomes, its tables still to be derived."""
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
    """Raise SameTimeOtherBytes when a draft's instant is taken by other bytes."""
    taken = {vintage.as_of: vintage.id for vintage in vintages}
    for draft in drafts:
        at, offered = draft.snapshot.retrieved_at, draft.snapshot.id
        known = taken.setdefault(at, offered)
        if known != offered:
            raise SameTimeOtherBytes(source, at.isoformat(), known, offered)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What one vintage says of a table, whether it comes from a draft or from the vault."""

    frame: pl.DataFrame
    covers: Covers | None
    unread: pl.DataFrame | None
    quarantine: str | None
    quarantined: int
    hides_below: Mapping[str, int]
    not_compared: tuple[str, ...]


class TableWalk:
    """
    One table's vintages, walked in order while drafts are inserted among them.

    `_old` is the working state as it was at this place, `_new` as it is with the drafts. While both
    agree, vintages that are there keep their entries and are not even read. `rederived` collects
    the ids of those that were said anew.
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
        """Go past a vintage that is there; return what it does to the table now."""
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
            Said(
                frame=cast_to(own, entry.schema),
                covers=entry.covers,
                unread=self._unread(entry.quarantine),
                quarantine=entry.quarantine,
                quarantined=entry.quarantined,
                hides_below=entry.hides_below,
                not_compared=entry.not_compared,
            )
        )

    def insert(self, draft: TableDraft) -> TableVintage:
        """Put a draft here; return what it does to the table."""
        self._catch_up()
        name, bad = None, draft.quarantined
        if bad is not None and bad.height:
            name = write_frame(self._store, bad, name=quarantine_name)
        return self._derive(
            Said(
                frame=canonical(draft.frame, self._key),
                covers=draft.covers,
                unread=self._unread(name),
                quarantine=name,
                quarantined=0 if bad is None else bad["row"].n_unique(),
                hides_below=draft.hides_below,
                not_compared=draft.not_compared,
            )
        )

    def leave_out(self, vintage: str, entry: TableVintage) -> None:
        """Take a vintage that is there out of the line."""
        self._catch_up()
        self.rederived.add(vintage)
        self._old = replayed(
            self._store, self._old, [(vintage, entry)], self._key, archive=self._packs
        )

    def end(self) -> pl.DataFrame | None:
        """Return the working state after everything that was passed over or inserted."""
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

    def _unread(self, quarantine: str | None) -> pl.DataFrame | None:
        if quarantine is None:
            return None
        rows = load(self._store, quarantine_name(quarantine)).unique("row", maintain_order=True)
        return rows.select(self._key)

    def _derive(self, said: Said) -> TableVintage:
        schema = schema_of(said.frame)
        before = empty_state(schema) if self._new is None else self._new
        change = segment(
            before,
            said.frame,
            key=self._key,
            covers=said.covers,
            unread=said.unread,
            not_compared=said.not_compared,
        )
        self._new, name, printed = before, None, None
        if said.not_compared:
            printed = write_frame(
                self._store, said.frame.select(said.not_compared), name=printed_name
            )
        if change.height:
            self._new = self._after(before, change, said)
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
            covers=said.covers,
            quarantine=said.quarantine,
            quarantined=said.quarantined,
            seen=said.frame.height,
            hidden=self._new.filter(HIDDEN).height,
            hides_below=said.hides_below,
            not_compared=said.not_compared,
            printed=printed,
        )
        shown = readable(self._new, entry)
        return replace(entry, state=state_hash(shown), rows=shown.height)

    def _after(self, before: pl.DataFrame, change: pl.DataFrame, said: Said) -> pl.DataFrame:
        """Return the working state after a vintage; a whole table that was read is its own."""
        is_all = said.covers is None and said.unread is None and not said.not_compared
        if is_all and set(before.columns) == {*said.frame.columns, HIDDEN}:
            return said.frame.select(before.columns[:-1]).with_columns(
                pl.lit(value=False).alias(HIDDEN)
            )
        return apply(before, change, self._key)


def _counts(
    before: pl.DataFrame, change: pl.DataFrame, key: tuple[str, ...]
) -> tuple[int, int, int]:
    """Return how many rows appear, change and go; one that is hidden does none of these."""
    puts = change.filter(pl.col(OP) == PUT)
    updated = before.select(key).join(puts, on=key, how="semi").height
    return puts.height - updated, updated, change.filter(pl.col(OP) == DELETE).height
