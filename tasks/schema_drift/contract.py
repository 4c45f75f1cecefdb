"""The contract with a source: which schema changes stop its publication.

Promises: pure, a function of the schema diff and the declaration. A column that no canonical column
is read from may come and go; one that is declared under several names may change between them. One
whose absence or new kind would change figures breaks the contract, unless the source declares that
it comes and goes (`Source.drift`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from schemas.columns import missing_names
from schemas.source import Source
from schemas.tables import dtypes_of, key_of
from tasks.formats.body_format import BodyFormat
from tasks.schema_drift.column_kinds import Columns
from tasks.schema_drift.declared_columns import blanks_of, policy_of, read_as
from tasks.schema_drift.schema_diff import SchemaChange, listed, schema_diff
from tasks.schema_drift.source_schema import SourceSchema, source_schema_of

KINDS: Final[Mapping[pl.DataType, str]] = {
    pl.Int64(): "number",
    pl.Float64(): "number",
    pl.Date(): "day",
}
"""The kind of cells that a canonical column of a type is read from; text is read from any."""
BREAKING_KINDS: Final = {"number": {"text", "day"}, "day": {"number"}}
"""By kind, the new kinds that break the contract; a day may be written in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A column that is gone or changed its kind, without which nothing may be published.

    `figures`: the canonical columns that were read from it. `kinds`: its earlier and present kind,
    None where it is gone. `names`: other names under which it may be read.
    """

    table: str
    column: str
    figures: tuple[str, ...]
    kinds: tuple[str, str] | None
    names: tuple[str, ...]


def snapshot_schema(
    source: Source, formats: Mapping[str, BodyFormat], parsed: Mapping[str, pl.DataFrame]
) -> SourceSchema:
    """Return the schema of a snapshot, by its bodies' formats and its parser's tables."""
    return source_schema_of(
        formats,
        parsed,
        parser_version=source.parser_version,
        blanks=blanks_of(source),
        read_kinds=read_kinds_of(source),
    )


def read_kinds_of(source: Source) -> dict[str, dict[str, str]]:
    """Return the kind of the figures or days read from a publisher's column, by table and column.

    >>> from tasks.sources import source_named
    >>> read_kinds_of(source_named("who_cases"))["cases"]["New_cases"]
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


def breaches(source: Source, before: SourceSchema, now: SourceSchema) -> list[Breach]:
    """Return what breaks the contract with a source, in the order of its tables and columns.

    Tables that either schema lacks are not judged (`Source.may_lack`), nor are schemas of two
    parser versions.
    """
    printed = schema_diff(before, now)
    canonical = schema_diff(_canonical(source, before), _canonical(source, now))
    found: list[Breach] = []
    for table in source.tables:
        if table not in before.tables or table not in now.tables:
            continue
        old, new = (read_as(source, table, dict(one.tables[table])) for one in (before, now))
        if table in source.may_lack and not set(new) - set(key_of(table)):
            continue
        there = [name for name, _ in now.tables[table]]
        layout = source.layout_of(table, there)
        if not missing_names(layout, there):  # the layout may leave figures of another one out
            old = {figure: name for figure, name in old.items() if figure in layout}
        names = {figure: new.get(figure, name) for figure, name in old.items()}
        found += _canonical_breaches(source, table, _of_table(canonical, table), names)
        found += _frozen_breaches(source, table, _of_table(printed, table))
    return found


def seen_words(found: Sequence[Breach], new: Sequence[str]) -> str:
    """Return breaches in words, the same ones of several tables together, and the new columns.

    >>> gone = Breach(table="tests", column="sum", figures=("tests",), kinds=None, names=())
    >>> seen_words([gone], ["total"])
    "column 'sum' of tests is gone (read as tests); new is column 'total'"
    """
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


def expected_words(found: Sequence[Breach], earlier_id: str) -> str:
    """Return in words what was expected: the columns as before, or under other declared names."""
    names = dict.fromkeys(name for one in found if one.kinds is None for name in one.names)
    others = f", or under {listed(list(names))}" if names else ""
    return f"{'it' if len(found) == 1 else 'them'} as in the snapshot of {earlier_id}{others}"


def _canonical(source: Source, schema: SourceSchema) -> SourceSchema:
    """Return a schema by canonical columns, each with the kind of the column it is read from."""
    tables: dict[str, Columns] = {}
    for table, columns in schema.tables.items():
        kinds = dict(columns)
        names = read_as(source, table, kinds)
        tables[table] = tuple((figure, kinds[name]) for figure, name in names.items())
    return replace(schema, tables=tables)


def _of_table(changes: Iterable[SchemaChange], table: str) -> dict[str, SchemaChange]:
    return {one.name: one for one in changes if one.part == "column" and one.group == table}


def _canonical_breaches(
    source: Source, table: str, changes: Mapping[str, SchemaChange], names: Mapping[str, str]
) -> list[Breach]:
    """Return breaches by changed canonical columns; `names`: the publisher's name of each."""
    found: dict[str, Breach] = {}
    for figure, column in names.items():
        change = changes.get(figure)
        if change is None or not _is_breaking(change, is_key=figure in key_of(table)):
            continue
        if policy_of(source, table, column) != "evolve":
            declared = [
                name
                for canonical, how in source.published_columns(table)
                if canonical == figure
                for name in how.names
            ]
            found[column] = Breach(
                table=table,
                column=column,
                figures=(*(found[column].figures if column in found else ()), figure),
                kinds=(change.before, change.after) if change.kind == "retyped" else None,
                names=tuple(name for name in dict.fromkeys(declared) if name != column),
            )
    return list(found.values())


def _is_breaking(change: SchemaChange, *, is_key: bool) -> bool:
    if change.kind == "retyped":
        return not is_key and change.after in BREAKING_KINDS.get(change.before, ())
    return change.kind == "removed"


def _frozen_breaches(
    source: Source, table: str, changes: Mapping[str, SchemaChange]
) -> list[Breach]:
    """Return the columns that are gone and not read, but declared to freeze the source."""
    read = {name for _, how in source.published_columns(table) for name in how.names}
    return [
        Breach(table=table, column=name, figures=(), kinds=None, names=())
        for name, change in changes.items()
        if change.kind == "removed"
        and name not in read
        and policy_of(source, table, name) != "evolve"
    ]
