"""The vintages that snapshots are compared with, read as far as the fault checks need them.

Promises: keys, sizes and schemas are read on demand; the keys of one vintage per table are in
memory at a time, with the columns that name slices: days and countries. The newest state is read
once for this and for the commit.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

import polars as pl

from schemas.source import Source
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.raw.archive import archived_snapshot
from tasks.schema_drift.schema_records import recorded_schema
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Vintage
from tasks.vault.segments import Covers, covered, is_covered
from tasks.vault.states import newest_state, state_of
from tasks.vault.table_history import SCOPE_COLUMN, readable
from tasks.vault.vault_reader import VaultReader


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierVintages:
    """The vintages of a lake that snapshots may be compared with.

    `vintages`: by time, held ones included, without those at the instants of the snapshots.
    `accepted`: ids of snapshots that are vintages already and not held; they are not held now.
    `rows(id, table)`: all rows of a vintage. `keys(id, table)`: their keys, as of `keys_of`.
    `sizes(id)`: its body sizes [bytes]. `schema(id)`: its source schema, None where unknown.
    """

    vintages: Sequence[Vintage] = ()
    accepted: Collection[str] = ()
    rows: Callable[[str, str], pl.DataFrame] = lambda _id, _table: pl.DataFrame()
    keys: Callable[[str, str], pl.DataFrame] = lambda _id, _table: pl.DataFrame()
    sizes: Callable[[str], Mapping[str, int]] = lambda _id: {}
    schema: Callable[[str], SourceSchema | None] = lambda _id: None

    def last_good(self, at: datetime, table: str | None = None) -> Vintage | None:
        """Return the newest vintage before an instant that is not held (and has the table)."""
        good = (
            one
            for one in reversed(self.vintages)
            if not one.held and one.as_of < at and (table is None or table in one.tables)
        )
        return next(good, None)


NO_EARLIER_VINTAGES: Final = EarlierVintages()
"""The vintages of an empty lake."""


def earlier_vintages(
    store: Store, source: Source, vault: VaultReader, parsed_snapshots: Sequence[ParsedSnapshot]
) -> EarlierVintages:
    """Return the vintages of a lake that one or more snapshots are compared with."""
    instants = {parsed.snapshot.retrieved_at for parsed in parsed_snapshots}
    tables = {table for parsed in parsed_snapshots for table in parsed.tables} & {*vault.tables()}
    near = _near(vault, instants, tables)
    return EarlierVintages(
        vintages=[one for one in near if one.as_of not in instants],
        accepted={one.id for one in near if one.as_of in instants and not one.held},
        rows=partial(_rows, vault),
        keys=lru_cache(maxsize=len(source.tables))(partial(_keys, vault, source)),
        sizes=partial(_sizes, store, source.name),
        schema=partial(recorded_schema, store, source.name),
    )


def _sizes(store: Store, source: str, name: str) -> dict[str, int]:
    """Return the sizes of a snapshot's bodies; none where its evidence cannot be read."""
    snapshot = archived_snapshot(store, source, name)
    return {body.name: body.size for body in snapshot.bodies} if snapshot else {}


def _near(
    vault: VaultReader, instants: Iterable[datetime], tables: Iterable[str]
) -> Sequence[Vintage]:
    """Return the newest vintages if each table has a good one before the instants, else all."""
    oldest = min(instants)
    tail = vault.head.tail if vault.head else ()
    good = [vintage for vintage in tail if not vintage.held and vintage.as_of < oldest]
    is_enough = all(any(table in one.tables for one in good) for table in tables)
    return tail if good and is_enough else vault.vintages()


def _rows(vault: VaultReader, name: str, table: str) -> pl.DataFrame:
    vintage = vault.find(name, table)
    newest = vault.newest(table)
    if newest is None or newest.id != vintage.id:
        return state_of(vault, table, vintage)
    return readable(newest_state(vault, table), vintage.tables[table])


def _keys(vault: VaultReader, source: Source, name: str, table: str) -> pl.DataFrame:
    return keys_of(_rows(vault, name, table), vault.key(table), source)


def keys_of(frame: pl.DataFrame, key: Sequence[str], source: Source) -> pl.DataFrame:
    """Return the key of each row and the columns by which a snapshot may cover a slice."""
    slices = (source.covers.column, *source.covers.beside) if source.covers else ()
    names = [name for name in (*slices, SCOPE_COLUMN) if name in frame.columns]
    return frame.select(*dict.fromkeys((*key, *names)))


def keys_after(
    known: pl.DataFrame | None, keys: pl.DataFrame, covers: Covers | None
) -> pl.DataFrame:
    """Return the keys known after a snapshot with `keys` that covers a slice; as of `keys_of`."""
    if known is None or covers is None:
        return keys
    return pl.concat([_beyond(known, covers).select(keys.columns), keys])


def keys_with_earlier(
    known: pl.DataFrame,
    keys: pl.DataFrame,
    covers: Covers | None,
    *,
    since: Iterable[Covers | None],
) -> pl.DataFrame:
    """Return the known keys with those of an earlier snapshot added; frames as of `keys_of`.

    `since`: what the vintages cover that lie between that snapshot and `known`; they override it.
    """
    replaced, added = covered(known, covers), keys.select(known.columns)
    for later in since:
        replaced, added = _beyond(replaced, later), _beyond(added, later)
    left = known.join(
        replaced, on=known.columns, how="anti", nulls_equal=True, maintain_order="left"
    )
    return pl.concat([left, added])


def _beyond(rows: pl.DataFrame, covers: Covers | None) -> pl.DataFrame:
    """Return the rows that a vintage does not cover."""
    return rows.filter(~is_covered(covers, rows.schema).fill_null(value=False))
