"""Published tables: what a source's parser makes of the bodies of one snapshot."""

from collections.abc import Iterator

import polars as pl

from schemas.columns import publishers_names
from schemas.source import Bodies, Source
from tasks.formats.column_names import with_declared_names


def published_tables(source: Source, bodies: Bodies) -> dict[str, pl.DataFrame]:
    """Return the parser's frames of strings by table, with the declared spelling of their columns.

    Raises BadBody: the bytes are not what the parser expects; SourceChanged: a column is gone
    that the parser itself needs.
    """
    return {
        table: with_declared_names(frame, columns_of_table(source, table))
        for table, frame in source.parse(bodies).items()
    }


def columns_read(source: Source) -> dict[str, frozenset[str]]:
    """Return the publisher's columns that a source reads in any of its layouts, by table."""
    return {table: frozenset(columns_of_table(source, table)) for table in source.tables}


def columns_of_table(source: Source, table: str) -> Iterator[str]:
    """Yield the publisher's columns from which a table is read in any of its layouts."""
    if table in source.tables:
        for layout in source.layouts_of(table):
            yield from publishers_names(layout)
    yield from source.row_shape
    yield from (one.column for one in source.leave_out)
