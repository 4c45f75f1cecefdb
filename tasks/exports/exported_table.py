"""A table that is exported, what its columns mean, and whom to credit for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from tasks.catalog.file_columns import FileColumn
from tasks.catalog.licences import credit_of

OF_THE_LAKE = "made by vaxwatch from the sources that its rows name"


@dataclass(frozen=True, kw_only=True)
class ExportedTable:
    """One table. `name`: <source>.<table> or marts.<mart>.

    `read`: returns its rows, when they are written. `as_of`, `vintage`: of the version that is
    exported; None and '' for a mart. `columns`: what its columns mean.
    """

    name: str
    read: Callable[[], pl.DataFrame]
    as_of: datetime | None = None
    vintage: str = ""
    columns: Sequence[FileColumn] = ()

    @property
    def source(self) -> str:
        """The part of the name before the table."""
        return self.name.partition(".")[0]


def sources_sheet(tables: Sequence[tuple[ExportedTable, int, str]]) -> pl.DataFrame:
    """Return one row per exported table: what it is, of when, and whom to credit for it.

    `tables`: each with its rows, and where in the export it is.

    Returns:
        dataset, place, rows, as_of [instant, UTC; null for marts], vintage, publisher, title,
        attribution, licence, licence_url ['' where it is not known], url.
    """
    rows: list[dict[str, object]] = []
    for table, count, place in tables:
        credit = credit_of(table.source)
        rows.append(
            {
                "dataset": table.name,
                "place": place,
                "rows": count,
                "as_of": table.as_of,
                "vintage": table.vintage,
                "publisher": credit.publisher if credit else OF_THE_LAKE,
                "title": credit.title if credit else "",
                "attribution": credit.attribution if credit else "",
                "licence": credit.licence if credit else "that of each source",
                "licence_url": credit.licence_url if credit else "",
                "url": credit.url if credit else "",
            }
        )
    names = ("dataset", "place", "rows", "as_of", "vintage", "publisher", "title", "attribution")
    schema = dict.fromkeys((*names, "licence", "licence_url", "url"), pl.String())
    types = {"rows": pl.Int64(), "as_of": pl.Datetime("us", "UTC")}
    return pl.DataFrame(rows, schema={**schema, **types})


def columns_sheet(tables: Sequence[ExportedTable]) -> pl.DataFrame:
    """Return one row per column of each table.

    Returns:
        dataset, column, unit ['' where it has none], meaning, null_means.
    """
    rows = [
        (table.name, one.name, one.unit, one.description, one.null_means)
        for table in tables
        for one in table.columns
    ]
    names = ("dataset", "column", "unit", "meaning", "null_means")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")
