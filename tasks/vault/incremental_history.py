"""Extend the published history and changes of a table by new vintages.

Promises: the same frames as a rebuild from the first segment, without reading old segments.
"""

from collections.abc import Sequence

import polars as pl

from tasks.vault.backends.store import Store
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.scd2_views import cells, changes, history, operations
from tasks.vault.segments import HIDE, OP, PUT
from tasks.vault.table_history import SEQ, TableHistory, same_key
from tasks.vault.tombstones import GONE, with_tombstones

DATES = ("valid_from", "valid_to")
IS_TOUCHED, BEGAN, ENDED = "_is_touched", "_began", "_ended"


def continued(
    store: Store, news: TableHistory, old: PublishedFile, changes_before: PublishedFile
) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return history and changes with further vintages.

    Args:
        store: The source's folder.
        news: The vintages that the published objects lack; it names the one before them.
        old: The history published; no column of it ever changed its type.
        changes_before: The changes published; of the same vintages.

    Returns:
        Both frames; None where a new vintage has other columns than the history.
    """
    versions, published_changes = old.frame(), changes_before.frame()
    figures = {*versions.columns} - {*DATES, GONE}
    if any({*entry.columns} != figures for _, _, entry in news.entries()):
        return None
    operated = operations(store, news)
    if operated is None:
        return versions, published_changes
    key = list(news.key)
    touched = operated.select(*key, pl.lit(value=True).alias(IS_TOUCHED)).unique()
    marked = versions.join(touched, on=key, how="left", maintain_order="left")
    is_extended = is_known(key) & pl.col(IS_TOUCHED).is_not_null()
    untouched, extended = marked.filter(~is_extended), marked.filter(is_extended)
    earlier = _earlier_operations(extended).select(operated.columns)
    both = with_tombstones(pl.concat([earlier, operated]).sort([*key, SEQ]), news)
    dates = extended.select(
        *key, pl.col("valid_from").alias(BEGAN), pl.col("valid_to").alias(ENDED)
    )
    is_old = pl.col("valid_from").is_null()
    rebuilt = (
        history(both, news)
        .join(dates, on=key, how="left")
        .with_columns(
            pl.coalesce("valid_from", BEGAN),
            pl.when(is_old).then(pl.coalesce("valid_to", ENDED)).otherwise("valid_to"),
        )
    )
    added = cells(both, news, beginnings=False).filter(pl.col(SEQ) >= 0)
    together = [rows.select(versions.columns) for rows in (untouched, rebuilt)]
    return (
        pl.concat(together).sort([*key, "valid_from"]),
        pl.concat([published_changes, changes(added, news).select(published_changes.columns)]),
    )


def is_known(key: Sequence[str]) -> pl.Expr:
    """Return the condition that a version of a sorted history is the last of a row that is known.

    Either it stands, or, where it has ended, the row could not be parsed since and is hidden.
    """
    return ~same_key(key, -1).fill_null(value=False) & pl.col(GONE).is_null()


def _earlier_operations(known: pl.DataFrame) -> pl.DataFrame:
    """Return the operations that lead to the known rows, standing or hidden."""
    figures = pl.exclude(*DATES, GONE, IS_TOUCHED)
    hidden = known.filter(pl.col("valid_to").is_not_null())
    parts = [
        rows.select(pl.lit(place, pl.Int64).alias(SEQ), pl.lit(op, pl.Int8).alias(OP), figures)
        for rows, place, op in ((known, -2, PUT), (hidden, -1, HIDE))
    ]
    return pl.concat(parts)
