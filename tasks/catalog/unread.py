"""
Unread: the keys whose rows stood in quarantine, and when, for comparisons in SQL.

Promises: as in the vault, such a key is not compared: it is neither added nor withdrawn.
"""

import io
from collections.abc import Iterable
from datetime import datetime

import polars as pl

from schemas.errors import LostRace
from tasks.catalog.datasets import Dataset
from tasks.vault.folds import operations
from tasks.vault.objects import load, quarantine_name
from tasks.vault.segments import HIDE, OP
from tasks.vault.store import Store
from tasks.vault.told import Told
from tasks.vault.vault import Vault

TRIES = 16


def unread_keys(vault: Vault, table: str) -> pl.DataFrame:
    """
    Return the keys that are not compared, because their rows stand in quarantine, and when.

    Columns: the key, unread_from, unread_to [instants, UTC; unread_to null while it lasts]. From
    <= t < to: in a comparison with the vintage of t the key is left out.
    """
    told = vault.told(table)
    starts = [vintage.as_of for vintage in told.vintages]
    parts = [
        load(vault.store, quarantine_name(entry.quarantine))
        .select(told.key)
        .unique()
        .with_columns(_from_to(starts[seq], starts[seq + 1] if seq + 1 < len(starts) else None))
        for seq, _, entry in told.entries()
        if entry.quarantine
    ]
    is_broken = any(part[name].null_count() for part in parts for name in told.key)
    if is_broken or any(entry.covers is not None for _, _, entry in told.entries()):
        parts.append(_hidden(vault, told))
    together = pl.concat(parts, how="vertical_relaxed").drop_nulls(told.key).unique()
    return together.sort(*told.key, "unread_from", "unread_to")


def _hidden(vault: Vault, told: Told) -> pl.DataFrame:
    """Return keys whose row is known but hidden, until a later vintage speaks of them again."""
    operated = operations(vault.store, told)
    assert operated is not None
    ends = pl.col("as_of").shift(-1).over(told.key, order_by="as_of")
    return (
        operated.join(told.times().select("seq", "as_of"), on="seq")
        .with_columns(pl.col("as_of").alias("unread_from"), ends.alias("unread_to"))
        .filter(pl.col(OP) == HIDE)
        .select(*told.key, "unread_from", "unread_to")
    )


def _from_to(begins: datetime, ends: datetime | None) -> list[pl.Expr]:
    kind = pl.Datetime("us", "UTC")
    return [pl.lit(begins, kind).alias("unread_from"), pl.lit(ends, kind).alias("unread_to")]


def publish_unread(store: Store, vault: Vault, datasets: Iterable[Dataset]) -> None:
    """Put the unread keys of the datasets that have any, where they differ. Raises LostRace."""
    for one in datasets:
        if one.has_unread:
            buffer = io.BytesIO()
            unread_keys(vault, one.table).write_parquet(buffer, compression="zstd")
            _replace(store, one.unread, buffer.getvalue())


def _replace(store: Store, name: str, body: bytes) -> None:
    for _ in range(TRIES):
        there = store.get(name)
        if there is not None and there.body == body:
            return
        if store.put_if_match(name, body, there.etag if there else None):
            return
    raise LostRace(f"{store.uri}/{name}", TRIES)
