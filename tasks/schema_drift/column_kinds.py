"""Kinds of the publisher's columns, by their cells: day, number, text or blank.

Promises: a pure function of the cells and the source's declaration; earlier snapshots do not
matter.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from schemas.columns import ROW
from schemas.source import Budget

NUMBER: Final = r"^[+\-\x{2212}]?[\d.,'\x{a0}\x{202f} ]*\d[\d.,]*([eE][+-]?\d+)?\s*%?$"
DAY: Final = (
    r"^(\d{4}-\d{1,2}-\d{1,2}([T ].*)?"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}[ -]?[A-Za-z]{3}[ -]?\d{2,4})$"
)
SAMPLED_ROWS: Final = 10_000
TOLERATED: Final = Budget().rows
"""Odd cells that do not change a column's kind: as many as may be quarantined."""
Columns = tuple[tuple[str, str], ...]
"""Name and kind of each column, in the publisher's order."""
Blanks = Mapping[str, Mapping[str, Collection[str]]]
"""By table and column the texts that mean "not published"."""
ReadKinds = Mapping[str, Mapping[str, str]]
"""By table and column the kind of the figures that are read from it: number or day."""


def columns_of(
    frame: pl.DataFrame,
    *,
    blanks: Mapping[str, Collection[str]] = MappingProxyType({}),
    read_kinds: Mapping[str, str] = MappingProxyType({}),
) -> Columns:
    """Return the name and kind of each column of a table of strings, by its first 10,000 rows.

    >>> columns_of(pl.DataFrame({"iso3": ["PRK"], "doses": ["1,992,000"], "note": [""]}))
    (('iso3', 'text'), ('doses', 'number'), ('note', 'blank'))
    """
    names = [name for name in frame.columns if name != ROW]
    if not names:
        return ()
    rows = frame.head(SAMPLED_ROWS)
    counting = [expr for name in names for expr in _counts(name, blanks.get(name, ()))]
    counts = rows.select(counting).row(0, named=True)
    columns: list[tuple[str, str]] = []
    for name in names:
        filled = counts[f"filled {name}"]
        kinds: dict[str, int] = {kind: counts[f"{kind} {name}"] for kind in ("day", "number")}
        kind = _declared_kind(filled, kinds, declared=read_kinds.get(name, ""), rows=rows.height)
        columns.append((name, kind or _kind(filled, kinds)))
    return tuple(columns)


def _counts(name: str, blanks: Collection[str]) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return how many cells of a column are filled, days, and numbers that are no days."""
    text = pl.col(name).cast(pl.String).str.strip_chars()
    filled = text.filter(~text.is_in(["", *blanks]))
    is_day = filled.str.contains(DAY)
    return (
        filled.len().alias(f"filled {name}"),
        is_day.sum().alias(f"day {name}"),
        (filled.str.contains(NUMBER) & ~is_day).sum().alias(f"number {name}"),
    )


def _declared_kind(filled: int, kinds: Mapping[str, int], *, declared: str, rows: int) -> str:
    """Return the kind of a column that a source reads as `declared`, '' where the majority decides.

    `filled`: filled cells. `kinds`: cells by kind. `rows`: rows of the table.

    The kind is as declared while at least one cell is of that kind and at most TOLERATED are not;
    those are quarantined with their rows. A column without any such cell has another kind, as none
    of it could be published. A single odd cell in an otherwise blank column counts as blank, which
    saves the other rows of the table, if there are any.

    >>> [_declared_kind(3, {"day": days}, declared="day", rows=3) for days in (1, 0)]
    ['day', '']
    >>> [_declared_kind(1, {"day": 0}, declared="day", rows=rows) for rows in (3, 1)]
    ['blank', '']
    """
    if not declared or not filled:
        return ""
    readable = kinds[declared]
    if readable and filled - readable <= TOLERATED:
        return declared
    return "blank" if not readable and filled == 1 < rows else ""


def _kind(filled: int, kinds: Mapping[str, int]) -> str:
    """Return the kind of at least half of the filled cells, else text.

    >>> _kind(0, {}), _kind(4, {"day": 1, "number": 2}), _kind(4, {"day": 1, "number": 1})
    ('blank', 'number', 'text')
    """
    if not filled:
        return "blank"
    return next((kind for kind, count in kinds.items() if 2 * count >= filled), "text")
