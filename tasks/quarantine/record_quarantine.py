"""
Quarantine: the rows that were kept out of what is published, as a dataset of the lake.

Promises: every row that ever waited stays listed, with the cell as it stood and the reason; what
became of it is its state. The dataset follows from the sources' vaults, but for the rows of blocked
snapshots, which no vault has. It is brought up from the newest vintages on, unless older ones have
changed.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from tasks.catalog.system_tables import QUARANTINE, commit_system_table
from tasks.quarantine.lifecycle import (
    BLOCKED,
    COLUMNS,
    DATASET,
    KEY,
    MEANINGS,
    TABLE,
    BlockedRows,
    rows_of_blocked,
    settled,
    waiting_rows,
)
from tasks.vault.backends.store import Store
from tasks.vault.manifest import Vintage
from tasks.vault.vault import Vault

BEFORE_ALL = "0001-01-01T00:00:00+00:00"


def record_quarantine(
    store: Store,
    vault: Vault,
    *,
    at: datetime,
    blocked: Sequence[BlockedRows] = (),
    is_late: bool = False,
) -> bool:
    """
    Bring `quarantine.rows` up to the newest commit of a source; return whether that was news.

    Args:
        store: The lake.
        vault: The source's.
        at: The instant at which this lake learns it; rows that no longer wait are settled then.
        blocked: Snapshots of this source that were blocked now; one that is a vintage all the same,
            as it came while its budget was waived, lists its rows by itself.
        is_late: Whether snapshots that had come before were read now: one of them may have been
            blocked, and be sound by now.

    Raises:
        LostRace: Other writers were faster, again and again.
    """
    head = vault.head
    blocked = [one for one in blocked if not _is_published(vault, one)]
    if not (blocked or is_late or (head is not None and head.has_quarantine)):
        return False
    ledger = Vault(store, QUARANTINE)
    known = _listed(ledger).filter(source=vault.source).select(COLUMNS.names())
    vintages, is_all = _unseen(ledger, vault)
    of_blocked = [rows_of_blocked(vault.source, one) for one in blocked]
    now = pl.concat([waiting_rows(vault, vintages), *of_blocked])
    ids = [vintage.id for vintage in vintages] + [one.id for one in blocked]
    taken = pl.col("snapshot_as_of").is_in([vintage.as_of for vintage in vintages])
    ids.extend(known.filter(taken, state=BLOCKED)["snapshot_id"].unique())
    before = known if is_all else known.filter(pl.col("snapshot_id").is_in(ids))
    there = {vintage.id for vintage in vintages} | {one.id for one in blocked}
    rows = pl.concat([now, settled(before, now, there=there, taken=taken, at=at)])
    covers = {"source": [vault.source]} | ({} if is_all else {"snapshot_id": sorted(set(ids))})
    return commit_system_table(
        store,
        DATASET,
        rows,
        key=KEY,
        covers=covers,
        at=at,
        about=_about(vault),
        meanings=MEANINGS,
    )


def _is_published(vault: Vault, one: BlockedRows) -> bool:
    return any(vintage.id == one.id for vintage in vault.vintages_from(one.as_of))


def quarantine_of(store: Store) -> pl.DataFrame:
    """Return `quarantine.rows` as it stands, with the columns of COLUMNS."""
    return _listed(Vault(store, QUARANTINE))


def _listed(ledger: Vault) -> pl.DataFrame:
    newest = ledger.newest(TABLE) if ledger.exists() else None
    return COLUMNS.to_frame() if newest is None else ledger.state(TABLE, newest)


def _unseen(ledger: Vault, vault: Vault) -> tuple[Sequence[Vintage], bool]:
    """Return the vintages that the ledger has not seen, and whether these are all there are."""
    head = vault.head
    if head is None:
        return [], False
    seen = _seen(ledger, vault.source)
    if seen is None or seen[0] < head.reshaped:
        return vault.vintages(), True
    return [one for one in vault.vintages_from(seen[1]) if one.as_of > seen[1]], False


def _seen(ledger: Vault, source: str) -> tuple[int, datetime] | None:
    """Return the commit of a source, and its newest vintage's as_of, that the ledger shows."""
    head = ledger.head
    if head is None:
        return None
    return _seen_in(head.tail, source) or _seen_in(ledger.vintages(), source)


def _seen_in(line: Sequence[Vintage], source: str) -> tuple[int, datetime] | None:
    for vintage in reversed(line):
        name, _, place = vintage.url.partition(" commit ")
        if name == source:
            number, _, upto = place.partition(" up to ")
            return int(number), datetime.fromisoformat(upto)
    return None


def _about(vault: Vault) -> str:
    """Return of which commit, up to which vintage, a vintage of the ledger is; `_seen` reads it."""
    head = vault.head
    number = head.number if head else 0
    upto = head.tail[-1].as_of if head and head.tail else datetime.fromisoformat(BEFORE_ALL)
    return f"{vault.source} commit {number} up to {upto.isoformat()}"
