"""Queries over several vintages: differences, row history, all versions and all cells.

Promises: exact. `history.parquet` is used when its metadata match this commit, else the segments.
"""

import io
from collections.abc import Collection, Mapping
from dataclasses import replace

import polars as pl

from schemas.errors import UnknownName
from tasks.vault.canonical_frames import cast_to
from tasks.vault.incremental_state import FORM, covered_by
from tasks.vault.manifest import Vintage
from tasks.vault.objects import load
from tasks.vault.observation_counts import with_observation_counts
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.revisions import revisions
from tasks.vault.scd2_views import cells, history, no_operations, operations
from tasks.vault.segments import HIDDEN, empty_state
from tasks.vault.states import plain_history, working_state
from tasks.vault.table_history import SCOPE_COLUMN, SEQ, TableHistory
from tasks.vault.tombstones import GONE, with_tombstones
from tasks.vault.vault_reader import VaultReader
from tasks.vault.working_states import readable


def difference(vault: VaultReader, table: str, a: Vintage, b: Vintage) -> pl.DataFrame:
    """Return the cells that differ between two vintages of a table.

    The columns of `revisions`, and gone: why the row of a withdrawn figure disappeared between a
    and b (see `tombstones`); null where it is still there, and where b is not later than a.

    Not compared: columns that only one of them has or that either does not compare, keys that
    stand in quarantine in either, and countries that no vintage covered up to the earlier one.
    """
    key = vault.key(table)
    table_history = vault.table_history(table)
    sides = _changed_sides(vault, table_history, a, b)
    if sides is None:
        states = [working_state(vault, table, vintage) for vintage in (a, b)]
        hidden = [state.filter(pl.col(HIDDEN)).select(key) for state in states]
        hidden += [_quarantined_keys(vault, table, vintage) for vintage in (a, b)]
        before, after = (
            readable(state, vintage.tables[table])
            for state, vintage in zip(states, (a, b), strict=True)
        )
        skip, ended = pl.concat(hidden, how="vertical_relaxed"), None
    else:
        (before, after, ended), skip = sides, None
    skipped = {name for vintage in (a, b) for name in vintage.tables[table].not_compared}
    before, after = before.drop(skipped, strict=False), after.drop(skipped, strict=False)
    changed = revisions(before, after, key=key, skip=skip)
    scopes = dict(
        zip([v.id for v in table_history.vintages], table_history.known_scopes(), strict=True)
    )
    for known in (scopes[a.id], scopes[b.id]):
        if known is not None and SCOPE_COLUMN in key:
            changed = changed.filter(pl.col(SCOPE_COLUMN).is_in(sorted(known)))
    went = changed.filter(kind="withdrawn").select(key).unique().join(after, on=key, how="anti")
    if went.is_empty() or b.as_of <= a.as_of:
        return changed.with_columns(pl.lit(None, pl.String).alias(GONE))
    if ended is None:
        ended = _ended(vault, table_history, a, b)
    # sorted by key and time: the last of each key is the one that went
    classes = ended.select(*key, GONE).unique(subset=key, keep="last")
    classes = classes.join(went, on=key, how="semi")
    return changed.join(classes, on=key, how="left", maintain_order="left")


def _ended(vault: VaultReader, table_history: TableHistory, a: Vintage, b: Vintage) -> pl.DataFrame:
    """Return the versions with which a row went between two vintages, sorted by key and time."""
    old = vault.published(table_history.table, "history")
    if old.blob and _has_tombstones(old) and b.id in covered_by(old.metadata, table_history):
        versions = pl.scan_parquet(io.BytesIO(old.blob.body))
    else:
        until = replace(
            table_history, vintages=tuple(v for v in table_history.vintages if v.as_of <= b.as_of)
        )
        versions = _versions(vault, until).lazy()
    return versions.filter(_ends_between(a, b)).collect()


def _ends_between(a: Vintage, b: Vintage) -> pl.Expr:
    first, last = (pl.lit(v.as_of, pl.Datetime("us", "UTC")) for v in (a, b))
    within = (pl.col("valid_to") > first) & (pl.col("valid_to") <= last)
    return pl.col(GONE).is_not_null() & within


