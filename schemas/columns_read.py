"""Which of the publisher's columns a source reads, as its declaration states it."""

from collections.abc import Iterator

from schemas.columns import publishers_names
from schemas.source import Source


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
