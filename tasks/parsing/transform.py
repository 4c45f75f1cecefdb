"""Transform: a publisher's table of strings becomes the canonical columns of one table.

Promises: units, dates and countries are converted by the source's declaration and by nothing else;
a cell that cannot be read exactly is listed as unreadable, never guessed and never dropped.
"""

from dataclasses import dataclass
from functools import partial

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
from tasks.parsing.row_shape import shifted_cells, with_odd_rows
from tasks.parsing.side_by_side import spread


@dataclass(frozen=True, kw_only=True, slots=True)
class Canonical:
    """One table of a snapshot in canonical form, good and bad rows together.

    frame: `_row` (the row in the parser's table, the first is 1) and the canonical columns that
        the snapshot has; null where nothing was published or nothing could be read.
    cells: the same rows and columns as published, as strings.
    origin: the row in the publisher's table by `_row`, from 1 on; None where they are the same.
    left_out: rows of the parser's table that are not in `frame`, because they are no country or by
        `Source.leave_out`; left_out_by: how many of them by which declaration of that;
        no_countries: how many by which reason of `Source.not_countries`.
    published: the publisher's name of each canonical column that the publisher prints.
    named_by: the canonical column that names the publisher's column of a figure in each row, where
        that figure stands side by side; '' else.
    unreadable: one row per cell that could not be read: _row, column (canonical), rule, value (the
        cell as published), reason (a sentence).
    """

    frame: pl.DataFrame
    cells: pl.DataFrame
    origin: pl.Series | None
    left_out: int
    left_out_by: dict[LeaveOut, int]
    no_countries: dict[str, int]
    published: dict[str, str]
    unreadable: pl.DataFrame
    named_by: str = ""


def transform_table(raw: pl.DataFrame, table: str, source: Source) -> Canonical:
    """Return the canonical form of one table that `source` publishes as `raw` (all strings).

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
    cells = _cells(rows, layout, published)
    cells, no_countries = without_no_countries(cells, source)
    hows, columns = printed(layout), list[pl.Series]()
    faults = [shifted_cells(numbered, cells, source), *beside.faults_in(raw, cells)]
    for name, dtype in dtypes_of(table).items():
        if name in cells.columns:
            declared = hows.get(name, From(()))
            reader = partial(country, known=source.countries) if name == COUNTRY else READERS[dtype]
            if dtype == pl.Date() and len(declared.dates) > 1:
                declared = with_fitting_dates(cells[name].unique(), declared)
            column, unreadable = read_column(cells, name, reader, declared, dtype)
            columns.append(column)
            faults.append(unreadable)
    frame = cells.select(ROW).with_columns(columns)
    if PRODUCT in published and PUBLISHED in dtypes_of(table):
        frame = _with_published_word(frame, cells[PRODUCT], hows[PRODUCT])
    return Canonical(
        frame=frame,
        cells=cells,
        left_out=raw.height - cells.height,
        left_out_by=left_out,
        no_countries=no_countries,
        origin=raw[ROW].cast(pl.Int64) if ROW in raw.columns else None,
        published=published,
        unreadable=with_odd_rows(pl.concat(faults), numbered, cells, key_of(table)),
        named_by=beside.named_by,
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


def _with_published_word(frame: pl.DataFrame, texts: pl.Series, how: From) -> pl.DataFrame:
    """Return the rows with canonical names of products, and what the publisher calls them."""
    word = texts.str.strip_chars().alias(PUBLISHED)
    is_blank = word.is_in(["", *how.blanks])
    named = frame.with_columns(word.set(is_blank, None))
    return with_canonical_products(named)
