"""Tombstones: the reason why a row disappeared.

Promises: a class depends on the rows and the commit's vintages alone, so it is the same in any
order of ingestion, before and after a compaction, and in a history that was extended. A row that
could not be parsed is not gone, and has none.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from tasks.vault.manifest import Vintage
from tasks.vault.segments import DELETE, OP, PUT, Covers
from tasks.vault.table_history import SCOPE_COLUMN, SEQ, TableHistory, same_key

GONE = "gone"
SOURCE_REMOVED, RENAMED, BELOW_THRESHOLD, OUR_PARSER = (
    "source_removed",
    "renamed",
    "below_threshold",
    "our_parser",
)
IS_NEW = "_is_new"


def with_tombstones(operated: pl.DataFrame, table_history: TableHistory) -> pl.DataFrame:
    """Return operations with the class of each deletion.

    Args:
        operated: What `scd2_views.operations` returned, sorted by key and seq.
        table_history: The vintages.

    Returns:
        The same rows with `gone`, null for everything but a deletion: our_parser (the vintage was
        read by another version of the parser than the one before that covers the same rows),
        renamed (the row is there under another name, see `_renamed`), below_threshold (its last
        figures were below what its publisher prints), else source_removed.
    """
    places = (operated[OP] == DELETE).arg_true()
    empty = pl.repeat(None, operated.height, dtype=pl.String, eager=True).alias(GONE)
    if places.is_empty():
        return operated.with_columns(empty)
    figures = [name for name in operated.columns if name not in {*table_history.key, SEQ, OP}]
    gone = pl.concat(
        [operated[places].select(SEQ, *table_history.key), operated[places - 1].select(figures)],
        how="horizontal",
    )
    classes = gone.select(
        pl.when(pl.col(SEQ).is_in(_parsed_differently(table_history)))
        .then(pl.lit(OUR_PARSER))
        .when(_renamed(operated, gone, table_history, figures))
        .then(pl.lit(RENAMED))
        .when(_below(table_history, figures))
        .then(pl.lit(BELOW_THRESHOLD))
        .otherwise(pl.lit(SOURCE_REMOVED))
    ).to_series()
    return operated.with_columns(empty.scatter(places, classes))


def _parsed_differently(table_history: TableHistory) -> list[int]:
    """Return the vintages with deletions that another version of the parser has read."""
    found: list[int] = []
    for place, vintage, entry in table_history.entries():
        if entry.deleted:
            before = _before(table_history, place, entry.covers)
            if before is not None and before.parser_version != vintage.parser_version:
                found.append(place)
    return found


def _before(table_history: TableHistory, place: int, covers: Covers | None) -> Vintage | None:
    """Return the newest vintage before a place that covers some of the same rows."""
    for vintage in _backwards(table_history, place):
        if _meet(vintage.tables[table_history.table].covers, covers):
            return vintage
    return None


def _backwards(table_history: TableHistory, place: int) -> Iterator[Vintage]:
    yield from reversed(table_history.vintages[:place])
    if table_history.before is not None:
        yield table_history.before


def _meet(one: Covers | None, other: Covers | None) -> bool:
    if one is None or other is None:
        return True
    return all(not {*one[name]}.isdisjoint(other[name]) for name in one if name in other)


def _renamed(
    operated: pl.DataFrame, gone: pl.DataFrame, table_history: TableHistory, figures: Sequence[str]
) -> pl.Series:
    """Return which of the rows that are gone are there under another name.

    In the same vintage a row appears with the same figures, at least one of them not null, and the
    same key but for its texts; the country is no text here, since its names are our aliases. It
    must be the only one that appears so, and the row the only one that goes.
    """
    fixed = [
        name
        for name in table_history.key
        if name == SCOPE_COLUMN or operated.schema[name] != pl.String
    ]
    if len(fixed) == len(table_history.key):
        return pl.repeat(value=False, n=gone.height, eager=True)
    was_there = same_key(table_history.key, 1) & (pl.col(OP).shift(1) != DELETE)
    has_gone = pl.col(SEQ).is_in(gone[SEQ].unique().implode())
    added = operated.filter(has_gone & (pl.col(OP) == PUT) & ~was_there.fill_null(value=False))
    absent = table_history.not_compared(figures)
    shown = [
        pl.when(~pl.col(SEQ).is_in(absent[name])).then(name).alias(name)
        if name in absent
        else pl.col(name)
        for name in figures
    ]
    both = pl.concat(
        [
            gone.select(SEQ, *fixed, *shown, pl.lit(value=False).alias(IS_NEW)),
            added.select(SEQ, *fixed, *shown, pl.lit(value=True).alias(IS_NEW)),
        ]
    )
    alike = [SEQ, *fixed, *figures]
    is_one = (pl.len().over(alike) == 2) & (pl.col(IS_NEW).sum().over(alike) == 1)  # noqa: PLR2004
    has_figure = pl.any_horizontal(pl.lit(value=False), pl.col(figures).is_not_null())
    return both.select(is_one & has_figure).to_series().head(gone.height)


def _below(table_history: TableHistory, figures: Sequence[str]) -> pl.Expr:
    """Return whether the known ones of the figures that have a threshold are all below it."""
    declared: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for place, _, entry in table_history.entries():
        kept = {name: least for name, least in entry.hides_below.items() if name in figures}
        if entry.deleted and kept:
            declared.setdefault(tuple(sorted(kept.items())), []).append(place)
    is_below = pl.lit(value=False)
    for thresholds, places in declared.items():
        known = [pl.col(name).cast(pl.Float64, strict=False) for name, _ in thresholds]
        is_known = pl.any_horizontal(value.is_not_null() for value in known)
        below = [
            (value < least).fill_null(value=True)
            for value, (_, least) in zip(known, thresholds, strict=True)
        ]
        is_below |= pl.col(SEQ).is_in(places) & is_known & pl.all_horizontal(below)
    return is_below
