"""
Quarantine: the rows that were kept out of what is published, as a dataset of the lake.

Promises: every row that ever waited stays listed, with the cell as it stood and the reason; what
became of it is its state. The dataset follows from the sources' vaults, but for the rows of blocked
snapshots, which no vault has. It is brought up from the newest vintages on, unless older ones have
changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from tasks.ledgers import QUARANTINE, keep_ledger
from tasks.vault.manifest import Vintage
from tasks.vault.quarantine import quarantined_rows
from tasks.vault.store import Store
from tasks.vault.vault import Vault

TABLE: Final = "rows"
DATASET: Final = f"{QUARANTINE}.{TABLE}"
KEY: Final = ("source", "table", "snapshot_id", "row", "column_name", "rule", "nth")
WAITING, BLOCKED, RELEASED, SUPERSEDED = "quarantined", "blocked", "released", "superseded"
MEANINGS: Final = {
    "source": "whose snapshot the row is from",
    "table": "the canonical table it was meant for",
    "snapshot_id": "id of the vintage; of a blocked snapshot, the one it would have become",
    "row": "place in the publisher's table, the first row is 1",
    "column_name": "the publisher's name of the column, or ours where none is printed",
    "rule": "the rule that the cell or the row breaks",
    "nth": "1, or which of several: one of the publisher's rows may become many of ours",
    "snapshot_as_of": "instant (UTC) at which the snapshot was had",
    "snapshot_sha256": "of the manifest of the snapshot's bodies in the raw archive",
    "rule_version": "version of that rule, or of the parser, at that time",
    "value": "the cell as published; null where it is not one cell",
    "reason": "what is wrong, in a sentence",
    "state": "quarantined; blocked: so many were bad that the whole snapshot waits; released: it "
    "could be read later; superseded: its vintage was replaced by other bytes",
    "settled_at": "instant (UTC) at which it was found released or superseded; null while it waits",
}
"""What the columns mean, in their order; the first seven are the key."""
CALLED: Final = {"id": "snapshot_id", "column": "column_name", "as_of": "snapshot_as_of"}
"""By the name in a vault: as here, since every dataset has changes with columns of those names."""
COLUMNS: Final = pl.Schema(
    {
        "source": pl.String(),
        "table": pl.String(),
        "snapshot_id": pl.String(),
        "row": pl.Int64(),
        "column_name": pl.String(),
        "rule": pl.String(),
        "nth": pl.Int64(),
        "snapshot_as_of": pl.Datetime("us", "UTC"),
        "snapshot_sha256": pl.String(),
        "rule_version": pl.Int64(),
        "value": pl.String(),
        "reason": pl.String(),
        "state": pl.String(),
        "settled_at": pl.Datetime("us", "UTC"),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocked:
    """
    A snapshot of which nothing is published.

    `bad`: by table what was wrong, as `tasks.validate.Reading.quarantined` has it.
    """

    id: str
    as_of: datetime
    sha256: str
    bad: Mapping[str, pl.DataFrame]


def record_quarantine(
    store: Store,
    vault: Vault,
    *,
    at: datetime,
    blocked: Sequence[Blocked] = (),
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
    waiting = [_blocked_rows(vault.source, one) for one in blocked]
    now = pl.concat([_waiting(vault, vintages), *waiting])
    ids = [vintage.id for vintage in vintages] + [one.id for one in blocked]
    taken = pl.col("snapshot_as_of").is_in([vintage.as_of for vintage in vintages])
    ids.extend(known.filter(taken, state=BLOCKED)["snapshot_id"].unique())
    before = known if is_all else known.filter(pl.col("snapshot_id").is_in(ids))
    there = {vintage.id for vintage in vintages} | {one.id for one in blocked}
    rows = pl.concat([now, _settled(before, now, there=there, taken=taken, at=at)])
    covers = {"source": [vault.source]} | ({} if is_all else {"snapshot_id": sorted(set(ids))})
    return keep_ledger(
        store,
        DATASET,
        rows,
        key=KEY,
        covers=covers,
        at=at,
        about=_about(vault),
        meanings=MEANINGS,
    )


def _is_published(vault: Vault, one: Blocked) -> bool:
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


BEFORE_ALL = "0001-01-01T00:00:00+00:00"


def _waiting(vault: Vault, vintages: Sequence[Vintage]) -> pl.DataFrame:
    """Return the rows that wait in the quarantine of some vintages."""
    manifests = {vintage.id: vintage.manifest_sha256 for vintage in vintages}
    rows = quarantined_rows(vault.store, vault.source, vintages)
    return _shaped(
        rows.with_columns(
            pl.col("id").replace_strict(manifests, return_dtype=pl.String).alias("snapshot_sha256"),
            pl.lit(WAITING).alias("state"),
        )
    )


def _blocked_rows(source: str, one: Blocked) -> pl.DataFrame:
    """Return the rows of a blocked snapshot that were bad, as far as they are listed."""
    tables = [
        bad.select(
            pl.lit(table).alias("table"), "row", "column", "rule", "rule_version", "value", "reason"
        ).cast({"row": pl.Int64, "rule_version": pl.Int64})
        for table, bad in one.bad.items()
    ]
    if not tables:
        return COLUMNS.to_frame()
    return _shaped(
        pl.concat(tables).with_columns(
            pl.lit(source).alias("source"),
            pl.lit(one.id).alias("id"),
            pl.lit(one.as_of, pl.Datetime("us", "UTC")).alias("as_of"),
            pl.lit(one.sha256).alias("snapshot_sha256"),
            pl.lit(BLOCKED).alias("state"),
        )
    )


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.rename(CALLED)
        .with_columns(
            pl.lit(None, pl.Datetime("us", "UTC")).alias("settled_at"),
            pl.int_range(1, pl.len() + 1).over(KEY[:-1]).alias("nth"),
        )
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())
    )


def _settled(
    before: pl.DataFrame,
    now: pl.DataFrame,
    *,
    there: Iterable[str],
    taken: pl.Expr,
    at: datetime,
) -> pl.DataFrame:
    """
    Return those of the rows known before that do not wait any more, settled.

    `there`: ids of what was looked at. A row of another id is of a snapshot that is blocked still,
    or whose vintage was superseded. `taken`: whether a vintage speaks for its instant.
    """
    gone = before.join(now, on=KEY, how="anti")
    is_there = pl.col("snapshot_id").is_in(sorted(there))
    is_waiting = pl.col("state").is_in([WAITING, BLOCKED])
    ends = (
        pl.when(is_waiting & is_there)
        .then(pl.lit(RELEASED))
        .when((pl.col("state") == WAITING) | (pl.col("state") == BLOCKED) & taken)
        .then(pl.lit(SUPERSEDED))
        .otherwise("state")
    )
    return gone.with_columns(
        ends.alias("state"),
        pl.when(ends != pl.col("state"))
        .then(pl.lit(at, pl.Datetime("us", "UTC")))
        .otherwise("settled_at")
        .alias("settled_at"),
    )
