"""
Questions: what readers ask of a vault, each answered on the cheapest way that is exact.

`latest.parquet` answers for the newest vintage and `history.parquet` for all that it covers, when
their stamps say that they show this commit's vintages and the table is plain; else the segments do.
Plain: no row was ever hidden and no column ever changed its type, so that the history has all.
"""

import io
from collections.abc import Collection, Mapping
from dataclasses import replace

import polars as pl

from schemas.errors import UnknownName
from tasks.vault.canonical_frames import cast_to
from tasks.vault.incremental_state import FORM, covered_by
from tasks.vault.manifest import Vintage
from tasks.vault.objects import load, quarantine_name
from tasks.vault.observation_counts import with_sightings
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
    """
    Return what differs between two vintages of a table.

    The columns of `compare.revisions`, and gone: why the row of a withdrawn figure went between a
    and b (see `tombstones`); null where it is still there, and where b is not later than a.

    Not compared: columns that only one of them has or that either does not compare, keys that
    stand in quarantine in either, and countries that were not spoken of up to the earlier one.
    """
    key = vault.key(table)
    told = vault.table_history(table)
    sides = _changed_sides(vault, told, a, b)
    if sides is None:
        states = [working_state(vault, table, vintage) for vintage in (a, b)]
        hidden = [state.filter(pl.col(HIDDEN)).select(key) for state in states]
        hidden += [_unread(vault, table, vintage) for vintage in (a, b)]
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
    scopes = dict(zip([v.id for v in told.vintages], told.known_scopes(), strict=True))
    for known in (scopes[a.id], scopes[b.id]):
        if known is not None and SCOPE_COLUMN in key:
            changed = changed.filter(pl.col(SCOPE_COLUMN).is_in(sorted(known)))
    went = changed.filter(kind="withdrawn").select(key).unique().join(after, on=key, how="anti")
    if went.is_empty() or b.as_of <= a.as_of:
        return changed.with_columns(pl.lit(None, pl.String).alias(GONE))
    if ended is None:
        ended = _ended(vault, told, a, b)
    # sorted by key and time: the last of each key is the one that went
    classes = ended.select(*key, GONE).unique(subset=key, keep="last")
    classes = classes.join(went, on=key, how="semi")
    return changed.join(classes, on=key, how="left", maintain_order="left")


def _ended(vault: VaultReader, told: TableHistory, a: Vintage, b: Vintage) -> pl.DataFrame:
    """Return the versions with which a row went between two vintages, sorted by key and time."""
    old = vault.published(told.table, "history")
    if old.blob and _has_tombstones(old) and b.id in covered_by(old.facts, told):
        versions = pl.scan_parquet(io.BytesIO(old.blob.body))
    else:
        until = replace(told, vintages=tuple(v for v in told.vintages if v.as_of <= b.as_of))
        versions = _versions(vault, until).lazy()
    return versions.filter(_ends_between(a, b)).collect()


def _ends_between(a: Vintage, b: Vintage) -> pl.Expr:
    first, last = (pl.lit(v.as_of, pl.Datetime("us", "UTC")) for v in (a, b))
    within = (pl.col("valid_to") > first) & (pl.col("valid_to") <= last)
    return pl.col(GONE).is_not_null() & within


def row_history(vault: VaultReader, table: str, where: Mapping[str, str]) -> pl.DataFrame:
    """
    Return how the rows that match `where` changed, oldest first.

    Columns: as_of, id, the key, the figures, and what `sightings.with_sightings` tells: status
    [printed, gone, unreadable], gone [class], last_seen [instant], seen, unseen [vintages]. A row
    that went, or could not be read, is there with every figure null. Raises UnknownName for a
    column that is no key column.
    """
    told = vault.table_history(table)
    for column in where:
        if column not in told.key:
            raise UnknownName("key column", column, told.key)
    operated = operations(vault.store, told)
    if operated is None:
        return pl.DataFrame()
    operated = with_tombstones(operated, told)
    for column, value in where.items():
        operated = operated.filter(pl.col(column).cast(pl.String) == value)
    seen = with_sightings(operated, told)
    dated = seen.join(told.times(), on=SEQ, how="left").sort([SEQ, *told.key])
    return dated.select("as_of", "id", pl.exclude("as_of", "id", SEQ))


def all_cells(
    vault: VaultReader, table: str, columns: Collection[str] | None = None
) -> pl.DataFrame | None:
    """Return every cell that began or changed, vintage by vintage; None before the first."""
    told = vault.table_history(table)
    operated = operations(vault.store, told)
    return None if operated is None else cells(operated, told, columns=columns, beginnings=True)


def all_versions(vault: VaultReader, table: str) -> pl.LazyFrame:
    """Return every version of every row, see `folds.history`; from the published one if it may."""
    told, old = vault.table_history(table), vault.published(table, "history")
    everything = {vintage.id for vintage in told.vintages}
    if old.blob and _has_tombstones(old) and covered_by(old.facts, told) == everything:
        return pl.scan_parquet(io.BytesIO(old.blob.body))
    return _versions(vault, told).lazy()


def _versions(vault: VaultReader, told: TableHistory) -> pl.DataFrame:
    operated = operations(vault.store, told)
    operated = no_operations(told) if operated is None else operated
    return history(with_tombstones(operated, told), told)


def _has_tombstones(old: PublishedFile) -> bool:
    """Return whether a history is in the form of today; an older one tells not why a row went."""
    return old.facts.get("form") == FORM


def _changed_sides(
    vault: VaultReader, told: TableHistory, a: Vintage, b: Vintage
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None] | None:
    """
    Return the rows of either vintage that the other one has not, and what `_ended` does.

    None when the history can't say; the last is None when it is of an older form.
    """
    entries = [vintage.tables[told.table] for vintage in (a, b)]
    both = plain_history(vault, told, a, b)
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


def _unread(vault: VaultReader, table: str, vintage: Vintage) -> pl.DataFrame:
    key, entry = vault.key(table), vintage.tables[table]
    if entry.quarantine is None:
        own = tuple(column for column in entry.schema if column[0] in key)
        return empty_state(own).select(key)
    return load(vault.store, quarantine_name(entry.quarantine)).select(key).drop_nulls()
