"""Updates of the dataset `quarantine.rows`: the rows that were not published.

Promises: every row that ever was quarantined stays listed, with the cell as published, the reason
and its state. The dataset derives from the sources' vaults, except for the rows of blocked
snapshots, which no vault has. An update reads the vintages since the last one; all of them where
older ones have changed.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from tasks.catalog.system_tables import QUARANTINE, commit_system_table
from tasks.quarantine.lifecycle import (
    BLOCKED,
    COLUMNS,
    DATASET,
    DESCRIPTIONS,
    KEY,
    TABLE,
    WAITING,
    BlockedRows,
    rows_of_blocked,
    settled_rows,
    waiting_rows,
)
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Vintage
from tasks.vault.states import state_of
from tasks.vault.vault_reader import VaultReader

BEFORE_ALL = "0001-01-01T00:00:00+00:00"


def record_quarantine(
    store: Store,
    vault: VaultReader,
    *,
    at: datetime,
    blocked: Sequence[BlockedRows] = (),
    is_late: bool = False,
) -> bool:
    """Update `quarantine.rows` to the newest commit of a source; return whether it changed.

    `at`: when this lake learns it; rows that no longer wait are settled at this instant. `blocked`:
    snapshots of this source that were blocked now; one that is a vintage (its budget was waived
    when it came) has its rows in the vault. `is_late`: whether archived snapshots were read again,
    so that a blocked one may be sound now.

    Raises LostRace: other writers were faster, again and again.
    """
    head = vault.head
    blocked = [
        one
        for one in blocked
        if all(vintage.id != one.id for vintage in vault.vintages_from(one.as_of))
    ]
    if not (blocked or is_late or (head is not None and head.has_quarantine)):
        return False
    dataset = VaultReader(store, QUARANTINE)
    files = [f"{TABLE}/{kind}.parquet" for kind in ("latest", "vintages")]
    dataset.store.read_ahead(["_vault/hint.json", *files])
    known = listed_rows(dataset).filter(source=vault.source).select(COLUMNS.names())
    vintages, is_all = _new_vintages(dataset, vault)
    of_blocked = [rows_of_blocked(vault.source, one) for one in blocked]
    now = pl.concat([waiting_rows(vault, vintages), *of_blocked])
    judged = {one.id for one in (*vintages, *blocked)}
    is_replaced = pl.col("snapshot_as_of").is_in([vintage.as_of for vintage in vintages])
    ids = judged | {*known.filter(is_replaced, state=BLOCKED)["snapshot_id"]}
    before = known if is_all else known.filter(pl.col("snapshot_id").is_in(sorted(ids)))
    settled = settled_rows(before, now, judged=judged, is_replaced=is_replaced, at=at)
    return commit_system_table(
        store,
        DATASET,
        pl.concat([now, settled]),
        key=KEY,
        covers={"source": [vault.source]} | ({} if is_all else {"snapshot_id": sorted(ids)}),
        at=at,
        about=_position(vault),
        descriptions=DESCRIPTIONS,
        vault=dataset,
    )


def is_quarantine_current(store: Store, vault: VaultReader) -> bool:
    """Return whether `quarantine.rows` lists as waiting what waits in a source's newest commit."""
    listed = quarantine_of(store).filter(source=vault.source, state=WAITING)
    now = waiting_rows(vault, vault.vintages())
    return {*listed.select(KEY).rows()} == {*now.select(KEY).rows()}


def quarantine_of(store: Store) -> pl.DataFrame:
    """Return the newest state of `quarantine.rows`, in COLUMNS."""
    return listed_rows(VaultReader(store, QUARANTINE))


def listed_rows(dataset: VaultReader) -> pl.DataFrame:
    """Return the rows of `quarantine.rows` at the commit of its reader, in COLUMNS."""
    newest = dataset.newest(TABLE) if dataset.exists() else None
    return COLUMNS.to_frame() if newest is None else state_of(dataset, TABLE, newest)


def _new_vintages(dataset: VaultReader, vault: VaultReader) -> tuple[Sequence[Vintage], bool]:
    """Return the vintages that the dataset does not reflect, and whether these are all."""
    head, position = vault.head, None
    if head is None:
        return [], False
    if dataset.head is not None:
        position = _position_in(dataset.head.tail, vault.source)
        position = position or _position_in(dataset.vintages(), vault.source)
    if position is None or position[0] < head.reshaped:
        return vault.vintages(), True
    return [one for one in vault.vintages_from(position[1]) if one.as_of > position[1]], False


def _position_in(vintages: Sequence[Vintage], source: str) -> tuple[int, datetime] | None:
    """Return commit number and newest as_of of a source that the dataset's vintages reflect."""
    for vintage in reversed(vintages):
        name, _, place = vintage.url.partition(" commit ")
        if name == source:
            number, _, upto = place.partition(" up to ")
            return int(number), datetime.fromisoformat(upto)
    return None


def _position(vault: VaultReader) -> str:
    """Return a source's newest commit and as_of as the text that `_position_in` reads."""
    head = vault.head
    number = head.number if head else 0
    upto = head.tail[-1].as_of if head and head.tail else datetime.fromisoformat(BEFORE_ALL)
    return f"{vault.source} commit {number} up to {upto.isoformat()}"
