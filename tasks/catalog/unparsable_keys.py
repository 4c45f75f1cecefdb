"""Unparsable keys: keys whose rows stood in quarantine, and when, for comparisons in SQL.

As in the vault, such a key is not compared: it is neither added nor withdrawn. New vintages extend
the published file; earlier quarantined rows are not read again.
"""

from collections.abc import Iterable

import polars as pl

from tasks.vault.incremental_history import MissingVintages, missing_vintages
from tasks.vault.objects import load
from tasks.vault.parquet_metadata import FrameWithMetadata, PublishedFile, emptied, update_file
from tasks.vault.scd2_views import no_operations, operations
from tasks.vault.segments import HIDE, OP
from tasks.vault.table_history import SEQ, TableHistory
from tasks.vault.vault_reader import VaultReader

FILE = "unread"  # this name and the columns are a contract
FROM, TO, IS_HIDDEN, FIRST = "unread_from", "unread_to", "is_hidden", "_first"
INSTANT = pl.Datetime("us", "UTC")


def publish_unparsable_keys(vault: VaultReader, tables: Iterable[str]) -> None:
    """Bring `<source>/<table>/unread.parquet` of tables up to a source's newest commit.

    Columns: the key, unread_from, unread_to [instants, UTC; unread_to null while it lasts],
    is_hidden [true: the row is known, and hidden until a vintage has it again; false: it
    stands in quarantine in one vintage]. From <= t < to: in a comparison with the vintage of t the
    key is left out. Raises LostRace.
    """
    for table in tables:
        _publish_table(vault, table)


def unparsable_keys_of(vault: VaultReader, table: str) -> pl.DataFrame:
    """Return the unparsable keys of a table at the newest commit, published or not."""
    there = vault.published(table, FILE)
    return _extended(vault, table, there, missing_vintages(vault, table, there.metadata))


def _publish_table(vault: VaultReader, table: str) -> None:
    assert vault.head is not None
    number = vault.head.number
    common = {"dataset": f"{vault.source}.{table}", "gen": str(number)}

    def build(there: PublishedFile) -> FrameWithMetadata | None:
        if vault.newest(table) is None:
            return emptied(there, number)
        missing = missing_vintages(vault, table, there.metadata)
        if missing.continues and not missing.vintages:
            return None
        return _extended(vault, table, there, missing), {**common, **missing.metadata}

    update_file(vault.store, f"{table}/{FILE}.parquet", build)


def _extended(
    vault: VaultReader, table: str, there: PublishedFile, missing: MissingVintages
) -> pl.DataFrame:
    known = there.frame() if missing.continues else None
    if known is not None and not missing.vintages:
        return known
    return unparsable_keys(vault, missing.table_history(vault, table), known=known)


def unparsable_keys(
    vault: VaultReader, history: TableHistory, *, known: pl.DataFrame | None
) -> pl.DataFrame:
    """Return the keys that are not compared, as `publish_unparsable_keys` has them.

    `history`: the vintages to add. `known`: what was returned for those before them, if any.
    """
    operated = operations(vault.store, history)
    dated = operated.join(history.times().select(SEQ, "as_of"), on=SEQ)
    parts = [_in_quarantine(vault, history), _hidden(dated, history)]
    if known is not None:
        parts.append(_ended(known, dated, history))
    together = pl.concat(parts, how="vertical_relaxed")
    return together.sort(*history.key, FROM, IS_HIDDEN)


def _in_quarantine(vault: VaultReader, history: TableHistory) -> pl.DataFrame:
    """Return the keys that are known of the rows in quarantine, each during its vintage."""
    ends = [*(vintage.as_of for vintage in history.vintages[1:]), None]
    frames = [(0, no_operations(history))] + [
        (seq, load(vault.store, "quarantine", entry.quarantine))
        for seq, _, entry in history.entries()
        if entry.quarantine
    ]
    parts = [
        frame.select(history.key)
        .drop_nulls()
        .unique()
        .with_columns(
            pl.lit(history.vintages[seq].as_of, INSTANT).alias(FROM),
            pl.lit(ends[seq], INSTANT).alias(TO),
            pl.lit(value=False).alias(IS_HIDDEN),
        )
        for seq, frame in frames
    ]
    return pl.concat(parts, how="vertical_relaxed")


def _hidden(dated: pl.DataFrame, history: TableHistory) -> pl.DataFrame:
    """Return keys whose row is known but hidden, until a later vintage has them again."""
    ends = pl.col("as_of").shift(-1).over(history.key, order_by="as_of")
    return (
        dated.with_columns(ends.alias(TO))
        .filter(pl.col(OP) == HIDE)
        .select(*history.key, pl.col("as_of").alias(FROM), TO, pl.lit(value=True).alias(IS_HIDDEN))
    )


def _ended(known: pl.DataFrame, dated: pl.DataFrame, history: TableHistory) -> pl.DataFrame:
    """Return the earlier keys; those open end at the first new vintage that ends them."""
    key = list(history.key)
    firsts = dated.group_by(key).agg(pl.col("as_of").min().alias(FIRST))
    next_one = pl.lit(history.vintages[0].as_of, INSTANT)
    end = pl.when(IS_HIDDEN).then(FIRST).otherwise(next_one)
    return (
        known.join(firsts, on=key, how="left")
        .with_columns(pl.coalesce(TO, end).alias(TO))
        .drop(FIRST)
    )
