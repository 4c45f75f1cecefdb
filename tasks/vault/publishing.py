"""
Publishing: the plain Parquet files that BI tools open, derived from a commit.

Promises: publishing twice is publishing once; an older writer leaves newer objects alone.

`latest` and `vintages` follow every commit. `history` and `changes` do so while the table is small;
for a large one they wait until the changes they lack are a tenth of their rows, so that an ingest
does not grow with the number of versions. A compaction brings all of them up to date.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import polars as pl

from schemas.errors import LostRace
from schemas.versions import FILE_VERSIONS
from tasks.vault.continuing import continued
from tasks.vault.folds import cells, changes, history, no_operations, operations, vintage_rows
from tasks.vault.manifest import TableVintage, Vintage
from tasks.vault.meanings import CHANGE_COLUMNS, VERSION_COLUMNS, VINTAGE_COLUMNS
from tasks.vault.parquet import Overtaken, Published, chain, meanings_of
from tasks.vault.replay import readable
from tasks.vault.segments import HIDDEN
from tasks.vault.told import Told
from tasks.vault.tombstones import with_tombstones

if TYPE_CHECKING:
    from tasks.vault.vault import Vault

TRIES = 32
SMALL_HISTORY = 20_000
"""Up to so many rows the history follows every commit."""
PENDING_SHARE = 0.1
FORM = "2"
"""Of histories and lists of vintages; one in another form is made anew, not continued."""


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


def _lags(vault: "Vault", table: str, line: "Line") -> bool:
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


def _publish_history(vault: "Vault", table: str, line: "Line", written: list[str]) -> int:
    """Write history and changes; return the rows of the history."""
    old, moved = vault.published(table, "history"), vault.published(table, "changes")
    made = None
    is_pair = all(old.facts.get(name) == moved.facts.get(name) for name in ("chain", "form"))
    if line.facts["plain"] == "1" and is_pair:
        behind = line_behind(vault, table, old.facts)
        if behind.goes_on:
            vintages = tuple(vintage for vintage, _ in behind.news)
            key, archive = vault.key(table), vault.archive(table)
            news = Told(table, key, vintages, archive, before=behind.before)
            made = continued(vault.store, news, old, moved)
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """
    The vintages of a table that a published object lacks.

    `goes_on`: it shows all vintages before `news`, the last of them `before`; else `news` are all
    there are. `facts`: its stamps when it shows these, too: form, id, as_of, upto, chain (over all
    vintages), types (of all columns so far), plain (1 where no row was ever quarantined, no vintage
    spoke for a part only and no column changed its type, so that the history holds all there is to
    know).
    """

    goes_on: bool
    before: Vintage | None
    news: Sequence[tuple[Vintage, TableVintage]]
    facts: dict[str, str]


def line_behind(vault: "Vault", table: str, known: Mapping[str, str]) -> Line:
    """Return what an object with these stamps lacks."""
    head = vault.head
    assert head is not None
    goes_on = int(known.get("gen", 0)) >= head.reshaped and known.get("form") == FORM
    before = None
    if goes_on:
        upto = datetime.fromisoformat(known["upto"])
        there = [v for v in vault.vintages_from(upto) if table in v.tables]
        before = next((v for v in there if v.as_of == upto), None)
        near = [v for v in there if v.as_of > upto]
        known_types: dict[str, str] = json.loads(known["types"])
        start, was_plain = known["chain"], known["plain"] == "1"
    else:
        near, known_types, start, was_plain = vault.vintages(table), {}, "", True
    news = [(vintage, vintage.tables[table]) for vintage in near]
    types = known_types | {name: kind for _, entry in news for name, kind in entry.schema}
    is_plain = was_plain and all(
        entry.covers is None
        and entry.quarantine is None
        and all(types[name] == kind for name, kind in entry.schema)
        for _, entry in news
    )
    is_plain = is_plain and all(types[name] == kind for name, kind in known_types.items())
    last = {"upto": near[-1].as_of.isoformat(), "id": near[-1].id} if near else {}
    facts = {name: known[name] for name in ("upto", "id") if name in known} | last
    facts |= {"chain": chain(news, start), "types": json.dumps(types), "plain": str(int(is_plain))}
    facts |= {"as_of": facts["upto"], "form": FORM}
    return Line(goes_on=goes_on, before=before, news=news, facts=facts)


def _put(  # noqa: PLR0913, PLR0917 (one sentence)
    vault: "Vault",
    table: str,
    there: Published,
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


def covered_by(facts: Mapping[str, str], told: Told) -> set[str]:
    """Return the ids of the vintages that an object shows; none when it shows another line."""
    ids = [vintage.id for vintage in told.vintages]
    if facts.get("id") not in ids:
        return set()
    inside = told.vintages[: ids.index(facts["id"]) + 1]
    link = chain((vintage, vintage.tables[told.table]) for vintage in inside)
    return set(ids[: len(inside)]) if link == facts.get("chain") else set()
