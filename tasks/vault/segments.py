"""Segments: what one vintage changed in the working state of one table, as redo operations.

The working state of a vintage is everything known then, also rows that it does not cover and
columns that it does not have; a row whose key stands in quarantine is hidden, not gone. A segment
has `_op` (0 delete, 1 put, 2 hide), the key, and the vintage's own columns: the values after. Later
operations on a key replace earlier ones, so segments of one schema can be applied together.
"""

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from tasks.vault.canonical_frames import SHORT, TYPES, Schema, cast_to, schema_of

DELETE, PUT, HIDE = 0, 1, 2
OP, HIDDEN, SHAPE, KNOWN = "_op", "_hidden", "_shape", "__known"

Covers = Mapping[str, Sequence[str]]
"""The values of columns, as text, that a vintage covers; other rows stand though it lacks them."""


def empty_state(schema: Schema) -> pl.DataFrame:
    """Return the working state before the first vintage."""
    types = {name: TYPES[kind] for name, kind in schema}
    return pl.DataFrame(schema={**types, HIDDEN: pl.Boolean()})


def visible(state: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return what a reader gets of a working state: its rows that are not hidden, one schema."""
    shown = state.filter(~pl.col(HIDDEN)) if state[HIDDEN].any() else state
    return cast_to(shown, schema)


def has_same_rows(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Return whether two working states are the same, whatever the order of their columns."""
    return {*one.columns} == {*other.columns} and one.equals(other.select(one.columns))


def covered(frame: pl.DataFrame, covers: Covers | None) -> pl.DataFrame:
    """Return the rows of a frame that a vintage covers; all of them where `covers` is None."""
    return frame if covers is None else frame.filter(is_covered(covers, frame.schema))


def is_covered(covers: Covers | None, schema: pl.Schema) -> pl.Expr:
    """Return the condition that a vintage covers a row of a frame with a schema."""
    named = (covers or {}).items()
    inside = (_is_among(column, values, schema[column]) for column, values in named)
    return pl.all_horizontal(pl.lit(value=True), *inside)


def _is_among(column: str, texts: Sequence[str], dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Date:  # writing every day of a long frame as text takes ten times as long
        days = pl.Series(texts, dtype=pl.String).str.to_date("%Y-%m-%d", strict=False)
        return pl.col(column).is_in(days.implode())
    return pl.col(column).cast(pl.String).is_in(list(texts))


def segment(
    before: pl.DataFrame,
    rows: pl.DataFrame,
    *,
    key: Sequence[str],
    covers: Covers | None,
    unparsable: pl.DataFrame | None,
    not_compared: Collection[str] = (),
) -> pl.DataFrame:
    """Return the operations that lead from a working state to the one after a vintage.

    Args:
        before: The working state of the vintage before.
        rows: The vintage's own rows, canonical.
        key: The key columns.
        covers: What the vintage covers; None for the whole table.
        unparsable: The keys of rows that stand in quarantine, one row each, null where a key
            column could not be parsed; None when there are none.
        not_compared: Figures in which a row may differ without an operation.

    Returns:
        _op, then the columns of `rows`; sorted by key; empty when nothing changed.
    """
    schema = schema_of(rows)
    seen = cast_to(before, tuple(column for column in schema if column[0] in before.columns))
    seen = seen.with_columns(before[HIDDEN])
    was_there, is_there = _partners(seen, rows, key)
    is_put = ~is_there
    is_put[is_there.arg_true()] = _differs(seen, rows.drop(not_compared), was_there, is_there)
    puts = rows.filter(is_put).select(pl.lit(PUT, pl.Int8).alias(OP), pl.all())
    gone = covered(seen.filter(~was_there), covers)
    if gone.is_empty():
        return puts
    perhaps = gone.head(0) if unparsable is None else _perhaps_unparsable(gone, unparsable, key)
    hides = perhaps.filter(~pl.col(HIDDEN))
    deletes = gone.join(perhaps, on=key, how="anti")
    return pl.concat(
        [puts, _operation(hides, HIDE, schema), _operation(deletes.select(key), DELETE, schema)]
    ).sort(key)


def keys_in_quarantine(faults: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Return the keys of rows with faults, one for each row: the publisher's may have several."""
    return faults.select("row", *key).unique(maintain_order=True).select(key)


def _partners(
    before: pl.DataFrame, rows: pl.DataFrame, key: Sequence[str]
) -> tuple[pl.Series, pl.Series]:
    """Return which rows of either frame have their key in the other one, too.

    Both are sorted by their unique keys, so that the rows so marked pair up in their order. Keys
    are compared by hash, which is fast; a collision is detected and then avoided by a join.
    """
    old, new = (frame.select(key).hash_rows() for frame in (before, rows))
    is_there = new.is_in(old.implode())
    was_there = old.is_in(new.implode()) if is_there.sum() < old.len() else old.is_not_null()
    if all(before[name].filter(was_there).equals(rows[name].filter(is_there)) for name in key):
        return was_there, is_there
    return _has_partner(before, rows, key), _has_partner(rows, before, key)


def _has_partner(frame: pl.DataFrame, other: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    known = other.select(*key, pl.lit(value=True).alias(OP))
    joined = frame.select(key).join(known, on=key, how="left", maintain_order="left")
    return joined[OP].fill_null(value=False)


def _differs(
    before: pl.DataFrame, rows: pl.DataFrame, was_there: pl.Series, is_there: pl.Series
) -> pl.Series:
    """Return, for the rows that pair up, whether one was hidden or a figure is another."""
    step = rows.width if rows.height < SHORT else 1  # a long frame is not copied whole
    is_other = before[HIDDEN].filter(was_there)
    for start in range(0, rows.width, step):
        after = rows[:, start : start + step].filter(is_there)
        names = [name for name in after.columns if name in before.columns]
        known = before.select(pl.col(name).alias(name + KNOWN) for name in names).filter(was_there)
        is_other |= (
            pl.concat([after, known], how="horizontal")
            .select(pl.any_horizontal(_is_other(name, known.columns) for name in after.columns))
            .to_series()
        )
    return is_other


def _is_other(name: str, known: Collection[str]) -> pl.Expr:
    after = pl.col(name)
    return after.ne_missing(pl.col(name + KNOWN)) if name + KNOWN in known else after.is_not_null()


def _perhaps_unparsable(
    gone: pl.DataFrame, unparsable: pl.DataFrame, key: Sequence[str]
) -> pl.DataFrame:
    """Return the absent rows that may be among those that could not be parsed.

    Those whose key stands in quarantine. Where a part of that key is null, those with the rest of
    it, unless they are more than the rows in quarantine: then some of them are gone for certain.
    """
    whole = unparsable.drop_nulls()
    found = [gone.join(whole, on=key, how="semi")]
    left = gone.join(whole, on=key, how="anti")
    shape = pl.concat_str(pl.col(key).is_null().cast(pl.Int8)).alias(SHAPE)
    broken = unparsable.filter(pl.any_horizontal(pl.col(key).is_null())).with_columns(shape)
    for part in broken.partition_by(SHAPE):
        known = [name for name in key if part[name].null_count() == 0]
        counts = part.group_by(known or SHAPE).len("_rows")
        alike = left.join(counts, on=known) if known else left.join(counts, how="cross")
        is_few = pl.len().over(known) <= pl.col("_rows") if known else pl.len() <= pl.col("_rows")
        found.append(alike.filter(is_few))
    return pl.concat([rows.select(gone.columns) for rows in found]).unique(maintain_order=True)


def _operation(rows: pl.DataFrame, op: int, schema: Schema) -> pl.DataFrame:
    missing = [pl.lit(None).alias(name) for name, _ in schema if name not in rows.columns]
    kept = cast_to(rows.with_columns(missing), schema)
    return kept.select(pl.lit(op, pl.Int8).alias(OP), pl.all())


def apply(state: pl.DataFrame, operations: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Return the working state after operations of one schema, oldest first; sorted by key.

    A row that went and came again has nothing of the columns that the operations lack.
    """
    ended = operations.filter(pl.col(OP) == DELETE)
    operations = operations.unique(subset=key, keep="last", maintain_order=True)
    schema = schema_of(operations.drop(OP))
    own = [name for name, _ in schema]
    kept = state.join(operations, on=key, how="anti", maintain_order="left")
    live = operations.filter(pl.col(OP) != DELETE)
    others = [name for name in state.columns if name not in own and name != HIDDEN]
    if others:
        carried = state.select(*key, *others).join(ended, on=key, how="anti")
        live = live.join(carried, on=key, how="left")
    live = live.with_columns((pl.col(OP) == HIDE).alias(HIDDEN)).drop(OP)
    fresh = [name for name in own if name not in state.columns]
    kept = kept.with_columns(pl.lit(None, operations.schema[name]).alias(name) for name in fresh)
    kept = kept.with_columns(
        pl.col(name).cast(operations.schema[name], strict=False) for name in own
    )
    order = [name for name in state.columns if name != HIDDEN] + fresh + [HIDDEN]
    return kept.select(order).merge_sorted(live.select(order).sort(key), key=key)
