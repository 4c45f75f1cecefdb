"""Rows that a declaration leaves out, counted by its reasons."""

from collections import Counter

import polars as pl

from schemas.columns import LeaveOut
from schemas.source import Source

COUNTRY = "iso3"


def without_left_out(
    rows: pl.DataFrame, source: Source
) -> tuple[pl.DataFrame, dict[LeaveOut, int]]:
    """Return the rows that stay, and how many each `LeaveOut` removes, applied in order."""
    counts: dict[LeaveOut, int] = {}
    for one in source.leave_out:
        if one.column in rows.columns:
            text = pl.col(one.column).fill_null("").str.strip_chars()
            if one.unlike:
                stays = text.str.contains(f"^(?:{one.unlike})$")
            elif one.values:
                stays = ~text.is_in(list(one.values))
            else:
                stays = text.is_in(list(one.unless))
            kept = rows.filter(stays)
            counts[one], rows = rows.height - kept.height, kept
    return rows, counts


def without_no_countries(
    cells: pl.DataFrame, source: Source
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the rows about countries, and how many are about none, by the declared reason.

    `cells`: published texts under canonical names.
    """
    if COUNTRY not in cells.columns:
        return cells, {}
    text = pl.col(COUNTRY).str.strip_chars()
    is_none = text.is_in(list(source.not_countries))
    if not cells.select(is_none.any()).item():
        return cells, {}
    counts: Counter[str] = Counter()
    for name, count in cells.filter(is_none).group_by(text).len().sort(COUNTRY).iter_rows():
        counts[source.not_countries[name]] += count
    return cells.filter(~is_none), dict(counts)
