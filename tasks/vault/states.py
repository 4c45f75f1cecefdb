"""The state of a table at a vintage, as readers see it and as writers continue it.

Promises: exact. Published objects are read when their metadata match this commit; else segments.
"""

import io
from collections.abc import Iterable
from datetime import datetime

import polars as pl

from tasks.vault.canonical_frames import cast_to, state_hash
from tasks.vault.incremental_history import FORM, SMALL_HISTORY, covered_by, is_known
from tasks.vault.manifest import Vintage
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.segments import HIDDEN
from tasks.vault.table_history import TableHistory, readable, replayed
from tasks.vault.tombstones import GONE
from tasks.vault.vault_reader import VaultReader


def state_of(vault: VaultReader, table: str, vintage: Vintage) -> pl.DataFrame:
    """Return the rows of a table at a vintage that has it, sorted by key."""
    newest = vault.newest(table)
    if newest is None or newest.id != vintage.id:
        return past_state(vault, table, vintage)
    state = vault.newest_states.get(table)
    if state is not None:
        return readable(state, vintage.tables[table])
    # the metadata name the state, and `verify_vault` compares the rows with it
    latest = _latest_of(vault, table, vintage)
    return latest.frame() if latest else past_state(vault, table, vintage)


def past_state(vault: VaultReader, table: str, vintage: Vintage) -> pl.DataFrame:
    """Return the rows of a table at a vintage without `latest.parquet`, sorted by key."""
    entry = vintage.tables[table]
    history = published_history(vault, vault.table_history(table), [vintage], plain="1")
    if history is None or entry.covers is not None:
        return readable(working_state(vault, table, vintage), entry)
    return cast_to(history.filter(stands_at(vintage)).collect(), entry.schema)


def stands_at(vintage: Vintage) -> pl.Expr:
    """Return the condition that a version of a row stands at a vintage."""
    at = pl.lit(vintage.as_of, pl.Datetime("us", "UTC"))
    is_open = pl.col("valid_to").is_null() | (pl.col("valid_to") > at)
    return (pl.col("valid_from") <= at) & is_open


def published_history(
    vault: VaultReader, history: TableHistory, wanted: Iterable[Vintage], **marks: str
) -> pl.LazyFrame | None:
    """Return `history.parquet` when it covers the wanted vintages, else None.

    `marks`: what its metadata must say, for instance plain="1": no row was ever hidden and no
    column changed its type, so that the history has all rows.
    """
    there = vault.published(history.table, "history")
    if there.blob is None or not marks.items() <= there.metadata.items():
        return None
    if not {vintage.id for vintage in wanted} <= covered_by(there.metadata, history):
        return None
    rows = pl.scan_parquet(io.BytesIO(there.blob.body))
    return rows.select(there.own) if there.own else rows


def working_state(vault: VaultReader, table: str, vintage: Vintage) -> pl.DataFrame:
    """Return all rows known of a table at a vintage that has it, hidden ones included."""
    history = vault.table_history(table)
    entries = [(v.id, entry) for _, v, entry in history.entries() if v.as_of <= vintage.as_of]
    state = replayed(vault.store, None, entries, history.key, archive=history.archive())
    assert state is not None
    return state


def newest_state(vault: VaultReader, table: str) -> pl.DataFrame:
    """Return the working state after the newest vintage, from published objects where exact."""
    state = vault.newest_states.get(table)
    if state is None:
        newest = vault.newest(table)
        assert newest is not None
        state = _published_state(vault, table, newest)
        state = working_state(vault, table, newest) if state is None else state
        vault.newest_states[table] = state
    return state


def _published_state(vault: VaultReader, table: str, vintage: Vintage) -> pl.DataFrame | None:
    """Return the newest vintage's working state from published objects; None where they lack it.

    The hash proves the visible rows. Hidden rows and columns that the vintage lacks were right when
    they were written; a vintage that was inserted since may have changed them.
    """
    assert vault.head is not None
    latest, entry = _latest_of(vault, table, vintage), vintage.tables[table]
    if latest is None or latest.gen < vault.head.reshaped:
        return None
    if latest.metadata.get("whole") == "1":
        state = latest.frame().with_columns(pl.lit(value=False).alias(HIDDEN))
    elif entry.rows <= SMALL_HISTORY:
        state = _last_versions(vault, table, vintage)
    else:
        state = None
    if state is None or state_hash(readable(state, entry)) != entry.state:
        return None
    return state


def _last_versions(vault: VaultReader, table: str, vintage: Vintage) -> pl.DataFrame | None:
    """Return the working state at the end of the history, and after the vintages that it lacks."""
    assert vault.head is not None
    history = vault.published(table, "history", keep=True)
    if history.blob is None or history.gen < vault.head.reshaped:
        return None
    if history.metadata.get("form") != FORM or history.metadata["steady"] != "1":
        return None
    known = history.frame().filter(is_known(vault.key(table)))
    is_hidden = pl.col("valid_to").is_not_null().alias(HIDDEN)
    state = known.select(pl.exclude("valid_from", "valid_to", GONE), is_hidden)
    if history.metadata["id"] == vintage.id:
        return state
    upto = datetime.fromisoformat(history.metadata["upto"])
    later = [one for one in vault.vintages_from(upto) if table in one.tables and one.as_of > upto]
    entries = [(one.id, one.tables[table]) for one in later]
    return replayed(vault.store, state, entries, vault.key(table), archive=vault.archive(table))


def _latest_of(vault: VaultReader, table: str, vintage: Vintage) -> PublishedFile | None:
    latest = vault.published(table, "latest", keep=True)
    shown = latest.metadata.get("id"), latest.metadata.get("state")
    return latest if shown == (vintage.id, vintage.tables[table].state) else None
