"""Builders of the plain Parquet files of one table, each from the one that is there already."""

import json
from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from tasks.vault.incremental_history import (
    SMALL_HISTORY,
    MissingVintages,
    continued,
    missing_vintages,
)
from tasks.vault.parquet_metadata import (
    OWN_COLUMNS,
    FileBuilder,
    FrameWithMetadata,
    PublishedFile,
    descriptions_json,
    emptied,
    update_file,
)
from tasks.vault.published_columns import (
    CHANGE_COLUMNS,
    VERSION_COLUMNS,
    VINTAGE_COLUMNS,
    vintage_rows,
)
from tasks.vault.reader_columns import READER_COLUMNS, declared_columns, for_readers, layout_of
from tasks.vault.scd2_views import cells, changes, history, operations
from tasks.vault.segments import HIDDEN
from tasks.vault.states import newest_state, working_state
from tasks.vault.table_history import readable
from tasks.vault.tombstones import with_tombstones
from tasks.vault.vault_reader import VaultReader

PENDING_SHARE = 0.1
SMALL_CHANGES = 50_000
"""Up to so many changed cells `changes` follows every commit; a wide table has more than rows."""
SIZES = ("history_rows", "change_rows")
"""Metadata of `vintages`: the rows of history and changes as they were written last."""


def is_small(listed: Mapping[str, str]) -> bool:
    """Return whether the histories of a table follow every commit.

    `listed`: the metadata of its list of vintages.
    """
    rows, changes = (int(listed.get(name, 0)) for name in SIZES)
    return rows <= SMALL_HISTORY and changes <= SMALL_CHANGES


class TablePublisher:
    """Builds the derived objects of one table; the names of those written go to `written`."""

    def __init__(
        self, vault: VaultReader, table: str, *, everything: bool, written: list[str]
    ) -> None:
        self._vault, self._table = vault, table
        self._everything, self._written = everything, written

    def update(self, kind: str, build: FileBuilder) -> None:
        """Update an object; what the vault has read of it is used once, never after a write."""
        name = f"{self._table}/{kind}.parquet"
        if update_file(self._vault.store, name, build, seen=self._vault.taken_blob(name)):
            self._vault.taken_blob(name)
            self._written.append(name)

    def nothing(self, there: PublishedFile) -> FrameWithMetadata | None:
        """Return an object without rows; None where it has none."""
        assert self._vault.head is not None
        return emptied(there, self._vault.head.number)

    def latest(self, there: PublishedFile) -> FrameWithMetadata | None:
        """Return the rows of the newest vintage that is not held; None where `there` has them."""
        vault, table = self._vault, self._table
        shown, newest = vault.shown(table), vault.newest(table)
        entry = shown.tables[table]
        is_right = (there.metadata.get("id"), there.metadata.get("state")) == (
            shown.id,
            entry.state,
        )
        if is_right and self._has_layout("latest", there):
            return None
        is_newest = newest is not None and newest.id == shown.id
        state = newest_state(vault, table) if is_newest else working_state(vault, table, shown)
        frame = readable(state, entry)
        is_whole = frame.width == state.width - 1 and not state[HIDDEN].any()
        metadata = {
            "id": shown.id,
            "as_of": shown.as_of.isoformat(),
            "state": entry.state,
            "whole": str(int(is_whole)),
        }
        return self._with_metadata("latest", frame, metadata)

    def vintages(self, listed: PublishedFile) -> FrameWithMetadata | None:
        """Return the list of vintages; bring history and changes up where it is time."""
        missing = missing_vintages(self._vault, self._table, listed.metadata)
        pending, *sizes = (int(listed.metadata.get(name, 0)) for name in ("pending", *SIZES))
        is_laid_out = self._has_layout("vintages", listed)
        if missing.continues and not missing.vintages and is_laid_out:
            kinds = ("history", "changes") if self._everything else ()
            shown = [
                self._vault.published(self._table, kind).metadata.get("chain") for kind in kinds
            ]
            if all(chain == missing.metadata["chain"] for chain in shown):
                self._vault.store.forget(f"{self._table}/")  # another run has written the files
                return None
        # one at least: a row that is hidden moves nothing, and an unchanged vintage is news, too
        pending += sum(max(entry.moved, 1) for _, entry in missing.vintages)
        is_due = is_small(listed.metadata) or pending >= sizes[0] * PENDING_SHARE
        if self._everything or not missing.continues or is_due or not is_laid_out:
            sizes, pending = self._publish_histories(missing), 0
        frame = vintage_rows(missing.vintages)
        if missing.continues:
            frame = pl.concat([listed.frame(), frame])
        known = dict(zip(("pending", *SIZES), map(str, (pending, *sizes)), strict=True))
        metadata = missing.metadata | known
        return self._with_metadata("vintages", frame, metadata, VINTAGE_COLUMNS)

    def _publish_histories(self, missing: MissingVintages) -> list[int]:
        """Write history, then changes; return the rows of both."""
        sizes = [0, 0]

        def changes_file(moved: PublishedFile) -> FrameWithMetadata:
            moves = pl.DataFrame()

            def history_file(old: PublishedFile) -> FrameWithMetadata:
                nonlocal moves
                versions, moves = self._history_and_changes(missing, old, moved)
                sizes[:] = versions.height, moves.height
                return self._with_metadata("history", versions, missing.metadata, VERSION_COLUMNS)

            self.update("history", history_file)
            return self._with_metadata("changes", moves, missing.metadata, CHANGE_COLUMNS)

        self.update("changes", changes_file)
        return sizes

    def _history_and_changes(
        self, missing: MissingVintages, old: PublishedFile, moved: PublishedFile
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return history and changes, continued from those published where that is exact."""
        vault, table = self._vault, self._table
        is_pair = all(old.metadata.get(n) == moved.metadata.get(n) for n in ("chain", "form"))
        if missing.metadata["steady"] == "1" and is_pair:
            news = missing_vintages(vault, table, old.metadata)
            if news.continues and not news.reaches_back():
                made = continued(vault.store, news.table_history(vault, table), old, moved)
                if made is not None:
                    return made
        table_history = vault.table_history(table)
        operated = with_tombstones(operations(vault.store, table_history), table_history)
        changed = cells(operated, table_history, beginnings=False)
        return history(operated, table_history), changes(changed, table_history)

    def _with_metadata(
        self,
        kind: str,
        frame: pl.DataFrame,
        metadata: Mapping[str, str],
        descriptions: Mapping[str, str] = MappingProxyType({}),
    ) -> FrameWithMetadata:
        assert self._vault.head is not None
        info, source = self._vault.head.tables[self._table], self._vault.source
        declared = declared_columns(self._table, info.key)
        shown = for_readers(
            kind, frame, source=source, declared=declared, as_of=metadata.get("as_of", "")
        )
        of_table = {name: column.description for name, column in declared.items()}
        known = (READER_COLUMNS, of_table, info.descriptions, descriptions)
        common = {
            "dataset": f"{source}.{self._table}",
            "key": ",".join(info.key),
            "gen": str(self._vault.head.number),
            "columns": descriptions_json(shown, *known),
            "version": str(info.version),
            OWN_COLUMNS: json.dumps(frame.columns),
        }
        return shown, {**common, **layout_of(kind, self._table), **metadata}

    def _has_layout(self, kind: str, there: PublishedFile) -> bool:
        """Return whether a file has the columns that readers find in it today."""
        return layout_of(kind, self._table).items() <= there.metadata.items()
