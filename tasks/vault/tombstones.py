"""Tombstones, the reason why a row disappeared, and how many vintages printed a row's versions.

Promises: a class depends on the rows and the commit's vintages alone, in any order of ingestion. A
row that could not be parsed is not gone, and has none.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from tasks.vault.segments import DELETE, HIDE, OP, PUT, Covers, is_covered
from tasks.vault.table_history import SCOPE_COLUMN, SEQ, TableHistory, same_key

GONE = "gone"
SOURCE_REMOVED, RENAMED, BELOW_THRESHOLD, OUR_PARSER = (
    "source_removed",
    "renamed",
    "below_threshold",
    "our_parser",
)
IS_NEW, END = "_is_new", "_end"
STATUS = {PUT: "printed", DELETE: "gone", HIDE: "unreadable"}


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
    """Return the vintages with deletions that another version of the parser has read.

    It is another one than that of the newest vintage before which covers some of the same rows.
    """
    found: list[int] = []
    earlier = [table_history.before] if table_history.before else []
    for place, vintage, entry in table_history.entries():
        if entry.deleted:
            near = (
                v
                for v in reversed(earlier)
                if _meet(v.tables[table_history.table].covers, entry.covers)
            )
            before = next(near, vintage)
            if before.parser_version != vintage.parser_version:
                found.append(place)
        earlier.append(vintage)
    return found


def _meet(one: Covers | None, other: Covers | None) -> bool:
    if one is None or other is None:
        return True
    return all(not {*one[name]}.isdisjoint(other[name]) for name in one if name in other)


def _renamed(
    operated: pl.DataFrame, gone: pl.DataFrame, table_history: TableHistory, figures: Sequence[str]
) -> pl.Series:
    """Return which of the rows that are gone are there under another name.

    In the same vintage a row appears with the same figures, at least one of them neither null nor
    zero, and the same key but for its texts; the country is no text here, since its names are our
    aliases. It must be the only one that appears so, and the row the only one that goes.
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
    absent = table_history.absences(figures, or_not_compared=True)
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
    published = [
        pl.col(name) != 0 if both.schema[name].is_numeric() else pl.col(name).is_not_null()
        for name in figures
    ]
    has_figure = pl.any_horizontal(pl.lit(value=False), *published).fill_null(value=False)
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


def with_observation_counts(operated: pl.DataFrame, table_history: TableHistory) -> pl.DataFrame:
    """Return operations on rows with the observation counts of each version.

    A row that stands and that a vintage covers was printed by it, with these very figures; else it
    would be another version, gone, or unreadable.

    Args:
        operated: All operations on some keys, with tombstones, sorted by key and seq.
        table_history: The vintages.

    Returns:
        seq, the key, the figures [null unless printed], status [printed, gone, unreadable], gone
        [class of a row that went], last_seen [instant of the last vintage that printed this
        version], seen [vintages that printed it, the first one included], unseen [vintages in
        which it stood though they did not print it]; these three are null unless printed.
    """
    is_put = pl.col(OP) == PUT
    ends = pl.when(same_key(table_history.key, -1)).then(pl.col(SEQ).shift(-1))
    lived = operated.with_columns(ends.fill_null(len(table_history.vintages)).alias(END))
    figures = [name for name in operated.columns if name not in {*table_history.key, SEQ, OP, GONE}]
    last, seen = _seen(lived, table_history)
    times = table_history.times()["as_of"]
    return lived.select(
        SEQ,
        *table_history.key,
        *(pl.when(is_put).then(name).alias(name) for name in figures),
        pl.col(OP).replace_strict(STATUS, return_dtype=pl.String).alias("status"),
        GONE,
        pl.when(is_put).then(times.gather(last)).alias("last_seen"),
        pl.when(is_put).then(seen).alias("seen"),
        pl.when(is_put).then(pl.col(END) - pl.col(SEQ) - seen).alias("unseen"),
    )


def _seen(lived: pl.DataFrame, table_history: TableHistory) -> tuple[pl.Series, pl.Series]:
    """Return the last vintage that printed each version, and how many did."""
    if all(entry.covers is None for _, _, entry in table_history.entries()):
        return lived[END] - 1, lived[END] - lived[SEQ]
    last, seen = lived[SEQ].clone(), lived[SEQ] * 0 + 1
    for place, _, entry in table_history.entries():
        stood = (lived[SEQ] < place) & (place < lived[END])
        again = stood & lived.select(is_covered(entry.covers, lived.schema)).to_series()
        last = last.set(again, place)
        seen += again
    return last, seen
