"""Side by side: a figure that stands in several columns becomes rows, and their total is checked.

Promises: no filled cell is lost, and a row without one stays a row; a total is compared exactly,
wherever it and all its parts can be read, and never published.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from schemas.columns import ROW, Across, Columns, From
from schemas.wording import UNSPECIFIED
from tasks.parsing.cell_values import whole_number
from tasks.parsing.column_reading import UNREADABLE, read_column

CELL, NAME = "(cell)", "(column)"
"""Columns of a spread table: the text of a cell, and the name of the publisher's column."""
PLACE, TOTAL, SUM = "_place", "_total", "_sum"
RULE: Final = "total_is_sum"
WRONG = (
    "'{}' is {:,} and its parts are {:,} together; which of them holds is unknown, so none of this "
    "row is published."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SideBySide:
    """What was spread.

    `named_by`: the canonical column that names the publisher's column of each cell, '' where
    nothing was spread. `faults`: of totals: ROW [of the publisher], then as UNREADABLE.
    """

    named_by: str = ""
    faults: pl.DataFrame | None = None

    def faults_in(self, spread_rows: pl.DataFrame, kept: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield the faults of totals as rows of UNREADABLE, for the rows in `kept` (ROW)."""
        if self.faults is not None and not self.faults.is_empty():
            rows = spread_rows.select(pl.col(ROW).alias(PLACE)).with_row_index(ROW, offset=1)
            found = rows.join(kept.select(ROW), on=ROW, how="semi").join(
                self.faults.rename({ROW: PLACE}), on=PLACE, maintain_order="left"
            )
            yield found.select(pl.col(name).cast(dtype) for name, dtype in UNREADABLE.items())


def spread(raw: pl.DataFrame, layout: Columns) -> tuple[pl.DataFrame, Columns, SideBySide]:
    """Return a table and its layout with a row for each cell of a figure that stands side by side.

    The table keeps its columns, and gets ROW [the publisher's row, as text], the name and the text
    of the cell. A table without such a figure is returned as it is.
    """
    beside = [(name, how) for name, how in layout.items() if isinstance(how, Across)]
    if not beside:
        return raw, layout, SideBySide()
    [(figure, how)] = beside
    rows = raw.with_row_index(PLACE)
    if ROW not in rows.columns:
        rows = rows.with_columns((pl.col(PLACE) + 1).cast(pl.String).alias(ROW))
    names = [name for name in how.names if name in raw.columns]
    is_filled = {name: pl.col(name).fill_null("").str.strip_chars() != "" for name in names}
    parts = [
        rows.filter(filled).with_columns(pl.lit(name).alias(NAME), pl.col(name).alias(CELL))
        for name, filled in is_filled.items()
    ]
    blank = rows.filter(~pl.any_horizontal(is_filled.values()))
    parts.append(blank.with_columns(pl.lit("").alias(NAME), pl.lit("").alias(CELL)))
    declared = {name: one for name, one in layout.items() if name != figure}
    declared[how.into] = From((NAME,), default=UNSPECIFIED)
    declared[figure] = From((CELL,), thousands=how.thousands)
    faults = _wrong_totals(rows, names, how) if how.total else None
    cells = pl.concat(parts).sort(PLACE, maintain_order=True).drop(PLACE)
    return cells, declared, SideBySide(named_by=how.into, faults=faults)


def _wrong_totals(rows: pl.DataFrame, names: Sequence[str], how: Across) -> pl.DataFrame:
    """Return the totals that cannot be read or are not the sum of their parts, as `faults`."""
    read = {
        name: read_column(
            rows.select(pl.col(PLACE).alias(ROW), pl.col(name).fill_null("")),
            name,
            whole_number,
            how.cell,
            pl.Int64(),
        )
        for name in (how.total, *names)
    }
    total, unreadable = read.pop(how.total)
    bad = pl.concat(faults[ROW] for _, faults in read.values())
    parts = pl.DataFrame([values.cast(pl.Int128) for values, _ in read.values()])
    found = rows.select(PLACE, ROW, how.total).with_columns(
        total.cast(pl.Int128).alias(TOTAL), parts.sum_horizontal().alias(SUM)
    )
    wrong = found.filter(pl.col(TOTAL) != pl.col(SUM), ~pl.col(PLACE).is_in(bad.implode()))
    listed = [
        (row, how.total, RULE, text, WRONG.format(how.total, of_all, of_parts))
        for _, row, text, of_all, of_parts in wrong.iter_rows()
    ]
    schema = dict.fromkeys(UNREADABLE, pl.String())
    origin = rows[ROW].gather(unreadable[ROW])
    return pl.concat(
        [
            pl.DataFrame(listed, schema=schema, orient="row"),
            unreadable.with_columns(origin.alias(ROW)),
        ]
    )
