"""Observation counts: how many vintages printed a version of a row, and how many left it standing.

Promises: a row that stands and that a vintage covers was printed by it, with these very
figures; else it would be another version, gone, or unreadable.
"""

import polars as pl

from tasks.vault.segments import DELETE, HIDE, OP, PUT, Covers
from tasks.vault.table_history import SEQ, TableHistory, same_key

END, PLACE = "_end", "_place"
STATUS = {PUT: "printed", DELETE: "gone", HIDE: "unreadable"}


def with_observation_counts(operated: pl.DataFrame, table_history: TableHistory) -> pl.DataFrame:
    """Return operations on rows with the observation counts of each version.

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
    figures = [
        name for name in operated.columns if name not in {*table_history.key, SEQ, OP, "gone"}
    ]
    last, seen = _seen(lived, table_history)
    times = table_history.times()["as_of"]
    return lived.select(
        SEQ,
        *table_history.key,
        *(pl.when(is_put).then(name).alias(name) for name in figures),
        pl.col(OP).replace_strict(STATUS, return_dtype=pl.String).alias("status"),
        "gone",
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
        again = stood & lived.select(_is_covered(entry.covers)).to_series()
        last = last.set(again, place)
        seen += again
    return last, seen


def _is_covered(covers: Covers | None) -> pl.Expr:
    """Return the condition that a vintage covers a row."""
    return pl.all_horizontal(
        pl.lit(value=True),
        *(
            pl.col(column).cast(pl.String).is_in(list(values))
            for column, values in (covers or {}).items()
        ),
    )
