"""Queries over several vintages: differences, row history, versions, cells and quarantined rows.

Promises: exact. `history.parquet` is used when its metadata match this commit, else the segments.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.errors import UnknownName
from tasks.vault.canonical_frames import cast_to
from tasks.vault.incremental_history import FORM
from tasks.vault.manifest import Vintage
from tasks.vault.objects import load
from tasks.vault.revisions import revisions
from tasks.vault.scd2_views import cells, history, operations, operations_from
from tasks.vault.segments import HIDDEN, HIDE, OP, PUT, empty_state
from tasks.vault.states import published_history, stands_at, working_state
from tasks.vault.table_history import SCOPE_COLUMN, SEQ, TableHistory, readable
from tasks.vault.tombstones import GONE, with_observation_counts, with_tombstones
from tasks.vault.vault_reader import VaultReader


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
    places = {v.id: place for place, v in enumerate(table_history.vintages, start=1)}
    for known in (table_history.known_scopes()[places[v.id]] for v in (a, b)):
        if known is not None and SCOPE_COLUMN in key:
            changed = changed.filter(pl.col(SCOPE_COLUMN).is_in(sorted(known)))
    went = changed.filter(kind="withdrawn").select(key).unique().join(after, on=key, how="anti")
    if went.is_empty() or b.as_of <= a.as_of:
        return changed.with_columns(pl.lit(None, pl.String).alias(GONE))
    if ended is None:
        # an older form has no tombstones
        versions = _versions(vault, table_history, [b])
        ended = versions.filter(_ends_between(a, b)).collect()
    # sorted by key and time: the last of each key is the one that went
    classes = ended.select(*key, GONE).unique(subset=key, keep="last")
    classes = classes.join(went, on=key, how="semi")
    return changed.join(classes, on=key, how="left", maintain_order="left")


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
    operated = _operations(vault, table_history)
    if operated.is_empty():
        return pl.DataFrame()
    operated = with_tombstones(operated, table_history)
    for column, value in where.items():
        operated = operated.filter(pl.col(column).cast(pl.String) == value)
    seen = with_observation_counts(operated, table_history)
    dated = seen.join(table_history.times(), on=SEQ, how="left").sort([SEQ, *table_history.key])
    return dated.select("as_of", "id", pl.exclude("as_of", "id", SEQ))


def all_cells(vault: VaultReader, table: str, *, only_numbers: bool = False) -> pl.DataFrame | None:
    """Return every cell that began or changed, vintage by vintage; None before the first.

    `only_numbers`: figures that are numbers, as such, without their exact texts.
    """
    table_history = vault.table_history(table)
    operated = _operations(vault, table_history)
    if operated.is_empty():
        return None
    return cells(operated, table_history, beginnings=True, only_numbers=only_numbers)


def hidden_rows(vault: VaultReader, table: str) -> pl.DataFrame | None:
    """Return the rows that were known and could not be read; None where there never was one.

    Such a row is absent, and one of the rows in quarantine may be it: one whose key could not be
    read. Rows whose own key stands in quarantine are left out.

    Returns:
        seq [the vintage that lacks it first], the key columns, until [the first later vintage that
        has it again, or that has it withdrawn; null while it is hidden], is_back [whether it is
        there again; null while it is hidden].
    """
    table_history = vault.table_history(table)
    if not any(entry.quarantine for _, _, entry in table_history.entries()):
        return None
    key = list(table_history.key)
    found = (
        operations(vault.store, table_history)
        .select(SEQ, OP, *key)
        .sort(*key, SEQ)
        .with_columns(
            pl.col(SEQ).shift(-1).over(key).alias("until"),
            (pl.col(OP).shift(-1).over(key) == PUT).alias("is_back"),
        )
        .filter(pl.col(OP) == HIDE)
        .select(pl.col(SEQ).alias("seq"), *key, "until", "is_back")
    )
    seqs: list[int] = found["seq"].unique().to_list()
    for seq in seqs:
        own = _quarantined_keys(vault, table, table_history.vintages[seq])
        is_there = pl.struct(key).is_in(own.select(pl.struct(key)).to_series().implode())
        found = found.filter((pl.col("seq") != seq) | ~is_there)
    return None if found.is_empty() else found.sort("seq", *key)


def _operations(vault: VaultReader, table_history: TableHistory) -> pl.DataFrame:
    """Return every operation on a table, from the published history where exact."""
    known = published_history(vault, table_history, table_history.vintages, form=FORM, plain="1")
    if known is None:
        return operations(vault.store, table_history)
    return operations_from(known.collect(), table_history)


def all_versions(vault: VaultReader, table: str) -> pl.LazyFrame:
    """Return every version of every row, see `history`, from the published one where exact."""
    table_history = vault.table_history(table)
    return _versions(vault, table_history, table_history.vintages)


def _versions(
    vault: VaultReader, table_history: TableHistory, wanted: Sequence[Vintage]
) -> pl.LazyFrame:
    """Return the versions of every row, at least those up to the wanted vintages."""
    known = published_history(vault, table_history, wanted, form=FORM)
    if known is not None:
        return known
    operated = with_tombstones(operations(vault.store, table_history), table_history)
    return history(operated, table_history).lazy()


def _changed_sides(
    vault: VaultReader, table_history: TableHistory, a: Vintage, b: Vintage
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None] | None:
    """Return the rows of either vintage that the other one has not, and the versions that ended.

    None when the history can't say; the last is None when it is of an older form.
    """
    entries = [vintage.tables[table_history.table] for vintage in (a, b)]
    both = published_history(vault, table_history, [a, b], plain="1")
    if both is None or any(entry.covers is not None for entry in entries):
        return None
    has_tombstones = GONE in both.collect_schema()
    went = _ends_between(a, b) if has_tombstones else pl.lit(value=False)
    rows = both.filter((stands_at(a) != stands_at(b)) | went).collect()
    before = cast_to(rows.filter(stands_at(a)), entries[0].schema)
    after = cast_to(rows.filter(stands_at(b)), entries[1].schema)
    return before, after, rows.filter(went) if has_tombstones else None


def _quarantined_keys(vault: VaultReader, table: str, vintage: Vintage) -> pl.DataFrame:
    key, entry = vault.key(table), vintage.tables[table]
    if entry.quarantine is None:
        own = tuple(column for column in entry.schema if column[0] in key)
        return empty_state(own).select(key)
    return load(vault.store, "quarantine", entry.quarantine).select(key).drop_nulls()
