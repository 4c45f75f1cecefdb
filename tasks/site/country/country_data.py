"""Data beside a country page: the steps of its figures for the time machine, and all as CSV."""

from typing import Any

import orjson
import polars as pl

from schemas.wording import figure
from tasks.exports.spreadsheet_text import plain_cells, without_formulas
from tasks.site.country.country_content import CountryContent
from tasks.site.figures.country_series import Series
from tasks.site.figures.further_lines import FurtherLine
from tasks.site.period_text import dated_figure


def time_machine_script(one: CountryContent) -> bytes:
    """Return the steps of all figures as a script that sets `vaxwatchData`.

    The shape is that of templates/time_machine.html. A day with several versions has the last one.
    """
    every = [*one.series, *(line.series for line in one.further)]
    days = {at.date() for dataset in {s.dataset for s in every} for at in one.versions(dataset)}
    days |= {step.as_of.date() for series in every for step in series.steps}
    days |= {shown.as_of.date() for line in one.further for shown in line.shown}
    data = {
        "kind": "steps",
        "days": sorted(days),
        "rows": {
            **{series.name: _days(series) for series in one.series},
            **{line.name: _further_days(line) for line in one.further},
        },
    }
    return b"vaxwatchData = " + orjson.dumps(data) + b";\n"


def _days(series: Series) -> list[list[Any]]:
    by_day = {
        step.as_of.date(): None if step.value is None else figure(step.value, series.measure)
        for step in series.steps
    }
    return [[day, text] for day, text in by_day.items()]


def _further_days(line: FurtherLine) -> list[list[Any]]:
    series = line.series
    by_day = {
        shown.as_of.date(): None
        if shown.value is None
        else dated_figure(series.dataset, series.measure, shown.value, shown.on)
        for shown in line.shown
    }
    return [[day, text] for day, text in by_day.items()]


def figures_csv(one: CountryContent) -> bytes:
    """Return all steps of all figures as CSV that no spreadsheet computes, large ones exactly.

    The columns of the mart `country_totals`, then those that `further_figures` has beside them.
    """
    further = one.rows("further_figures").rename({"figure": "total"})
    rows = pl.concat([one.rows("country_totals"), further], how="diagonal").drop("as_of_date")
    if rows["whole"].is_not_null().any():
        rows = rows.with_columns(
            total=pl.coalesce(pl.col("whole").cast(pl.String), pl.col("total").cast(pl.String))
        )
    rows = rows.drop("whole")
    return without_formulas(plain_cells(rows)).write_csv(null_value="").encode()


def periods_csv(one: CountryContent) -> bytes:
    """Return what versions showed of each month and year as CSV that no spreadsheet computes.

    The columns of `period_rows`; `figure` has the whole numbers, exactly.
    """
    exact = pl.coalesce(pl.col("whole").cast(pl.String), pl.col("figure").cast(pl.String))
    rows = one.periods.with_columns(exact.alias("figure")).drop("whole")
    return without_formulas(plain_cells(rows)).write_csv(null_value="").encode()
