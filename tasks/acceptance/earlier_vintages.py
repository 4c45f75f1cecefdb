"""
Earlier: what the lake knew before a snapshot, read as far as its gates need it.

Promises: nothing is read here but what is asked for. Of the keys of each table those of one vintage
at a time are in memory; the newest state is read once for this and for the commit.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Final

import polars as pl

from schemas.source import Source
from tasks.acceptance.parsed_snapshot import ParsedSnapshot
from tasks.acceptance.slice_keys import keys_of
from tasks.raw.archive import archived_sizes
from tasks.schema_drift.schema_records import recorded_schema
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backends.store import Store
from tasks.vault.vault import Vault, Vintage
from tasks.vault.working_states import readable


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierVintages:
    """
    The vintages of a lake by which snapshots may be judged, and what each of them had.

    `vintages`: in the order of time, held ones too; none of the instants of the snapshots.
    `accepted`: ids of snapshots that are vintages already and not held, and so are not held now.
    Of a vintage, by its id, can be asked `keys`: those of a table, as `slices.keys_of` has them;
    `sizes`: of its bodies [bytes]; `schema`: its shape, None where that is not known.
    """

    vintages: Sequence[Vintage]
    accepted: Collection[str]
    keys: Callable[[str, str], pl.DataFrame]
    sizes: Callable[[str], Mapping[str, int]]
    schema: Callable[[str], SourceSchema | None]

    def good(self, table: str | None = None) -> list[Vintage]:
        """Return the vintages that are not held, of one table or of all."""
        return [
            one for one in self.vintages if not one.held and (table is None or table in one.tables)
        ]


NO_EARLIER_VINTAGES: Final = EarlierVintages(
    vintages=(),
    accepted=(),
    keys=lambda _id, _table: pl.DataFrame(),
    sizes=lambda _id: {},
    schema=lambda _id: None,
)
"""Of an empty lake."""


def earlier_vintages(
    store: Store, source: Source, vault: Vault, items: Sequence[ParsedSnapshot]
) -> EarlierVintages:
    """Return what a lake knew before and between snapshots, at least one of which there is."""
    instants = {item.fetched.snapshot.retrieved_at for item in items}
    tables = {table for item in items for table in item.tables} & {*vault.tables()}
    near = _near(vault, instants, tables)
    return EarlierVintages(
        vintages=[one for one in near if one.as_of not in instants],
        accepted={one.id for one in near if one.as_of in instants and not one.held},
        keys=lru_cache(maxsize=len(source.tables))(partial(_keys, vault, source)),
        sizes=partial(archived_sizes, store, source.name),
        schema=partial(recorded_schema, store, source.name),
    )


def _near(vault: Vault, instants: Iterable[datetime], tables: Iterable[str]) -> Sequence[Vintage]:
    """Return the newest vintages, with a good one of each table before all, or else all."""
    oldest = min(instants)
    tail = vault.head.tail if vault.head else ()
    good = [vintage for vintage in tail if not vintage.held and vintage.as_of < oldest]
    is_enough = all(any(table in one.tables for one in good) for table in tables)
    return tail if good and is_enough else vault.vintages()


def _keys(vault: Vault, source: Source, name: str, table: str) -> pl.DataFrame:
    vintage = vault.find(name, table)
    newest = vault.newest(table)
    if newest is None or newest.id != vintage.id:
        state = vault.state(table, vintage)
    else:
        state = readable(vault.newest_state(table), vintage.tables[table])
    return keys_of(state, vault.key(table), source)
