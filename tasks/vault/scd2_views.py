"""SCD2 views of a table: history and changed cells, from its segments.

Promises: the work is proportional to the changes, not to vintages times rows.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from tasks.vault.backends.store import Store
from tasks.vault.last_known import with_last_known
from tasks.vault.objects import load_operations
from tasks.vault.revisions import AFTER, BEFORE, cells_of
from tasks.vault.segments import DELETE, HIDDEN, HIDE, OP, PUT, empty_state
from tasks.vault.table_history import SCOPE_COLUMN, SEQ, TableHistory, same_key
from tasks.vault.tombstones import GONE

PLACE = "_place"


def operations(store: Store, table_history: TableHistory) -> pl.DataFrame:
    """Return every operation on a table: seq, _op, key and figures; empty before the first one.

    Sorted by key and seq, as the other functions expect it.
    A figure whose column a vintage does not have carries the value it had.
    """
    parts = [no_operations(table_history)]  # a figure that was never published is in no segment
    for places, names in table_history.runs():
        rows = load_operations(store, names, table_history.packs, position=SEQ)
        parts.append(rows.with_columns(pl.lit(pl.Series(places)).gather(pl.col(SEQ)).alias(SEQ)))
    if len(parts) == 1:
        return parts[0]
    names = {name for _, _, entry in table_history.entries() for name in entry.columns}
    together = pl.concat(parts, how="diagonal_relaxed").sort([*table_history.key, SEQ])
    return carried(together, table_history.key, table_history.absences(names))


def operations_from(versions: pl.DataFrame, table_history: TableHistory) -> pl.DataFrame:
    """Return what `operations` returns, made from the versions of every row (see `history`).

    For a table of which no row was ever hidden and no column changed its type. The figures of a
    row that went are null.
    """
    key = list(table_history.key)
    types = no_operations(table_history).schema
    places = table_history.times().select("as_of", SEQ)
    is_followed = same_key(key, -1) & (pl.col("valid_to") == pl.col("valid_from").shift(-1))
    went = versions.filter(pl.col("valid_to").is_not_null() & ~is_followed.fill_null(value=False))
    began = versions.rename({"valid_from": "as_of"}).with_columns(pl.lit(PUT, pl.Int8).alias(OP))
    ended = went.select(*key, pl.col("valid_to").alias("as_of"), pl.lit(DELETE, pl.Int8).alias(OP))
    operated = pl.concat([began, ended], how="diagonal").join(places, on="as_of", how="left")
    return operated.select(pl.col(name).cast(kind) for name, kind in types.items()).sort(
        [*key, SEQ]
    )


def no_operations(table_history: TableHistory) -> pl.DataFrame:
    """Return what `operations` returns, without a row: of a table that never had one."""
    types = {name: kind for _, _, entry in table_history.entries() for name, kind in entry.schema}
    empty = empty_state(tuple(types.items())).select(
        pl.lit(0, pl.Int64).alias(SEQ), pl.lit(PUT, pl.Int8).alias(OP), pl.exclude(HIDDEN)
    )
    return empty.clear()  # without a vintage, literals alone make a row


def carried(
    frame: pl.DataFrame, key: Sequence[str], flipping: Mapping[str, Sequence[int]]
) -> pl.DataFrame:
    """Return operations in which each figure of an absent column has the value it had.

    `frame`: operations, sorted by key and seq. `flipping`: by column, the vintages that lack it.
    """
    if not flipping:
        return frame
    deleted = (pl.col(OP) == DELETE).cast(pl.Int64)
    frame = frame.with_row_index(PLACE).with_columns(
        (deleted.cum_sum() - deleted).over(key).alias("_life")
    )
    alike: dict[tuple[int, ...], list[str]] = {}
    for name, absent in flipping.items():
        alike.setdefault(tuple(absent), []).append(name)
    lasts = {
        absent: pl.when(~pl.col(SEQ).is_in(absent)).then(PLACE).forward_fill().over(*key, "_life")
        for absent in alike
    }
    filled = [pl.col(names).gather(lasts[absent]) for absent, names in alike.items()]
    return frame.with_columns(filled).drop("_life", PLACE)


def history(operated: pl.DataFrame, table_history: TableHistory) -> pl.DataFrame:
    """Return every version of every row.

    `operated`: what `operations` returned, with tombstones. Columns: key, figures, valid_from,
    valid_to [instants, UTC; valid_to null while it stands], gone [the class of the row that went
    with this version; null while it stands, where another version followed, and where the row
    could not be read since], sorted by key and valid_from. As of t: valid_from <= t and (valid_to
    is null or t < valid_to).
    """
    times = table_history.times().select(SEQ, "as_of")
    dated = operated.join(times, on=SEQ, how="left", maintain_order="left")
    is_followed = same_key(table_history.key, -1)
    ends = pl.when(is_followed).then(pl.col("as_of").shift(-1))
    return (
        dated.with_columns(pl.col("as_of").alias("valid_from"), ends.alias("valid_to"))
        .filter(pl.col(OP) != HIDE)
        .with_columns(pl.when(is_followed).then(pl.col(GONE).shift(-1)).alias(GONE))
        .filter(pl.col(OP) == PUT)
        .select(pl.exclude(OP, SEQ, "as_of", GONE), GONE)
    )


def cells(
    operated: pl.DataFrame,
    table_history: TableHistory,
    *,
    beginnings: bool,
    only_numbers: bool = False,
) -> pl.DataFrame:
    """Return every cell that changed, with what was known of it before.

    Args:
        operated: What `operations` returned.
        table_history: The vintages.
        beginnings: Whether to list the figures of a row that no vintage covered before (the first
            vintage, a country that comes into scope), which are no change.
        only_numbers: As of `cells_of`.

    Returns:
        seq, the key, is_baseline [true for beginnings], gone [class of a row that went; where
        `operated` has tombstones], and the columns of `tasks.vault.revisions.revisions`; sorted by
        seq, key, column.
    """
    key = list(table_history.key)
    tombstones = [GONE] if GONE in operated.columns else []
    figures = [name for name in operated.columns if name not in {*key, SEQ, OP, GONE}]
    was_there = same_key(key, 1) & (pl.col(OP).shift(1) != DELETE)
    wide = operated.select(
        SEQ,
        *key,
        OP,
        *tombstones,
        *(pl.when(was_there).then(pl.col(name).shift(1)).alias(name + BEFORE) for name in figures),
        *(pl.when(pl.col(OP) == PUT).then(name).alias(name + AFTER) for name in figures),
    )
    wide = _with_baseline(wide.filter(pl.col(OP) != HIDE).drop(OP), table_history)
    if not beginnings:
        wide = wide.filter(~pl.col("is_baseline"))
    absent = table_history.absences(figures, or_not_compared=True)
    return cells_of(
        wide,
        {name: (operated.schema[name], operated.schema[name]) for name in figures},
        keys=[SEQ, *key, "is_baseline", *tombstones],
        where={name: ~pl.col(SEQ).is_in(places) for name, places in absent.items()},
        only_numbers=only_numbers,
    )


def _with_baseline(wide: pl.DataFrame, table_history: TableHistory) -> pl.DataFrame:
    """Mark the first vintage of all and the first cells of each country."""
    baselines = [(pl.col(SEQ) == 0) & pl.lit(table_history.before is None)]
    if SCOPE_COLUMN in table_history.key:
        baselines += [
            (pl.col(SEQ) == seq) & ~pl.col(SCOPE_COLUMN).is_in(sorted(scope))
            for seq, scope in enumerate(table_history.known_scopes()[:-1])
            if scope is not None
        ]
    return wide.with_columns(pl.any_horizontal(baselines).alias("is_baseline"))


def changes(
    changed: pl.DataFrame, table_history: TableHistory, earlier: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the cells that changed, without beginnings, dated; sorted by as_of, key, column.

    `changed`: what `cells` made of operations with tombstones. `earlier`: the changes of the
    vintages before, if any; the result does not repeat them.
    """
    dated = changed.join(table_history.times(), on=SEQ, how="left")
    others = pl.exclude("as_of", "id", SEQ, "is_baseline", GONE)
    made = dated.select("as_of", "id", others, GONE).sort(["as_of", *table_history.key, "column"])
    return with_last_known(made, table_history.key, earlier)
