"""Published tables: what a source's parser makes of the bodies of one snapshot."""

import polars as pl

from schemas.columns_read import columns_of_table
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
