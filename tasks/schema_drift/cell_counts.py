"""Counts of the cells of a table of strings: filled ones, days, numbers.

Promises: a pure function of the first 10,000 rows. All columns are looked at together, each once,
however many tables are made of one frame.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import polars as pl

NUMBER: Final = r"^[+\-\x{2212}]?[\d.,'\x{a0}\x{202f} ]*\d[\d.,]*([eE][+-]?\d+)?\s*%?$"
DAY: Final = (
    r"^(\d{4}-\d{1,2}-\d{1,2}([T ].*)?"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}[ -]?[A-Za-z]{3}[ -]?\d{2,4})$"
)
SAMPLED_ROWS: Final = 10_000
CELL: Final = pl.col("cell")
Reading = tuple[str, tuple[str, ...]]
"""A column by its name, and the texts in it that mean "not published" beside the empty one."""


class CellCounts(NamedTuple):
    """How many cells of a column are filled; of those, how many are days, or numbers but no day."""

    filled: int = 0
    day: int = 0
    number: int = 0


class CellCounter:
    """Counts the cells of one frame, by its first 10,000 rows (`rows`); a reading once."""

    def __init__(self, frame: pl.DataFrame) -> None:
        sampled = frame.head(SAMPLED_ROWS)
        self.rows = sampled.height
        self._texts = sampled.select(pl.all().cast(pl.String).str.strip_chars())
        self._known: dict[Reading, CellCounts] = {}

    def counts(self, readings: Iterable[Reading]) -> list[CellCounts]:
        """Return the counts of columns of the frame, in the order given."""
        asked = list(readings)
        new = [one for one in dict.fromkeys(asked) if one not in self._known]
        if new:
            self._known |= dict(zip(new, self._counted(new), strict=True))
        return [self._known[one] for one in asked]

    def _counted(self, readings: list[Reading]) -> list[CellCounts]:
        texts = [_without(name, blanks) for name, blanks in readings]
        columns = [text.alias(str(place)) for place, text in enumerate(texts)]
        counted = (
            self._texts.lazy()
            .select(columns)
            .unpivot(variable_name="place", value_name="cell")
            .filter(CELL != "")
            .with_columns(CELL.str.contains(DAY).alias("day"))
            .with_columns((CELL.str.contains(NUMBER) & ~pl.col("day")).alias("number"))
            .group_by("place")
            .agg(pl.len(), pl.col("day", "number").sum())
            .collect()
        )
        found = {int(place): CellCounts(*counts) for place, *counts in counted.iter_rows()}
        return [found.get(place, CellCounts()) for place in range(len(readings))]


def _without(name: str, blanks: tuple[str, ...]) -> pl.Expr:
    """Return the texts of a column, null where one is among `blanks`."""
    text = pl.col(name)
    return pl.when(~text.is_in(blanks)).then(text) if blanks else text
