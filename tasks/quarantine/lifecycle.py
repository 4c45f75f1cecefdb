"""
Waiting: the rows in quarantine as their dataset has them, and what becomes of them.

Promises: a row that waited is never dropped; when it waits no more its state says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from tasks.catalog.system_tables import QUARANTINE
from tasks.vault.manifest import Vintage
from tasks.vault.quarantined_rows import quarantined_rows
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
class BlockedRows:
    """
    A snapshot of which nothing is published.

    `bad`: by table what was wrong, as `tasks.parsing.validate.ParsedTable.quarantined` has it.
    """

    id: str
    as_of: datetime
    sha256: str
    bad: Mapping[str, pl.DataFrame]


def waiting_rows(vault: Vault, vintages: Sequence[Vintage]) -> pl.DataFrame:
    """Return the rows that wait in the quarantine of some vintages."""
    manifests = {vintage.id: vintage.manifest_sha256 for vintage in vintages}
    rows = quarantined_rows(vault.store, vault.source, vintages)
    return _shaped(
        rows.with_columns(
            pl.col("id").replace_strict(manifests, return_dtype=pl.String).alias("snapshot_sha256"),
            pl.lit(WAITING).alias("state"),
        )
    )


def rows_of_blocked(source: str, one: BlockedRows) -> pl.DataFrame:
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


def settled(
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
