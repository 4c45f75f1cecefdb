"""The contract check: a snapshot's schema against that of the last good snapshot before it.

Promises: writes nothing but guesses of renames. The earlier snapshot is parsed again only where the
parser is newer than its schema, or where columns are gone and others are new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from schemas.columns_read import columns_read
from schemas.contract_errors import SourceFrozen
from schemas.errors import Permanent, WrongUse
from schemas.source import Source
from schemas.tables import key_of
from tasks.formats.body_format import body_format
from tasks.parsing.published_tables import published_tables
from tasks.raw.archive import archived_snapshot
from tasks.raw.body_reader import archived_body
from tasks.schema_drift.contract import Breach, breaches, snapshot_schema
from tasks.schema_drift.declared_columns import columns_from, comparable, read_as
from tasks.schema_drift.rename_guesses import RenameGuess, rename_guesses
from tasks.schema_drift.schema_diff import SchemaChange, listed, schema_diff
from tasks.schema_drift.schema_log import SchemaLogFile
from tasks.schema_drift.source_schema import SourceSchema
from tasks.vault.backends.store import Store

Parsed = Mapping[str, pl.DataFrame]
RENAMED: Final = "Add its name to From(…)"
REWORDED: Final = "Add what means 'not published' to blanks=(…) of its From(…)"
"""The next step where a column is gone, and where one holds something else."""
MAX_GUESSES: Final = 3


def check_contract(
    schema_log: SchemaLogFile,
    snapshot_id: str,
    *,
    parsed: Parsed,
    schema: SourceSchema,
    uncommitted: Mapping[str, SourceSchema],
) -> list[str]:
    """Return guesses, in sentences, which columns were renamed, where no figure depends on them.

    The guesses are added to the schema log. Where no earlier snapshot was read, they are made from
    the newest one that was refused.

    `parsed`, `schema`: tables, from the source's parser, and schema of the snapshot.
    `uncommitted`: schemas (`comparable`), by id, of snapshots that are read but not committed yet.

    Raises SourceFrozen: the schema breaks the contract of the source.
    """
    store, source, log = schema_log.store, schema_log.source, schema_log.log
    good = replace(log, read={**log.read, **uncommitted}).before(snapshot_id)
    last = good or log.refused_before(snapshot_id)
    if last is None:
        return []
    name, before = last
    again = None
    if before.parser_version != source.parser_version:
        again = _parsed_again(store, source, name)
        before = again[1] if again else before
    now = comparable(schema, source)
    changes = schema_diff(before, now)
    broken = breaches(source, before, now) if good else []
    gone = _gone_columns(source, now, changes, broken)
    guesses: list[RenameGuess] = []
    if any(gone[table] and _columns(changes, table, "added") for table in gone):
        again = again or _parsed_again(store, source, name)
        guesses = _guesses(source, again[0], parsed, gone) if again else []
    sentences = [guess.sentence() for guess in guesses[:MAX_GUESSES]]
    if sentences:
        schema_log.update(lambda log: replace(log, guesses={**log.guesses, snapshot_id: sentences}))
    if not broken:
        return sentences
    new = dict.fromkeys(new for one in broken for new in _columns(changes, one.table, "added"))
    raise SourceFrozen(
        source.name,
        _seen_words(broken, list(new)),
        _expected_words(broken, name),
        " ".join(sentences),
        RENAMED if any(breach.kinds is None for breach in broken) else REWORDED,
    )


def _gone_columns(
    source: Source, now: SourceSchema, changes: Sequence[SchemaChange], broken: Sequence[Breach]
) -> dict[str, list[str]]:
    """Return the columns that are gone and not mapped, by table; those that figures need first."""
    needed = {breach.column for breach in broken}
    found: dict[str, list[str]] = {}
    for table in [table for table in source.tables if table in now.tables]:
        there, read = dict(now.tables[table]), columns_read(source).get(table, ())
        hows = columns_from(source, table, there).values()
        mapped = {name for how in hows if there.keys() & how.names for name in how.names}
        gone = [name for name in _columns(changes, table, "removed") if name not in mapped]
        found[table] = sorted(gone, key=lambda name: (name not in needed, name not in read))
    return found


def _columns(changes: Sequence[SchemaChange], table: str, kind: str) -> list[str]:
    return [
        one.name for one in changes if (one.part, one.group, one.kind) == ("column", table, kind)
    ]


def _guesses(
    source: Source, before: Parsed, now: Parsed, gone: Mapping[str, Sequence[str]]
) -> list[RenameGuess]:
    """Return the likeliest renames, each once, however many tables have the same columns."""
    found: dict[tuple[str, str], RenameGuess] = {}
    compared: set[tuple[object, ...]] = set()
    for table, names in gone.items():
        if table not in before or table not in now:
            continue
        old, new = before[table], now[table]
        read = read_as(source, table, old.columns)
        key = [read[name] for name in key_of(table) if name in read]
        columns = (*old.columns, None, *new.columns, None, *key)
        if columns not in compared:
            compared.add(columns)
            for guess in rename_guesses(old, new, gone=names, key=key):
                found.setdefault((guess.gone, guess.new), guess)
    return list(found.values())


def _seen_words(found: Sequence[Breach], new: Sequence[str]) -> str:
    """Return breaches in words, the same ones of several tables together, and the new columns."""
    tables: dict[tuple[str, str], list[str]] = {}
    for breach in found:
        figures = f" (read as {', '.join(breach.figures)})" if breach.figures else ""
        state = (
            "is gone" if breach.kinds is None else "holds {1} and held {0}".format(*breach.kinds)
        )
        tables.setdefault((breach.column, f"{state}{figures}"), []).append(breach.table)
    words = [f"column '{name}' of {', '.join(of)} {what}" for (name, what), of in tables.items()]
    if new:
        words.append(f"new {'are columns' if len(new) > 1 else 'is column'} {listed(new)}")
    return "; ".join(words)


def _expected_words(found: Sequence[Breach], earlier_id: str) -> str:
    """Return in words what was expected: the columns as before, or under other declared names."""
    names = dict.fromkeys(name for one in found if one.kinds is None for name in one.names)
    others = f", or under {listed(list(names))}" if names else ""
    return f"{'it' if len(found) == 1 else 'them'} as in the snapshot of {earlier_id}{others}"


def _parsed_again(store: Store, source: Source, name: str) -> tuple[Parsed, SourceSchema] | None:
    """Return an archived snapshot's tables and schema by today's parser; None on failure."""
    snapshot = archived_snapshot(store, source.name, name)
    if snapshot is None:
        return None
    try:
        contents = {body.name: archived_body(store, body.sha256) for body in snapshot.bodies}
        parsed = published_tables(source, contents)
    except (Permanent, WrongUse, PolarsError):
        return None
    formats = {name: body_format(body) for name, body in contents.items()}
    schema = comparable(snapshot_schema(source, formats, parsed), source)
    return (parsed, schema) if parsed else None