def row_history(vault: VaultReader, table: str, where: Mapping[str, str]) -> pl.DataFrame:
    """Return how the rows that match `where` changed, oldest first.

    Columns: as_of, id, the key, the figures, and those of `with_observation_counts`: status
    [printed, gone, unreadable], gone [class], last_seen [instant], seen, unseen [vintages]. A row
    that went, or could not be read, is there with every figure null. Raises UnknownName for a
    column that is no key column.
    """
    table_history = vault.table_history(table)
    for column in where:
        if column not in table_history.key:
            raise UnknownName("key column", column, table_history.key)
    operated = operations(vault.store, table_history)
    if operated is None:
        return pl.DataFrame()
    operated = with_tombstones(operated, table_history)
    for column, value in where.items():
        operated = operated.filter(pl.col(column).cast(pl.String) == value)
    seen = with_observation_counts(operated, table_history)
    dated = seen.join(table_history.times(), on=SEQ, how="left").sort([SEQ, *table_history.key])
    return dated.select("as_of", "id", pl.exclude("as_of", "id", SEQ))


def all_cells(
    vault: VaultReader, table: str, columns: Collection[str] | None = None
) -> pl.DataFrame | None:
    """Return every cell that began or changed, vintage by vintage; None before the first."""
    table_history = vault.table_history(table)
    operated = operations(vault.store, table_history)
    return (
        None
        if operated is None
        else cells(operated, table_history, columns=columns, beginnings=True)
    )


def all_versions(vault: VaultReader, table: str) -> pl.LazyFrame:
    """Return every version of every row, see `history`, from the published one where exact."""
    table_history, old = vault.table_history(table), vault.published(table, "history")
    everything = {vintage.id for vintage in table_history.vintages}
    if old.blob and _has_tombstones(old) and covered_by(old.metadata, table_history) == everything:
        return pl.scan_parquet(io.BytesIO(old.blob.body))
    return _versions(vault, table_history).lazy()


def _versions(vault: VaultReader, table_history: TableHistory) -> pl.DataFrame:
    operated = operations(vault.store, table_history)
    operated = no_operations(table_history) if operated is None else operated
    return history(with_tombstones(operated, table_history), table_history)


def _has_tombstones(old: PublishedFile) -> bool:
    """Return whether a history has the present form; an older one has no tombstones."""
    return old.metadata.get("form") == FORM


def _changed_sides(
    vault: VaultReader, table_history: TableHistory, a: Vintage, b: Vintage
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None] | None:
    """Return the rows of either vintage that the other one has not, and what `_ended` does.

    None when the history can't say; the last is None when it is of an older form.
    """
    entries = [vintage.tables[table_history.table] for vintage in (a, b)]
    both = plain_history(vault, table_history, a, b)
    if both is None or any(entry.covers is not None for entry in entries):
        return None
    first, second = (pl.lit(v.as_of, pl.Datetime("us", "UTC")) for v in (a, b))

    def stands(at: pl.Expr) -> pl.Expr:
        open_then = pl.col("valid_to").is_null() | (pl.col("valid_to") > at)
        return (pl.col("valid_from") <= at) & open_then

    has_tombstones = GONE in both.collect_schema()
    went = _ends_between(a, b) if has_tombstones else pl.lit(value=False)
    rows = both.filter((stands(first) != stands(second)) | went).collect()
    sides = [rows.filter(stands(at)) for at in (first, second)]
    return (
        cast_to(sides[0], entries[0].schema),
        cast_to(sides[1], entries[1].schema),
        rows.filter(went) if has_tombstones else None,
    )


def _quarantined_keys(vault: VaultReader, table: str, vintage: Vintage) -> pl.DataFrame:
    key, entry = vault.key(table), vintage.tables[table]
    if entry.quarantine is None:
        own = tuple(column for column in entry.schema if column[0] in key)
        return empty_state(own).select(key)
    return load(vault.store, "quarantine", entry.quarantine).select(key).drop_nulls()
