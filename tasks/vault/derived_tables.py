"""
Publishing: the plain Parquet files that BI tools open, derived from a commit.

Promises: publishing twice is publishing once; an older writer leaves newer objects alone.

`latest` and `vintages` follow every commit. `history` and `changes` do so while the table is small;
for a large one they wait until the changes they lack are a tenth of their rows, so that an ingest
does not grow with the number of versions. A compaction brings all of them up to date.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import LostRace
from schemas.versions import FILE_VERSIONS
from tasks.vault.column_descriptions import CHANGE_COLUMNS, VERSION_COLUMNS, VINTAGE_COLUMNS
from tasks.vault.incremental_history import continued
from tasks.vault.incremental_state import Line, line_behind
from tasks.vault.parquet_metadata import Overtaken, PublishedFile, meanings_of
from tasks.vault.scd2_views import cells, changes, history, no_operations, operations, vintage_rows
from tasks.vault.segments import HIDDEN
from tasks.vault.tombstones import with_tombstones
from tasks.vault.working_states import readable

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

TRIES = 32
SMALL_HISTORY = 20_000
"""Up to so many rows the history follows every commit."""
PENDING_SHARE = 0.1


def publish(vault: "Vault", *, everything: bool) -> list[str]:
    """
    Bring the derived objects of a source up to its commit; return the names written.

    `everything`: the histories of large tables, too. Raises LostRace.
    """
    written: list[str] = []
    for table in vault.tables():
        if vault.newest(table) is None:
            continue
        for _ in range(TRIES):
            try:
                _publish_table(vault, table, written, everything=everything)
                break
            except Overtaken:
                vault.seen.clear()
        else:
            raise LostRace(f"{vault.store.uri}/{table}", TRIES)
    return written


def _publish_table(vault: "Vault", table: str, written: list[str], *, everything: bool) -> None:
    _publish_latest(vault, table, written)
    listed = vault.published(table, "vintages")
    line = line_behind(vault, table, listed.facts)
    pending, rows = (int(listed.facts.get(name, 0)) for name in ("pending", "history_rows"))
    if line.goes_on and not line.news and not (everything and _lags(vault, table, line)):
        return
    # one at least: a row that is hidden moves nothing, and an unchanged vintage is news, too
    pending += sum(max(entry.moved, 1) for _, entry in line.news)
    is_small = rows <= SMALL_HISTORY or pending >= rows * PENDING_SHARE
    if everything or not line.goes_on or is_small:
        rows, pending = _publish_history(vault, table, line, written), 0
    frame = vintage_rows(line.news)
    if line.goes_on:
        frame = pl.concat([listed.frame(), frame])
    facts = line.facts | {"pending": str(pending), "history_rows": str(rows)}
    _put(vault, table, listed, frame, facts, VINTAGE_COLUMNS, written)


def _lags(vault: "Vault", table: str, line: Line) -> bool:
    """Return whether history or changes are missing, or lack vintages."""
    kinds = "history", "changes"
    return any(vault.published(table, k).facts.get("chain") != line.facts["chain"] for k in kinds)


def _publish_latest(vault: "Vault", table: str, written: list[str]) -> None:
    there, shown = vault.published(table, "latest"), vault.shown(table)
    entry = shown.tables[table]
    if (there.facts.get("id"), there.facts.get("state")) == (shown.id, entry.state):
        return
    newest = vault.newest(table)
    is_newest = newest is not None and newest.id == shown.id
    state = vault.newest_state(table) if is_newest else vault.working_state(table, shown)
    frame = readable(state, entry)
    is_whole = frame.width == state.width - 1 and not state[HIDDEN].any()
    facts = {
        "id": shown.id,
        "as_of": shown.as_of.isoformat(),
        "state": entry.state,
        "whole": str(int(is_whole)),
    }
    _put(vault, table, there, frame, facts, {}, written)


def _publish_history(vault: "Vault", table: str, line: Line, written: list[str]) -> int:
    """Write history and changes; return the rows of the history."""
    old, moved = vault.published(table, "history"), vault.published(table, "changes")
    made = None
    is_pair = all(old.facts.get(name) == moved.facts.get(name) for name in ("chain", "form"))
    if line.facts["steady"] == "1" and is_pair:
        behind = line_behind(vault, table, old.facts)
        if behind.goes_on and not behind.reaches_back():
            made = continued(vault.store, behind.told(vault, table), old, moved)
    if made is None:
        told = vault.told(table)
        operated = operations(vault.store, told)
        if operated is None:
            operated = no_operations(told)
        operated = with_tombstones(operated, told)
        found = cells(operated, told, beginnings=False)
        made = history(operated, told), changes(found, told)
    _put(vault, table, old, made[0], line.facts, VERSION_COLUMNS, written)
    _put(vault, table, moved, made[1], line.facts, CHANGE_COLUMNS, written)
    return made[0].height


def _put(  # noqa: PLR0913, PLR0917 (one sentence)
    vault: "Vault",
    table: str,
    there: PublishedFile,
    frame: pl.DataFrame,
    facts: Mapping[str, str],
    meanings: Mapping[str, str],
    written: list[str],
) -> None:
    assert vault.head is not None
    info = vault.head.tables[table]
    stamped = {
        "dataset": f"{vault.source}.{table}",
        "key": ",".join(info.key),
        "gen": str(vault.head.number),
        "columns": meanings_of(frame, info.descriptions, meanings),
        "version": str(info.version),
        **_layout(there.name),
        **facts,
    }
    if there.replace(vault.store, frame, stamped):
        vault.seen.pop(there.name, None)  # what was read of it meanwhile is the one before
        written.append(there.name)


def _layout(name: str) -> dict[str, str]:
    """Return the stamp for the version of the columns that an object adds to those of its table."""
    kind = PurePosixPath(name).stem
    return {"layout": str(FILE_VERSIONS[kind])} if kind in FILE_VERSIONS else {}
