"""Transform: a publisher's table of strings becomes the canonical columns of one table.

Promises: units, dates and countries are converted by the source's declaration and by nothing else;
a cell that cannot be read exactly is listed as unreadable, never guessed and never dropped.
"""

from dataclasses import dataclass

import polars as pl

from schemas.columns import ROW, From, LeaveOut
from schemas.product_list import PRODUCT, PUBLISHED
from schemas.products import with_canonical_products
from schemas.source import Source
from schemas.tables import key_of
from tasks.parsing.canonical_texts import canonical_texts
from tasks.parsing.row_shape import shifted_cells, with_odd_rows


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
    """Return the canonical form of one table, of which every cell is read.

    Arguments and errors are those of `canonical_texts`.
    """
    texts = canonical_texts(raw, table, source)
    cells, numbered, columns = texts.cells, texts.numbered, list[pl.Series]()
    faults = [shifted_cells(numbered, cells, source), *texts.beside.faults_in(texts.raw, cells)]
    for name in texts.kinds:
        column, unreadable = texts.read(name)
        columns.append(column)
        faults.append(unreadable)
    frame = cells.select(ROW).with_columns(columns)
    if texts.has_product_names:
        frame = _with_published_word(frame, cells[PRODUCT], texts.hows[PRODUCT])
    return Canonical(
        frame=frame,
        cells=cells,
        left_out=texts.raw.height - cells.height,
        left_out_by=texts.left_out_by,
        no_countries=texts.no_countries,
        origin=texts.origin,
        published=texts.published,
        unreadable=with_odd_rows(pl.concat(faults), numbered, cells, key_of(table)),
        named_by=texts.beside.named_by,
    )


def _with_published_word(frame: pl.DataFrame, texts: pl.Series, how: From) -> pl.DataFrame:
    """Return the rows with canonical names of products, and what the publisher calls them."""
    word = texts.str.strip_chars().alias(PUBLISHED)
    is_blank = word.is_in(["", *how.blanks])
    named = frame.with_columns(word.set(is_blank, None))
    return with_canonical_products(named)
