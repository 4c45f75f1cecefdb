"""The contract with a source: which schema changes stop its publication.

Promises: pure, a function of two schemas and the declaration. A column that no canonical column
is read from may come and go; one that is declared under several names may change between them. One
whose absence or new kind would change figures breaks the contract, unless the source declares that
it comes and goes (`Source.drift`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from schemas.columns import missing_names
from schemas.source import Source
from schemas.tables import dtypes_of, key_of
from tasks.formats.body_format import BodyFormat
from tasks.schema_drift.cell_counts import CellCounter
from tasks.schema_drift.declared_columns import policy_of, read_as
from tasks.schema_drift.source_schema import Columns, SourceSchema, columns_of, source_schema_of

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
    figures: tuple[str, ...] = ()
    kinds: tuple[str, str] | None = None
    names: tuple[str, ...] = ()


def snapshot_schema(
    source: Source, formats: Mapping[str, BodyFormat], parsed: Mapping[str, pl.DataFrame]
) -> SourceSchema:
    """Return the schema of a snapshot, by its bodies' formats and its parser's tables."""
    tables: dict[str, Columns] = {}
    counters: dict[int, CellCounter] = {}
    for table, frame in parsed.items():
        declared = [*source.published_columns(table)]
        read_kinds = {
            name: kind
            for figure, how in declared
            if (kind := KINDS.get(dtypes_of(table)[figure]))
            for name in (*how.names, *how.instead)
        }
        blanks = {name: how.blanks for _, how in declared for name in how.names}
        if id(frame) not in counters:  # most parsers make all tables of one frame
            counters[id(frame)] = CellCounter(frame)
        tables[table] = columns_of(
            frame, blanks=blanks, read_kinds=read_kinds, counter=counters[id(frame)]
        )
    return source_schema_of(formats, tables, parser_version=source.parser_version)


def breaches(source: Source, before: SourceSchema, now: SourceSchema) -> list[Breach]:
    """Return what breaks the contract with a source, in the order of its tables and columns.

    Tables that either schema lacks are not judged (`Source.may_lack`), nor are schemas of two
    parser versions.
    """
    found: list[Breach] = []
    if before.parser_version != now.parser_version:
        return found
    for table in source.tables:
        if table not in before.tables or table not in now.tables:
            continue
        earlier, there = dict(before.tables[table]), dict(now.tables[table])
        old, new = (
            {figure: (name, kinds[name]) for figure, name in read_as(source, table, kinds).items()}
            for kinds in (earlier, there)
        )
        if table in source.may_lack and not set(new) - set(key_of(table)):
            continue
        layout = source.layout_of(table, there)
        if not missing_names(layout, there):  # the layout may leave figures of another one out
            old = {figure: column for figure, column in old.items() if figure in layout}
        found += _figure_breaches(source, table, old, new)
        read = {name for _, how in source.published_columns(table) for name in how.names}
        found += [
            Breach(table=table, column=name)
            for name in earlier
            if name not in there and name not in read
            if policy_of(source, table, name) != "evolve"
        ]
    return found


def _figure_breaches(
    source: Source,
    table: str,
    old: Mapping[str, tuple[str, str]],
    new: Mapping[str, tuple[str, str]],
) -> list[Breach]:
    """Return the columns without which canonical columns are gone or of a breaking kind."""
    found: dict[str, Breach] = {}
    for figure, (old_name, old_kind) in old.items():
        column, kind = new.get(figure, (old_name, ""))
        is_retyped = figure not in key_of(table) and kind in BREAKING_KINDS.get(old_kind, ())
        if figure in new and not is_retyped:
            continue
        if policy_of(source, table, column) != "evolve":
            declared = [how for name, how in source.published_columns(table) if name == figure]
            names = dict.fromkeys(name for how in declared for name in how.names)
            found[column] = Breach(
                table=table,
                column=column,
                figures=(*(found[column].figures if column in found else ()), figure),
                kinds=(old_kind, kind) if figure in new else None,
                names=tuple(name for name in names if name != column),
            )
    return list(found.values())
