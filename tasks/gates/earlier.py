"""
Earlier: what a snapshot is to be held to, read from the lake as far as its gates need it.

Promises: of the vintages only the last good one before all snapshots is looked at; how its bodies
ended is read only where one that came now ends oddly. The newest state is read once for this and
for the commit.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.source import Source
from tasks.gates.judging import Earlier, Item
from tasks.gates.slices import keys_of
from tasks.keep import kept_sizes
from tasks.shapes.records import known_wire
from tasks.vault.replay import readable
from tasks.vault.store import Store
from tasks.vault.vault import Vault, Vintage


def earlier(
    store: Store, source: Source, vault: Vault, items: Sequence[Item], near: Sequence[Vintage]
) -> Earlier:
    """Return what is known of the last good vintage before all items; `near`: the vintages."""
    oldest = min(item.fetched.snapshot.retrieved_at for item in items)
    good = [one for one in near if not one.held and one.as_of < oldest]
    if not good:
        return Earlier()
    last = max(good, key=lambda one: one.as_of)
    is_odd = any(item.wire and not all(item.wire.ended.values()) for item in items)
    wire = known_wire(store, source.name, last.id) if is_odd else None
    return Earlier(
        id=last.id,
        as_of=last.as_of,
        sizes=kept_sizes(store, source.name, last.id),
        wire=wire,
        states=_states(source, vault, items, good),
    )


def _states(
    source: Source, vault: Vault, items: Sequence[Item], good: Sequence[Vintage]
) -> Mapping[str, pl.DataFrame]:
    """Return the keys of each table as the last good vintage that has it says."""
    found: dict[str, pl.DataFrame] = {}
    for table in sorted({table for item in items for table in item.readings}):
        having = [vintage for vintage in good if table in vintage.tables]
        if having:
            last = max(having, key=lambda one: one.as_of)
            found[table] = keys_of(_state(vault, table, last), vault.key(table), source)
    return found


def _state(vault: Vault, table: str, vintage: Vintage) -> pl.DataFrame:
    newest = vault.newest(table)
    if newest is None or newest.id != vintage.id:
        return vault.state(table, vintage)
    return readable(vault.newest_state(table), vintage.tables[table])
