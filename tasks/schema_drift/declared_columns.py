"""What a source's declaration states about its publisher's columns.

Promises: pure, and cheap to import: reading commands load no table definitions for it.
"""

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from schemas.columns import From, Policy, printed
from schemas.columns_read import columns_read
from schemas.source import Source
from tasks.schema_drift.source_schema import SourceSchema


def policy_of(source: Source, table: str, name: str) -> Policy:
    """Return what happens to a snapshot without a publisher's column, or with one retyped."""
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
    """Return the canonical columns that are read from the publisher's, in the layout that fits."""
    if table not in source.tables:
        return {}
    return printed(source.layout_of(table, set(columns)))


def read_as(source: Source, table: str, columns: Iterable[str]) -> dict[str, str]:
    """Return the publisher's column that each canonical column is read from, where one is there."""
    there = set(columns)
    return {
        figure: present[0]
        for figure, how in columns_from(source, table, there).items()
        if (present := [name for name in how.names if name in there])
    }


def comparable(schema: SourceSchema, source: Source) -> SourceSchema:
    """Return a schema without what may vary freely: text endings, kinds of columns not read."""
    read = columns_read(source)
    return replace(
        schema,
        ended={},
        tables={
            table: tuple(
                (name, kind if name in read.get(table, ()) else "") for name, kind in columns
            )
            for table, columns in schema.tables.items()
        },
    )
