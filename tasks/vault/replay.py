"""
Replay: the working state of a table at any vintage, from the segments a commit names.

Promises: exact, and independent of what other writers do meanwhile, because a commit and the
objects it names never change.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

import polars as pl

from schemas.errors import Damaged
from tasks.vault.manifest import TableVintage
from tasks.vault.segments import HIDDEN, apply, decode, empty_state, visible
from tasks.vault.states import schema_of
from tasks.vault.store import Store


def load(store: Store, name: str) -> pl.DataFrame:
    """Return the frame in a vault object. Raises Damaged when it is gone or unreadable."""
    where = f"{store.uri}/{name}"
    blob = store.get(name)
    if blob is None:
        raise Damaged(where, "no object", "a Parquet object that a commit names")
    try:
        return decode(blob.body)
    except pl.exceptions.PolarsError as error:
        raise Damaged(where, str(error), "a Parquet object") from error


def segment_name(sha256: str) -> str:
    """Return the object name of a segment."""
    return f"_vault/seg/{sha256}.parquet"


def quarantine_name(sha256: str) -> str:
    """Return the object name of the quarantined rows of one vintage and table."""
    return f"_vault/quarantine/{sha256}.parquet"


def replayed(
    store: Store,
    state: pl.DataFrame | None,
    entries: Iterable[TableVintage],
    key: Sequence[str],
) -> pl.DataFrame | None:
    """
    Return the working state after further vintages of a table, in order.

    Args:
        store: The source's folder.
        state: The working state before them; None before the first vintage.
        entries: What each vintage did to the table.
        key: The table's key columns.

    Returns:
        The columns of the table plus `_hidden`, sorted by key; None when there is no vintage.
    """
    for schema, run in groupby(entries, key=lambda entry: entry.schema):
        state = empty_state(schema) if state is None else state
        names = [entry.segment for entry in run if entry.segment]
        if names:
            state = apply(state, [load(store, segment_name(name)) for name in names], key)
    return state


def readable(state: pl.DataFrame, entry: TableVintage) -> pl.DataFrame:
    """
    Return what a reader gets of a working state at a vintage.

    The vintage's own columns in its types; where it speaks for a part only, columns that other
    parts have follow.
    """
    if entry.covers is None:
        return visible(state, entry.schema)
    own = {*entry.columns, HIDDEN}
    others = tuple(column for column in schema_of(state) if column[0] not in own)
    return visible(state, entry.schema + others)
