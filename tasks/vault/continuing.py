"""
Continuing: history and changes of a plain table, from those that are published and what is new.

Promises: the same frames as making them from the first segment on, without reading old segments.
"""

import polars as pl

from tasks.vault.folds import SEQ, Told, cells, changes, history, operations
from tasks.vault.parquet import Published
from tasks.vault.segments import OP, PUT
from tasks.vault.store import Store


def continued(
    store: Store, news: Told, old: Published, told_before: Published
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """
    Return history and changes with further vintages.

    Args:
        store: The source's folder.
        news: The vintages that the published objects lack.
        old: The history published.
        told_before: The changes published; of the same vintages.

    Returns:
        Both frames; None where a new vintage has other columns than the history.
    """
    versions, told = old.frame(), told_before.frame()
    figures = {*versions.columns} - {"valid_from", "valid_to"}
    if any({*entry.columns} != figures for _, _, entry in news.entries()):
        return None
    operated = operations(store, news)
    if operated is None:
        return versions, told
    key = list(news.key)
    dated = operated.join(news.times().select(SEQ, "as_of"), on=SEQ, how="left")
    ends = dated.group_by(key).agg(pl.col("as_of").min().alias("_end"))
    is_open = pl.col("valid_to").is_null()
    marked = versions.join(ends, on=key, how="left", maintain_order="left")
    closing = marked.filter(is_open & pl.col("_end").is_not_null())
    closed = marked.with_columns(
        pl.when(is_open).then("_end").otherwise("valid_to").alias("valid_to")
    ).drop("_end")
    newer = history(operated, news).select(closed.columns)
    known = closing.select(
        pl.lit(-1, pl.Int64).alias(SEQ),
        pl.lit(PUT, pl.Int8).alias(OP),
        pl.exclude("valid_from", "valid_to", "_end"),
    ).select(operated.columns)
    moved = cells(pl.concat([known, operated]), news, beginnings=True).filter(pl.col(SEQ) >= 0)
    return (
        pl.concat([closed, newer]).sort([*key, "valid_from"]),
        pl.concat([told, changes(moved, news).select(told.columns)]),
    )
