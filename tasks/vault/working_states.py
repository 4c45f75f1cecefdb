"""Replay the working state of a table at any vintage from the objects that a commit names.

Promises: exact, and independent of what other writers do meanwhile, because a commit and the
objects it names never change. The work is bounded: it starts from the newest base before it.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import polars as pl

from tasks.vault.backends.store import Store
from tasks.vault.canonical_frames import schema_of
from tasks.vault.manifest import TableVintage
from tasks.vault.objects import TableArchive, load, load_operations
from tasks.vault.segments import HIDDEN, apply, empty_state, visible

POSITION = "_position"
Entries = Sequence[tuple[str, TableVintage]]
"""Vintages of one table in order: the id of each, and what it did to the table."""


def replayed(
    store: Store,
    state: pl.DataFrame | None,
    entries: Entries,
    key: Sequence[str],
    *,
    archive: TableArchive,
) -> pl.DataFrame | None:
    """Return the working state after further vintages of a table, in order.

    Args:
        store: The source's folder.
        state: The working state before them; None before the first vintage.
        entries: The vintages.
        key: The table's key columns.
        archive: The table's packs and bases.

    Returns:
        The columns of the table plus `_hidden`, sorted by key; None when there is no vintage.
    """
    state, entries = _from_base(store, state, entries, archive)
    for schema, run in groupby((entry for _, entry in entries), key=lambda entry: entry.schema):
        state = empty_state(schema) if state is None else state
        names = [entry.segment for entry in run if entry.segment]
        if names:
            rows = load_operations(store, names, archive.packs, position=POSITION)
            state = apply(state, rows.drop(POSITION), key)
    return state


def _from_base(
    store: Store, state: pl.DataFrame | None, entries: Entries, archive: TableArchive
) -> tuple[pl.DataFrame | None, Entries]:
    """Return the newest base among the vintages, if any, and the vintages after it."""
    if archive.bases:
        places = {vintage: place for place, (vintage, _) in enumerate(entries)}
        for base in reversed(archive.bases):
            if base.id in places:
                state = load(store, "base", base.sha256)
                return state, entries[places[base.id] + 1 :]
    return state, entries


def readable(state: pl.DataFrame, entry: TableVintage) -> pl.DataFrame:
    """Return what a reader gets of a working state at a vintage.

    The vintage's own columns in its types; where it covers a part only, the columns of other
    parts follow.
    """
    if entry.covers is None:
        return visible(state, entry.schema)
    own = {*entry.columns, HIDDEN}
    others = tuple(column for column in schema_of(state) if column[0] not in own)
    return visible(state, entry.schema + others)


def runs(entries: Entries) -> Iterator[tuple[list[int], list[str]]]:
    """Yield, per run of one schema, the places of the vintages that changed and their segments."""
    numbered = [(place, entry) for place, (_, entry) in enumerate(entries) if entry.segment]
    for _, run in groupby(numbered, key=lambda pair: pair[1].schema):
        pairs = list(run)
        yield [place for place, _ in pairs], [str(entry.segment) for _, entry in pairs]
