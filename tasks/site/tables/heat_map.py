"""The heat map of revisions: versions that changed something across, countries down.

Promises: colour is never alone: a fall points down, a rise points up, a withdrawal is crossed. What
is left out is counted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from schemas.wording import country, day, day_only, figure, percent
from tasks.site.change_lines import direction
from tasks.site.tables.figure_steps import LINE

MOST_COLUMNS: Final = 60
MOST_COUNTRIES: Final = 40
CELL: Final = 18
LEFT: Final = 190
TOP: Final = 88
BANDS: Final = (0.05, 0.2, 0.5)
"""Sizes of a relative change at which the colour gets stronger."""
WIDEST: Final = 26
"""Characters of a country's name that have room beside its row."""
EDGE: Final = 48
"""Room at the right, for the last day."""


def revised_totals(steps: pl.DataFrame) -> pl.DataFrame:
    """Return the changes of countries' totals: iso3, measure, as_of, before, after; from steps."""
    before = pl.col("total").shift().over(LINE)
    is_first = pl.col("as_of") == pl.col("as_of").min()
    moved = steps.with_columns(before=before, after=pl.col("total")).filter(
        pl.col("before").ne_missing(pl.col("after")) & ~is_first
    )
    return moved.select("iso3", "measure", "as_of", "before", "after")


def revised_days(changes: pl.DataFrame) -> pl.DataFrame:
    """Return the greatest change of each country and version, from the mart `changes_all`.

    Columns as `revised_totals`. In a table of days a new day is no revision, and not in the mart.
    """
    largest = changes.filter(pl.col("iso3").is_not_null()).sort(
        "iso3", "as_of", "score", descending=[False, False, True], nulls_last=True
    )
    return largest.unique(["iso3", "measure", "as_of"], keep="first", maintain_order=True).select(
        "iso3", "measure", "as_of", "before", "after"
    )


def heat_map(changes: pl.DataFrame) -> dict[str, Any] | None:
    """Return the heat map of the figure that changed most often; None where none ever changed.

    `changes`: iso3, measure, as_of, before, after. Lengths are in units of the drawing.
    """
    if changes.is_empty():
        return None
    counts = changes.group_by("measure").len().sort("len", "measure", descending=[True, False])
    measure = str(counts["measure"][0])
    own = changes.filter(measure=measure).with_columns(size=_size())
    instants: list[datetime] = own["as_of"].unique().sort().to_list()
    shown_at = instants[-MOST_COLUMNS:]
    recent = own.filter(pl.col("as_of") >= shown_at[0])
    worst = (
        recent.group_by("iso3")
        .agg(pl.col("size").max())
        .sort("size", "iso3", descending=[True, False])
    )
    names = sorted(worst["iso3"].head(MOST_COUNTRIES).to_list(), key=country)
    columns = {at: LEFT + CELL * place for place, at in enumerate(shown_at)}
    rows = {iso3: TOP + CELL * place for place, iso3 in enumerate(names)}
    shown = recent.filter(pl.col("iso3").is_in(names)).sort("as_of", "iso3")
    return {
        "measure": measure,
        "width": LEFT + CELL * max(len(shown_at), 6) + EDGE,
        "height": TOP + CELL * len(names) + 4,
        "cell": CELL,
        "columns": _columns(shown_at),
        "countries": [
            {"iso3": iso3, "name": _short(country(iso3)), "y": y} for iso3, y in rows.items()
        ],
        "cells": [
            _cell(measure, row, columns[row["as_of"]], rows[row["iso3"]])
            for row in shown.select("iso3", "as_of", "before", "after").iter_rows(named=True)
        ],
        "left_out": {
            "versions": len(instants) - len(shown_at),
            "countries": max(worst.height - MOST_COUNTRIES, 0),
            "changes": own.height - shown.height,
        },
    }


def _size() -> pl.Expr:
    """Return how large a change is, from 0 to 1; one to or from no figure counts as 1."""
    before, after = pl.col("before"), pl.col("after")
    relative = ((after - before) / before).abs().clip(upper_bound=1.0)
    return pl.when(before != 0).then(relative).fill_null(1.0)


def _cell(measure: str, row: dict[str, Any], x: int, y: int) -> dict[str, Any]:
    before, after = row["before"], row["after"]
    relative = (after - before) / before if before and after is not None else None
    way = direction(before, after)
    strength = sum(abs(relative) >= band for band in BANDS) if relative is not None else len(BANDS)
    change = f" ({percent(relative)})" if relative is not None else ""
    text = (
        f"{country(row['iso3'])}, {day(row['as_of'])}: "
        f"{figure(before, measure)} → {figure(after, measure)}{change}"
    )
    return {"x": x, "y": y, "way": way, "strength": strength, "text": text} | row


def _columns(instants: Sequence[datetime]) -> list[dict[str, Any]]:
    """Return the columns with their places, and the days that are written: not every one."""
    step = -(-len(instants) // 15)
    return [
        {
            "x": LEFT + CELL * place,
            "text": day_only(at) if (len(instants) - 1 - place) % step == 0 else "",
        }
        for place, at in enumerate(instants)
    ]


def _short(name: str) -> str:
    """Return a country's name with its code, shortened to what has room; the code stays.

    >>> _short("Bosnia and Herzegovina (BIH)"), _short("Chile (CHL)")
    ('Bosnia and Herzegov… (BIH)', 'Chile (CHL)')
    """
    if len(name) <= WIDEST:
        return name
    words, _, code = name.rpartition(" ")
    return f"{words[: WIDEST - len(code) - 2].rstrip()}… {code}"
