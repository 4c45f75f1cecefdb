"""The columns that a published file has for readers, beside those that the vault keeps in it.

Every file of a table has all columns that the table declares, in their order, null where the source
publishes none; so one kind of file is one table over all sources. It names its source, and each
version its instant and that instant's day in UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from schemas.versions import FILE_VERSIONS, TABLE_VERSIONS
from tasks.vault.published_columns import VERSION_COLUMNS
from tasks.vault.revisions import change, relative_change

SOURCE, AS_OF, AS_OF_DATE = "source", "as_of", "as_of_date"
READER_COLUMNS: Mapping[str, str] = {
    SOURCE: "the source, see dim_source",
    AS_OF: "instant (UTC) of the vintage that `latest` shows; in history that of valid_from",
    AS_OF_DATE: "day (UTC) of as_of",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclaredColumn:
    """A column that a table declares: its type, and what it means."""

    dtype: pl.DataType
    description: str


@lru_cache(maxsize=64)
def declared_columns(table: str, key: tuple[str, ...]) -> Mapping[str, DeclaredColumn]:
    """Return the columns that a table declares, in their order; none of a table with another key.

    It loads the models of all tables, which readers do not need.
    """
    if table not in TABLE_VERSIONS:
        return {}
    from schemas.tables import descriptions_of, dtypes_of, key_of  # noqa: PLC0415 (pandera)

    if key != key_of(table):
        return {}
    about = descriptions_of(table)
    types = dtypes_of(table)
    return {it: DeclaredColumn(dtype=types[it], description=about[it]) for it in types}


def layout_of(kind: str, table: str) -> dict[str, str]:
    """Return what a file's metadata state of its columns.

    `layout`: the version of the columns that a file has beside those of its table. `declares`: the
    version of the table as this module declares it.
    """
    declares = str(TABLE_VERSIONS.get(table, 0))
    return {"layout": str(FILE_VERSIONS[kind]), "declares": declares}


def reader_order(kind: str, own: Sequence[str], declared: Sequence[str]) -> list[str]:
    """Return the columns of a file in their order.

    `kind`: latest, history, changes or vintages. `own`: the columns that the vault keeps in it.
    `declared`: those of the table.

    >>> reader_order("latest", ["iso3", "doses_allocated"], ["iso3", "doses_announced"])
    ['source', 'iso3', 'doses_announced', 'doses_allocated', 'as_of', 'as_of_date']
    """
    if kind in {"latest", "history"}:
        ends = [name for name in own if kind == "history" and name in VERSION_COLUMNS]
        names = [*declared, *(name for name in own if name not in ends), *ends, AS_OF, AS_OF_DATE]
    else:
        place = own.index(AS_OF) + 1
        names = [*own[:place], AS_OF_DATE, *own[place:]]
    return list(dict.fromkeys(names if SOURCE in own else [SOURCE, *names]))


def for_readers(
    kind: str,
    frame: pl.DataFrame,
    *,
    source: str,
    declared: Mapping[str, DeclaredColumn],
    as_of: str,
) -> pl.DataFrame:
    """Return what a file has for readers, from what the vault keeps in it.

    `kind`: as in `reader_order`. `as_of`: of the vintage that `latest` shows, ISO 8601.
    """
    if kind == "changes":  # an earlier version wrote no change of a figure that is gone
        frame = frame.with_columns(change().alias("change")).with_columns(
            relative_change().alias("rel_change")
        )
    instant = pl.col("valid_from")
    if kind == "latest":
        instant = pl.lit(as_of).str.to_datetime("%+", time_unit="us", time_zone="UTC")
    order = reader_order(kind, frame.columns, [*declared])
    made = {SOURCE: pl.lit(source), AS_OF: instant}
    made |= {name: pl.lit(None, column.dtype) for name, column in declared.items()}
    news = [name for name in order if name not in frame.columns and name in made]
    shown = frame.with_columns(made[name].alias(name) for name in news)
    if AS_OF_DATE not in frame.columns:
        shown = shown.with_columns(pl.col(AS_OF).dt.date().alias(AS_OF_DATE))
    return shown.select(order)
