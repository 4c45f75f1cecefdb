"""
Kinds: what the cells of a publisher's columns hold, taken as a whole.

Promises: a pure function of the cells and of what a source declares, and not of what a column held
before: a kind is the same in whichever order snapshots are taken, and when one is read again.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from schemas.source import ROW, Budget

NUMBER = r"^[+\-\x{2212}]?[\d.,'\x{a0}\x{202f} ]*\d[\d.,]*([eE][+-]?\d+)?\s*%?$"
DAY = (
    r"^(\d{4}-\d{1,2}-\d{1,2}([T ].*)?"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}[ -]?[A-Za-z]{3}[ -]?\d{2,4})$"
)
SNIFFED = 10_000
"""Rows by which the kind of a column is told."""
FEW: Final = Budget().rows
"""Odd cells that change no kind, however short a table: as many as may wait in quarantine."""
Columns = tuple[tuple[str, str], ...]
"""
Name and kind of each column, in order.

A kind is day or number, where at least half of the filled cells are; else text; or blank: nothing
in it. A few odd cells change no kind: they are a matter of their rows (`_kind_of_read`).
"""
Blanks = Mapping[str, Mapping[str, Collection[str]]]
"""By table and column the texts that mean "not published"."""
Wanted = Mapping[str, Mapping[str, str]]
"""By table and column the kind of what is read from it: number or day."""


def columns_of(
    frame: pl.DataFrame,
    *,
    blanks: Mapping[str, Collection[str]] = MappingProxyType({}),
    wanted: Mapping[str, str] = MappingProxyType({}),
) -> Columns:
    """Return the name and the kind of each column, by its first rows, in one pass."""
    names = [name for name in frame.columns if name != ROW]
    if not names:
        return ()
    rows = frame.head(SNIFFED)
    counted = [expr for name in names for expr in _counts(name, blanks.get(name, ()))]
    counts = rows.select(counted).row(0, named=True)
    found: list[tuple[str, str]] = []
    for name in names:
        filled, *told = (counts[f"{what} {name}"] for what in ("filled", "day", "number"))
        kinds: dict[str, int] = dict(zip(("day", "number"), told, strict=True))
        meant = wanted.get(name, "")
        kind = _kind_of_read(filled, kinds, wanted=meant, rows=rows.height)
        found.append((name, kind or _kind(filled, kinds)))
    return tuple(found)


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


def _kind_of_read(filled: int, kinds: Mapping[str, int], *, wanted: str, rows: int) -> str:
    """
    Return the kind of a column from which `wanted` is read, '' where most of its cells tell.

    `filled`: cells of it that are. `kinds`: how many are of each. `rows`: of the whole table.

    It is what is wanted while a single cell is, and no more than a few are not: each of these waits
    in quarantine with its row. Where no cell is left of that kind, it is held to be another one,
    since nothing of the column could be published. A lone odd cell among blank ones tells nothing,
    and keeps the other rows; in a table of one row there is nothing to keep, and so it counts.

    >>> [_kind_of_read(3, {"day": days}, wanted="day", rows=3) for days in (1, 0)]
    ['day', '']
    >>> [_kind_of_read(1, {"day": 0}, wanted="day", rows=rows) for rows in (3, 1)]
    ['blank', '']
    """
    if not wanted or not filled:
        return ""
    meant = kinds[wanted]
    if meant and filled - meant <= FEW:
        return wanted
    return "blank" if not meant and filled == 1 < rows else ""


def _kind(filled: int, kinds: Mapping[str, int]) -> str:
    """
    Return the kind of at least half of the filled cells.

    >>> _kind(0, {}), _kind(4, {"day": 1, "number": 2}), _kind(4, {"day": 1, "number": 1})
    ('blank', 'number', 'text')
    """
    if not filled:
        return "blank"
    return next((kind for kind, count in kinds.items() if 2 * count >= filled), "text")
