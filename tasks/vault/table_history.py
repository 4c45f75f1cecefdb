"""The vintages of one table, in order, and the replay of its working state at any of them.

Promises: exact, and independent of other writers: what a commit names never changes. Replay starts
from the newest base before the vintage.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from tasks.vault.backends.store import Store
from tasks.vault.canonical_frames import Schema, schema_of
from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.objects import Pack, TableArchive, load, load_operations
from tasks.vault.segments import HIDDEN, apply, empty_state, visible

SCOPE_COLUMN = "iso3"
SEQ = "seq"
Entries = Sequence[tuple[str, TableVintage]]
"""Vintages of one table in order: the id of each, and what it did to the table."""


@dataclass(frozen=True, slots=True)
class TableHistory:
    """The vintages of one table, in order, with what each did to it.

    `archive`: returns the table's packs and bases. `before`: the vintage of the table before the
    first of them; None when that is its very first.
    `known_scope`: the countries covered up to `before`; None stands for all.
    """

    table: str
    key: tuple[str, ...]
    vintages: tuple[Vintage, ...]
    archive: Callable[[], TableArchive]
    before: Vintage | None = None
    known_scope: frozenset[str] | None = frozenset()

    def packs(self) -> Sequence[Pack]:
        """Return the packs of the table's segments."""
        return self.archive().packs

    def entries(self) -> Iterator[tuple[int, Vintage, TableVintage]]:
        """Yield position, vintage and what it did to the table."""
        for position, vintage in enumerate(self.vintages):
            yield position, vintage, vintage.tables[self.table]

    def runs(self) -> Iterator[tuple[list[int], list[str]]]:
        """Yield, per run of one schema, the positions of vintages that changed and the segments."""
        numbered = [(position, entry) for position, _, entry in self.entries() if entry.segment]
        for _, run in groupby(numbered, key=lambda pair: pair[1].schema):
            pairs = list(run)
            yield [position for position, _ in pairs], [str(entry.segment) for _, entry in pairs]

    def times(self) -> pl.DataFrame:
        """Return seq, id and as_of of every vintage."""
        return pl.DataFrame(
            {
                SEQ: range(len(self.vintages)),
                "id": [vintage.id for vintage in self.vintages],
                "as_of": [vintage.as_of for vintage in self.vintages],
            },
            schema={SEQ: pl.Int64, "id": pl.String, "as_of": pl.Datetime("us", "UTC")},
        )

    def absences(
        self, figures: Collection[str], *, or_not_compared: bool = False
    ) -> dict[str, list[int]]:
        """Return the positions of the vintages that lack a figure, for those that any lacks.

        `or_not_compared`: of those that do not compare it, too.
        """
        absent: dict[str, list[int]] = {}
        lacking: dict[tuple[Schema, tuple[str, ...]], list[str]] = {}  # few, however many vintages
        for position, _, entry in self.entries():
            skipped = entry.not_compared if or_not_compared else ()
            if (names := lacking.get(mark := (entry.schema, skipped))) is None:
                compared = {*entry.columns}.difference(skipped)
                names = lacking[mark] = [name for name in figures if name not in compared]
            for name in names:
                absent.setdefault(name, []).append(position)
        return absent

    def known_scopes(self) -> list[frozenset[str] | None]:
        """Return the countries covered before and up to each vintage in turn; None for all."""
        scopes = [self.known_scope]
        for vintage in self.vintages:
            scopes.append(widened(scopes[-1], vintage))
        return scopes


def widened(known: frozenset[str] | None, vintage: Vintage) -> frozenset[str] | None:
    """Return the countries covered so far and by one more vintage; None for all."""
    return None if known is None or not vintage.scope else known | set(vintage.scope)


def same_key(key: Sequence[str], step: int) -> pl.Expr:
    """Return whether the row `step` before (in the order of the key) has the same key."""
    return pl.all_horizontal(pl.col(name) == pl.col(name).shift(step) for name in key)


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
    places = {vintage: place for place, (vintage, _) in enumerate(entries)}
    base = next((base for base in reversed(archive.bases) if base.id in places), None)
    if base is not None:
        state, entries = load(store, "base", base.sha256), entries[places[base.id] + 1 :]
    for schema, run in groupby((entry for _, entry in entries), key=lambda entry: entry.schema):
        state = empty_state(schema) if state is None else state
        names = [entry.segment for entry in run if entry.segment]
        if names:
            rows = load_operations(store, names, lambda: archive.packs, position=SEQ)
            state = apply(state, rows.drop(SEQ), key)
    return state


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
