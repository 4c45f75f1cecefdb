"""
Newest: the newest vintage's rows and working state, from what is published.

Promises: exact or nothing; the cost is that of the files read, however many vintages there are.
"""

from typing import TYPE_CHECKING

import polars as pl

from tasks.vault.canonical_frames import state_hash
from tasks.vault.derived_tables import SMALL_HISTORY
from tasks.vault.incremental_history import is_known
from tasks.vault.incremental_state import FORM
from tasks.vault.manifest import Vintage
from tasks.vault.parquet_metadata import PublishedFile
from tasks.vault.segments import HIDDEN
from tasks.vault.tombstones import GONE
from tasks.vault.working_states import readable

if TYPE_CHECKING:
    from tasks.vault.vault import Vault


def published_state(vault: "Vault", table: str, vintage: Vintage) -> pl.DataFrame | None:
    """
    Return the newest vintage's working state from what is published; None where it can't be.

    For writers: that the rows are those of the state is proved by their hash. What is behind them,
    hidden rows and columns that the vintage has not, was true when it was written; a vintage that
    was inserted since may have brought other such.
    """
    assert vault.head is not None
    latest, entry = _latest_of(vault, table, vintage), vintage.tables[table]
    if latest is None or latest.gen < vault.head.reshaped:
        return None
    if latest.facts.get("whole") == "1":
        state = latest.frame().with_columns(pl.lit(value=False).alias(HIDDEN))
    elif entry.rows <= SMALL_HISTORY:
        state = _last_versions(vault, table, vintage)
    else:
        state = None
    if state is None or state_hash(readable(state, entry)) != entry.state:
        return None
    return state


def _last_versions(vault: "Vault", table: str, vintage: Vintage) -> pl.DataFrame | None:
    """Return the working state that the history ends with, where it does so with this vintage."""
    assert vault.head is not None
    old = vault.published(table, "history")
    if old.blob is None:
        return None
    vault.seen[old.name] = old.blob
    is_newest = (old.facts.get("form"), old.facts.get("id")) == (FORM, vintage.id)
    if not is_newest or old.gen < vault.head.reshaped or old.facts["steady"] != "1":
        return None
    known = old.frame().filter(is_known(vault.key(table)))
    is_hidden = pl.col("valid_to").is_not_null().alias(HIDDEN)
    return known.select(pl.exclude("valid_from", "valid_to", GONE), is_hidden)


def newest_rows(vault: "Vault", table: str, vintage: Vintage) -> pl.DataFrame | None:
    """
    Return the newest vintage's rows from `latest`; None when that shows another.

    For readers: its stamps say which state it shows, and `verify` holds its rows against them.
    """
    latest = _latest_of(vault, table, vintage)
    return latest.frame() if latest else None


def _latest_of(vault: "Vault", table: str, vintage: Vintage) -> PublishedFile | None:
    latest = vault.published(table, "latest")
    if latest.blob is None:
        return None
    vault.seen[latest.name] = latest.blob
    shown = latest.facts.get("id"), latest.facts.get("state")
    return latest if shown == (vintage.id, vintage.tables[table].state) else None
