"""A publisher's table of strings under canonical names, of which columns are read one by one.

Promises: units, dates and countries are converted by the source's declaration and by nothing else;
a column has the same values whichever others are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import polars as pl

from schemas.columns import OURS, ROW, Always, Columns, From, LeaveOut, missing_names, printed
from schemas.contract_errors import SourceChanged
from schemas.product_list import PRODUCT, PUBLISHED
from schemas.products import with_canonical_products
from schemas.source import Source
from schemas.tables import dtypes_of, key_of
from tasks.parsing.cell_values import READERS, country, with_fitting_dates
from tasks.parsing.column_reading import read_column
from tasks.parsing.left_out import COUNTRY, without_left_out, without_no_countries
from tasks.parsing.side_by_side import SideBySide, spread


@dataclass(frozen=True, kw_only=True)
class CanonicalTexts:
    """A publisher's table under our names, before a cell is read.

    raw: the publisher's table, figures that stood side by side below each other. numbered: the same
        with `_row`. cells, left_out_by, no_countries, published: as in Canonical, of
        `transform`.
    beside: what stood side by side.
    """

    table: str
    source: Source
    raw: pl.DataFrame
    numbered: pl.DataFrame
    cells: pl.DataFrame
    left_out_by: dict[LeaveOut, int]
    no_countries: dict[str, int]
    published: dict[str, str]
    beside: SideBySide
    hows: Mapping[str, From]

    @cached_property
    def kinds(self) -> Mapping[str, pl.DataType]:
        """The type of each canonical column that the snapshot has."""
        return {
            name: dtype
            for name, dtype in dtypes_of(self.table).items()
            if name in self.cells.columns
        }

    @property
    def origin(self) -> pl.Series | None:
        """The row in the publisher's table by `_row`, from 1 on; None where they are the same."""
        return self.raw[ROW].cast(pl.Int64) if ROW in self.raw.columns else None

    def read(self, name: str) -> tuple[pl.Series, pl.DataFrame]:
        """Return a canonical column, and its cells that could not be read, as `Canonical` has them.

        Of products the names are as published.
        """
        declared, dtype = self.hows.get(name, From(())), self.kinds[name]
        known = self.source.countries
        reader = partial(country, known=known) if name == COUNTRY else READERS[dtype]
        if dtype == pl.Date() and len(declared.dates) > 1:
            declared = with_fitting_dates(self.cells[name].unique(), declared)
        return read_column(self.cells, name, reader, declared, dtype)

    def column(self, name: str) -> pl.Series:
        """Return a canonical column, as `Canonical.frame` has it."""
        column, _ = self.read(name)
        if name == PRODUCT and self.has_product_names:
            return with_canonical_products(column.to_frame())[PRODUCT]
        return column

    @property
    def has_product_names(self) -> bool:
        """Whether the publisher names products, which get canonical names."""
        return PRODUCT in self.published and PUBLISHED in dtypes_of(self.table)


def canonical_texts(raw: pl.DataFrame, table: str, source: Source) -> CanonicalTexts:
    """Return one table that `source` publishes as `raw` (all strings) under our names.

    The first layout that fits is read. Rows that `source.not_countries` or `source.leave_out` name
    are left out; every other row stays. An optional column that is absent stays absent.

    Raises SourceChanged: a declared column is gone and not optional, or no figure has a column.
    """
    layout = source.layout_of(table, raw.columns)
    _require_columns(raw, table, layout, source)
    raw, layout, beside = spread(raw, layout)
    published = _published(raw, layout)
    numbered = raw.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW))
    rows, left_out = without_left_out(numbered, source)
    cells, no_countries = without_no_countries(_cells(rows, layout, published), source)
    return CanonicalTexts(
        table=table,
        source=source,
        raw=raw,
        numbered=numbered,
        cells=cells,
        left_out_by=left_out,
        no_countries=no_countries,
        published=published,
        beside=beside,
        hows=printed(layout),
    )


def _require_columns(raw: pl.DataFrame, table: str, layout: Columns, source: Source) -> None:
    """Raise SourceChanged where a declared column is gone, or no figure has a column."""
    missing, key = missing_names(layout, raw.columns), key_of(table)
    figures = [how.names for name, how in printed(layout).items() if name not in key]
    named = [name for names in figures for name in names]
    if not missing and named and not any(name in raw.columns for name in named):
        missing = [" or ".join(named)]
    if missing:
        there, tables = [name for name in raw.columns if name not in OURS], len(source.tables)
        raise SourceChanged(source.name, missing, there, table=table, tables=tables)


def _published(raw: pl.DataFrame, layout: Columns) -> dict[str, str]:
    """Return the publisher's name, in this snapshot, of each canonical column that it has."""
    found = {
        name: next((known for known in how.names if known in raw.columns), None)
        for name, how in printed(layout).items()
    }
    return {name: known for name, known in found.items() if known is not None}


def _cells(rows: pl.DataFrame, layout: Columns, published: dict[str, str]) -> pl.DataFrame:
    """Return the published texts under canonical names with `_row`."""
    always = {n: how for n, how in layout.items() if isinstance(how, Always)}
    hows = printed(layout)
    texts = (_texts(rows, text, hows[name]).alias(name) for name, text in published.items())
    return rows.select(ROW, *texts).with_columns(
        pl.lit(how.value).alias(name) for name, how in always.items()
    )


def _texts(rows: pl.DataFrame, known: str, how: From) -> pl.Expr:
    """Return a column as published; blank cells are taken from the column `instead`."""
    text = pl.col(known).fill_null("")
    for name in how.instead:
        if name in rows.columns:
            is_blank = text.str.strip_chars() == ""
            text = pl.when(is_blank).then(pl.col(name).fill_null("")).otherwise(text)
    return text
