"""Life cycle of a quarantined row: quarantined or blocked, then released or superseded.

Promises: a row that was ever quarantined stays listed; when it no longer waits, its state says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from tasks.catalog.system_tables import QUARANTINE
from tasks.vault.manifest import Vintage
from tasks.vault.quarantined_rows import quarantined_rows
from tasks.vault.vault_reader import VaultReader

TABLE: Final = "rows"
DATASET: Final = f"{QUARANTINE}.{TABLE}"
KEY: Final = ("source", "table", "snapshot_id", "row", "column_name", "rule", "nth")
WAITING, BLOCKED, RELEASED, SUPERSEDED = "quarantined", "blocked", "released", "superseded"
_TEXT, _NUMBER, _INSTANT = pl.String(), pl.Int64(), pl.Datetime("us", "UTC")
_DECLARED: Final[Mapping[str, tuple[pl.DataType, str]]] = {
    "source": (_TEXT, "whose snapshot the row is from"),
    "table": (_TEXT, "the canonical table it was meant for"),
    "snapshot_id": (
        _TEXT,
        "id of the vintage; of a blocked snapshot, the one it would have become",
    ),
    "row": (_NUMBER, "place in the publisher's table, the first row is 1; 0: of no row alone"),
    "column_name": (_TEXT, "the publisher's name of the column, or ours where none is printed"),
    "rule": (_TEXT, "the rule that the cell or the row breaks"),
    "nth": (_NUMBER, "1, or which of several: one of the publisher's rows may become many of ours"),
    "snapshot_as_of": (_INSTANT, "instant (UTC) at which the snapshot was had"),
    "snapshot_sha256": (_TEXT, "of the manifest of the snapshot's bodies in the raw archive"),
    "rule_version": (_NUMBER, "version of that rule, or of the parser, at that time"),
    "value": (_TEXT, "the cell as published; null where it is not one cell"),
    "reason": (_TEXT, "what is wrong, in a sentence"),
    "state": (
        _TEXT,
        (
            "quarantined; blocked: so many were bad that the whole snapshot waits; released: it "
            "could be read later; superseded: its vintage was replaced by other bytes, or "
            "retracted"
        ),
    ),
    "settled_at": (
        _INSTANT,
        "instant (UTC) at which it was found released or superseded; null while it waits",
    ),
}
"""Type and published description of each column, in order; the first seven are the key."""
NO_ROW: Final = 0
"""Place of a fault of several rows together, such as a sum that is too large."""
COLUMNS: Final = pl.Schema({name: kind for name, (kind, _) in _DECLARED.items()})
DESCRIPTIONS: Final = {name: text for name, (_, text) in _DECLARED.items()}
RENAMED: Final = {"id": "snapshot_id", "column": "column_name", "as_of": "snapshot_as_of"}
"""Renamed to avoid a collision with the columns of `changes.parquet`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockedRows:
    """The bad rows of a blocked snapshot: `ParsedTable.quarantined` by table."""

    id: str
    as_of: datetime
    sha256: str
    bad: Mapping[str, pl.DataFrame]


def waiting_rows(vault: VaultReader, vintages: Sequence[Vintage]) -> pl.DataFrame:
    """Return the quarantined rows of vintages, in COLUMNS."""
    manifests = {vintage.id: vintage.manifest_sha256 for vintage in vintages}
    sha256 = pl.col("id").replace_strict(manifests, return_dtype=pl.String)
    rows = quarantined_rows(vault, vintages=vintages)
    return _in_columns(rows.with_columns(snapshot_sha256=sha256, state=pl.lit(WAITING)))


def rows_of_blocked(source: str, blocked: BlockedRows) -> pl.DataFrame:
    """Return the listed bad rows of a blocked snapshot, in COLUMNS."""
    tables = [
        _in_columns(
            bad.select(
                *("row", "column", "rule", "rule_version", "value", "reason"),
                source=pl.lit(source),
                table=pl.lit(table),
                id=pl.lit(blocked.id),
                as_of=pl.lit(blocked.as_of, _INSTANT),
                snapshot_sha256=pl.lit(blocked.sha256),
                state=pl.lit(BLOCKED),
            )
        )
        for table, bad in blocked.bad.items()
    ]
    return pl.concat([COLUMNS.to_frame(), *tables])


def _in_columns(rows: pl.DataFrame) -> pl.DataFrame:
    placed = rows.rename(RENAMED).with_columns(pl.col("row").fill_null(NO_ROW))
    numbered = placed.with_columns(
        settled_at=pl.lit(None, _INSTANT), nth=pl.int_range(1, pl.len() + 1).over(KEY[:-1])
    )
    return numbered.select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())


def settled_rows(
    before: pl.DataFrame,
    now: pl.DataFrame,
    *,
    judged: Iterable[str],
    is_replaced: pl.Expr,
    at: datetime,
) -> pl.DataFrame:
    """Return the rows of `before` that are not in `now`, released or superseded at an instant.

    `before`: rows listed so far, in COLUMNS. `now`: rows that wait now. `judged`: ids of the
    vintages and blocked snapshots that `now` lists; a row of another id is of a vintage that was
    superseded, or of a snapshot that is still blocked. `is_replaced`: whether a vintage has the
    instant of a row's snapshot.
    """
    gone = before.join(now, on=KEY, how="anti")
    is_waiting = pl.col("state").is_in([WAITING, BLOCKED])
    state = (
        pl.when(is_waiting & pl.col("snapshot_id").is_in(sorted(judged)))
        .then(pl.lit(RELEASED))
        .when((pl.col("state") == WAITING) | (pl.col("state") == BLOCKED) & is_replaced)
        .then(pl.lit(SUPERSEDED))
        .otherwise("state")
    )
    settled_at = (
        pl.when(state != pl.col("state")).then(pl.lit(at, _INSTANT)).otherwise("settled_at")
    )
    return gone.with_columns(state=state, settled_at=settled_at)
