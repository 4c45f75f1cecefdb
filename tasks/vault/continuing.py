"""
Continuing: history and changes of a plain table, from those that are published and what is new.

Promises: the same frames as making them from the first segment on, without reading old segments.
"""

import polars as pl

from tasks.vault.folds import cells, changes, history, operations
from tasks.vault.parquet import Published
from tasks.vault.segments import OP, PUT
from tasks.vault.store import Store
from tasks.vault.told import SEQ, Told
from tasks.vault.tombstones import GONE, with_tombstones

DATES = ("valid_from", "valid_to")
IS_TOUCHED, BEGAN = "_is_touched", "_began"


def continued(
    store: Store, news: Told, old: Published, told_before: Published
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """
    Return history and changes with further vintages.

    Args:
        store: The source's folder.
        news: The vintages that the published objects lack; it names the one before them.
        old: The history published.
        told_before: The changes published; of the same vintages.

    Returns:
        Both frames; None where a new vintage has other columns than the history.
    """
    versions, told = old.frame(), told_before.frame()
    figures = {*versions.columns} - {*DATES, GONE}
    if any({*entry.columns} != figures for _, _, entry in news.entries()):
        return None
    operated = operations(store, news)
    if operated is None:
        return versions, told
    key = list(news.key)
    touched = operated.select(*key, pl.lit(value=True).alias(IS_TOUCHED)).unique()
    marked = versions.join(touched, on=key, how="left", maintain_order="left")
    is_over = marked["valid_to"].is_null() & marked[IS_TOUCHED].is_not_null()
    ending = marked.filter(is_over)
    known = ending.select(
        pl.lit(-1, pl.Int64).alias(SEQ),
        pl.lit(PUT, pl.Int8).alias(OP),
        pl.exclude(*DATES, GONE, IS_TOUCHED),
    )
    both = pl.concat([known.select(operated.columns), operated]).sort([*key, SEQ])
    both = with_tombstones(both, news)
    began = ending.select(*key, pl.col("valid_from").alias(BEGAN))
    newer = history(both, news).join(began, on=key, how="left")
    newer = newer.with_columns(pl.coalesce("valid_from", BEGAN))
    moved = cells(both, news, beginnings=True).filter(pl.col(SEQ) >= 0)
    together = [rows.select(versions.columns) for rows in (marked.filter(~is_over), newer)]
    return (
        pl.concat(together).sort([*key, "valid_from"]),
        pl.concat([told, changes(moved, news).select(told.columns)]),
    )
