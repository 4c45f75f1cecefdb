"""The plain Parquet files that BI tools open, derived from a commit.

Promises: publishing twice is publishing once; an older writer leaves newer objects alone.

`latest` and `vintages` follow every commit. `history` and `changes` do so while the table is small;
for a large one they wait until the changes they lack are a tenth of their rows, so that an ingest
does not grow with the number of versions. A compaction brings all of them up to date.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import PurePosixPath
from types import MappingProxyType

import polars as pl

from schemas.versions import FILE_VERSIONS
from tasks.vault.incremental_history import (
    SMALL_HISTORY,
    MissingVintages,
    continued,
    missing_vintages,
)
from tasks.vault.parquet_metadata import (
    FileBuilder,
    FrameWithMetadata,
    PublishedFile,
    descriptions_json,
    update_file,
)
from tasks.vault.published_columns import (
    CHANGE_COLUMNS,
    VERSION_COLUMNS,
    VINTAGE_COLUMNS,
    vintage_rows,
)
from tasks.vault.scd2_views import cells, changes, history, no_operations, operations
from tasks.vault.segments import HIDDEN
from tasks.vault.states import newest_state, working_state
from tasks.vault.table_history import readable
from tasks.vault.tombstones import with_tombstones
from tasks.vault.vault_reader import VaultReader

PENDING_SHARE = 0.1


def publish_tables(vault: VaultReader, *, everything: bool = False) -> list[str]:
    """Bring the derived objects of a source up to its commit; return the names written.

    `everything`: the histories of large tables, too. Raises LostRace.
    """
    written: list[str] = []
    for table in vault.tables():
        if vault.newest(table) is not None:
            build = partial(_latest, vault, table)
            _update(vault, f"{table}/latest.parquet", build, written)
            build = partial(_vintages, vault, table, written=written, everything=everything)
            _update(vault, f"{table}/vintages.parquet", build, written)
    return written


def _update(vault: VaultReader, name: str, build: FileBuilder, written: list[str]) -> None:
    """Update an object; what the vault has read of it is used once, and never after a write."""
    if update_file(vault.store, name, build, seen=vault.taken_blob(name)):
        vault.taken_blob(name)
        written.append(name)


def _latest(vault: VaultReader, table: str, there: PublishedFile) -> FrameWithMetadata | None:
    """Return the rows of the newest vintage that is not held; None where `there` has them."""
    shown = vault.shown(table)
    entry = shown.tables[table]
    if (there.metadata.get("id"), there.metadata.get("state")) == (shown.id, entry.state):
        return None
    newest = vault.newest(table)
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
    return _with_metadata(vault, table, there.name, frame, metadata)


def _vintages(
    vault: VaultReader, table: str, listed: PublishedFile, *, written: list[str], everything: bool
) -> FrameWithMetadata | None:
    """Return the list of vintages, after history and changes were brought up where it is time."""
    missing = missing_vintages(vault, table, listed.metadata)
    pending, rows = (int(listed.metadata.get(name, 0)) for name in ("pending", "history_rows"))
    if (
        missing.continues
        and not missing.vintages
        and not (everything and _lags(vault, table, missing))
    ):
        return None
    # one at least: a row that is hidden moves nothing, and an unchanged vintage is news, too
    pending += sum(max(entry.moved, 1) for _, entry in missing.vintages)
    is_small = rows <= SMALL_HISTORY or pending >= rows * PENDING_SHARE
    if everything or not missing.continues or is_small:
        rows, pending = _publish_history(vault, table, missing, written), 0
    frame = vintage_rows(missing.vintages)
    if missing.continues:
        frame = pl.concat([listed.frame(), frame])
    metadata = missing.metadata | {"pending": str(pending), "history_rows": str(rows)}
    return _with_metadata(vault, table, listed.name, frame, metadata, VINTAGE_COLUMNS)


def _lags(vault: VaultReader, table: str, missing: MissingVintages) -> bool:
    """Return whether history or changes are missing, or lack vintages."""
    kinds = "history", "changes"
    return any(
        vault.published(table, k).metadata.get("chain") != missing.metadata["chain"] for k in kinds
    )


def _publish_history(
    vault: VaultReader, table: str, missing: MissingVintages, written: list[str]
) -> int:
    """Write history, then changes; return the rows of the history."""
    rows = 0

    def changes_file(moved: PublishedFile) -> FrameWithMetadata:
        moves = pl.DataFrame()

        def history_file(old: PublishedFile) -> FrameWithMetadata:
            nonlocal moves, rows
            versions, moves = _history_and_changes(vault, table, missing, old, moved)
            rows = versions.height
            return _with_metadata(
                vault, table, old.name, versions, missing.metadata, VERSION_COLUMNS
            )

        _update(vault, f"{table}/history.parquet", history_file, written)
        return _with_metadata(vault, table, moved.name, moves, missing.metadata, CHANGE_COLUMNS)

    _update(vault, f"{table}/changes.parquet", changes_file, written)
    return rows


def _history_and_changes(
    vault: VaultReader,
    table: str,
    missing: MissingVintages,
    old: PublishedFile,
    moved: PublishedFile,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return history and changes, continued from those published where that is exact."""
    is_pair = all(old.metadata.get(name) == moved.metadata.get(name) for name in ("chain", "form"))
    if missing.metadata["steady"] == "1" and is_pair:
        missing_there = missing_vintages(vault, table, old.metadata)
        if missing_there.continues and not missing_there.reaches_back():
            made = continued(vault.store, missing_there.table_history(vault, table), old, moved)
            if made is not None:
                return made
    table_history = vault.table_history(table)
    operated = operations(vault.store, table_history)
    operated = with_tombstones(
        no_operations(table_history) if operated is None else operated, table_history
    )
    return history(operated, table_history), changes(
        cells(operated, table_history, beginnings=False), table_history
    )


def _with_metadata(
    vault: VaultReader,
    table: str,
    name: str,
    frame: pl.DataFrame,
    metadata: Mapping[str, str],
    descriptions: Mapping[str, str] = MappingProxyType({}),
) -> FrameWithMetadata:
    """Return a frame with its Parquet metadata: the common names, its layout and `metadata`."""
    assert vault.head is not None
    info = vault.head.tables[table]
    kind = PurePosixPath(name).stem
    layout = {"layout": str(FILE_VERSIONS[kind])} if kind in FILE_VERSIONS else {}
    common = {
        "dataset": f"{vault.source}.{table}",
        "key": ",".join(info.key),
        "gen": str(vault.head.number),
        "columns": descriptions_json(frame, info.descriptions, descriptions),
        "version": str(info.version),
    }
    return frame, {**common, **layout, **metadata}
