"""
Declared: what the declaration of a source says of its publisher's columns.

Promises: pure, and cheap to import: a reading command needs no tables for it.
"""

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from schemas.source import Columns, From, Policy, Source
from tasks.schema_drift.column_kinds import Blanks
from tasks.schema_drift.source_schema import SourceSchema


def columns_read(source: Source) -> dict[str, frozenset[str]]:
    """Return, by table, the publisher's columns that a source reads, in any of its layouts."""
    always = {*source.row_shape, *(one.column for one in source.leave_out)}
    return {
        table: frozenset(always).union(
            *((*how.names, *how.instead) for _, how in source.published_columns(table))
        )
        for table in source.tables
    }


def blanks_of(source: Source) -> Blanks:
    """Return, by table and publisher's column, the texts that mean "not published"."""
    return {
        table: {
            name: how.blanks for _, how in source.published_columns(table) for name in how.names
        }
        for table in source.tables
    }


def policy_of(source: Source, table: str, name: str) -> Policy:
    """
    Return what becomes of a snapshot in which a publisher's column went or changed its kind.

    >>> from tasks.sources import source_named
    >>> source = source_named("who_cases")
    >>> [policy_of(source, "cases", name) for name in ("New_cases", "WHO_region")]
    ['freeze', 'evolve']
    """
    if name in source.drift:
        return source.drift[name]
    for pattern, policy in source.drift.items():
        if fnmatchcase(name, pattern):
            return policy
    if name in {one.column for one in source.leave_out}:
        return "freeze"
    readers = [how for _, how in source.published_columns(table) if name in how.names]
    if not readers:
        return "evolve"
    return "map" if any(len(how.names) > 1 for how in readers) else "freeze"


def columns_from(source: Source, table: str, columns: Iterable[str]) -> dict[str, From]:
    """Return what the publisher prints, in the layout that `columns` fit, in order."""
    layout: Columns = source.layout_of(table, set(columns)) if table in source.tables else {}
    return {name: how for name, how in layout.items() if isinstance(how, From)}


def read_as(source: Source, table: str, columns: Iterable[str]) -> dict[str, str]:
    """Return the publisher's name, among those that are there, of each canonical column."""
    there = set(columns)
    found = {
        figure: next((name for name in how.names if name in there), None)
        for figure, how in columns_from(source, table, there).items()
    }
    return {figure: name for figure, name in found.items() if name is not None}


def settled(schema: SourceSchema, source: Source) -> SourceSchema:
    """Return a shape as far as it matters from one snapshot to the next: kinds of what is read."""
    read = columns_read(source)
    return replace(
        schema,
        ended={},
        tables={
            table: tuple((name, kind if name in read.get(table, ()) else "") for name, kind in told)
            for table, told in schema.tables.items()
        },
    )
