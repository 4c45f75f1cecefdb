"""
Contract: a snapshot is held to the shape of the last good one before it.

Promises: nothing is written but guesses. Bytes of that one are read again only where the parser is
newer than its shape, or where a column is gone while another is new, so that a rename can be
guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from schemas.errors import Permanent, SourceFrozen, WrongUse
from schemas.records import Fetched
from schemas.source import Source
from schemas.tables import dtypes_of, key_of
from tasks.raw.archive import archived_body, archived_snapshot
from tasks.schema_drift.contract_breaches import Breach, breaches, expected_words, seen_words
from tasks.schema_drift.declared_columns import (
    blanks_of,
    columns_from,
    columns_read,
    read_as,
    settled,
)
from tasks.schema_drift.rename_guesses import Guess, guesses
from tasks.schema_drift.schema_log import note_guesses, schema_log_of
from tasks.schema_drift.source_schema import SourceSchema, source_schema_of
from tasks.vault.backends.store import Store

Parsed = Mapping[str, pl.DataFrame]
RENAMED: Final = "Add its name to From(…)"
REWORDED: Final = "Add what means 'not published' to blanks=(…) of its From(…)"
"""What a person does where a column is gone, and where one holds something else."""
PROPOSED = 3
"""Renames of one snapshot that are proposed, the likeliest first."""
KINDS: Final[Mapping[pl.DataType, str]] = {
    pl.Int64(): "number",
    pl.Float64(): "number",
    pl.Date(): "day",
}
"""The kind of cells from which a canonical column of a type is read; a text has none."""


def snapshot_schema(source: Source, contents: Mapping[str, bytes], parsed: Parsed) -> SourceSchema:
    """Return the shape of a snapshot of a source; see `source_schema_of`."""
    return source_schema_of(
        contents,
        parsed,
        parser_version=source.parser_version,
        blanks=blanks_of(source),
        wanted=wanted_of(source),
    )


def wanted_of(source: Source) -> dict[str, dict[str, str]]:
    """
    Return, by table and publisher's column, the kind of the figures or days that are read from it.

    >>> from tasks.sources import source_named
    >>> wanted_of(source_named("who_cases"))["cases"]["New_cases"]
    'number'
    """
    return {
        table: {
            name: kind
            for figure, how in source.published_columns(table)
            if (kind := KINDS.get(dtypes_of(table)[figure]))
            for name in (*how.names, *how.instead)
        }
        for table in source.tables
    }


def check_contract(
    store: Store,
    source: Source,
    fetched: Fetched,
    *,
    parsed: Parsed,
    schema: SourceSchema,
    beside: Mapping[str, SourceSchema],
) -> list[str]:
    """
    Return in sentences which columns may have another name now, where no figure depends on them.

    They are noted with the shapes. Where no snapshot was ever read, names are guessed by those of
    the newest that was refused.

    Args:
        store: The lake, with the bytes of every snapshot.
        source: Whose snapshot it is.
        fetched: The snapshot.
        parsed: What the source's parser made of it.
        schema: Its shape.
        beside: Shapes of snapshots, by id, that are read but not committed yet.

    Raises:
        SourceFrozen: A column that figures are read from is gone under all of its declared names,
            or holds another kind of thing, and nothing declares that it comes and goes.
    """
    shapes = schema_log_of(store, source)
    waiting = {name: settled(one, source) for name, one in beside.items()}
    good = replace(shapes, read={**shapes.read, **waiting}).before(fetched.snapshot.id)
    last = good or shapes.refused_before(fetched.snapshot.id)
    if last is None:
        return []
    name, before = last
    kept: Parsed | None = None
    if before.parser_version != source.parser_version:
        kept, before = _as_read_today(store, source, name, before)
    now = settled(schema, source)
    broken = breaches(source, before, now) if good else []
    gone = _gone(source, before, now, broken)
    guessed: list[Guess] = []
    if any(names and _new(before, now, table) for table, names in gone.items()):
        kept = kept if kept is not None else _parsed_again(store, source, name)[0]
        guessed = _guesses(source, kept, parsed, gone)
    said = [guess.sentence() for guess in guessed[:PROPOSED]]
    if said:
        note_guesses(store, source, fetched.snapshot.id, said)
    if not broken:
        return said
    new = dict.fromkeys(one for breach in broken for one in _new(before, now, breach.table))
    raise SourceFrozen(
        source.name,
        seen_words(broken, list(new)),
        expected_words(broken, f"of {name}"),
        " ".join(said),
        RENAMED if any(breach.kinds is None for breach in broken) else REWORDED,
    )


def _gone(
    source: Source, before: SourceSchema, now: SourceSchema, broken: Sequence[Breach]
) -> dict[str, list[str]]:
    """Return by table the columns that are gone, those that figures need first."""
    if before.parser_version != now.parser_version:
        return {}
    needed = {breach.column for breach in broken}
    found: dict[str, list[str]] = {}
    for table in [one for one in source.tables if one in before.tables and one in now.tables]:
        there = dict(now.tables[table])
        known = read_as(source, table, there)
        mapped = {
            name for figure in known for name in columns_from(source, table, there)[figure].names
        }
        read = columns_read(source).get(table, ())
        gone = [name for name, _ in before.tables[table] if name not in there]
        gone = [name for name in gone if name not in mapped]
        found[table] = sorted(gone, key=lambda name: (name not in needed, name not in read))
    return found


def _new(before: SourceSchema, now: SourceSchema, table: str) -> list[str]:
    had = dict(before.tables.get(table, ()))
    return [name for name, _ in now.tables.get(table, ()) if name not in had]


def _guesses(
    source: Source, before: Parsed, now: Parsed, gone: Mapping[str, Sequence[str]]
) -> list[Guess]:
    """Return the likeliest renames, each once, however many tables are made of the same columns."""
    found: dict[tuple[str, str], Guess] = {}
    looked: set[tuple[object, ...]] = set()
    for table, names in gone.items():
        if table not in before or table not in now:
            continue
        old, new = before[table], now[table]
        key = read_as(source, table, old.columns)
        named = [key[name] for name in key_of(table) if name in key]
        mark = (*old.columns, None, *new.columns, None, *named)
        if mark not in looked:
            looked.add(mark)
            for guess in guesses(old, new, gone=names, key=named):
                found.setdefault((guess.gone, guess.new), guess)
    return list(found.values())


def _as_read_today(
    store: Store, source: Source, name: str, known: SourceSchema
) -> tuple[Parsed | None, SourceSchema]:
    """Return a snapshot as today's parser reads it, and its shape; as known where it cannot."""
    parsed, contents = _parsed_again(store, source, name)
    if not parsed:
        return None, known
    return parsed, settled(snapshot_schema(source, contents, parsed), source)


def _parsed_again(store: Store, source: Source, name: str) -> tuple[Parsed, Mapping[str, bytes]]:
    """Return what the parser makes of kept bytes, and these; nothing where it cannot read them."""
    snapshot = archived_snapshot(store, source.name, name)
    if snapshot is None:
        return {}, {}
    try:
        contents = {body.name: archived_body(store, body.sha256) for body in snapshot.bodies}
        return source.parse(contents), contents
    except (Permanent, WrongUse, PolarsError):
        return {}, {}
