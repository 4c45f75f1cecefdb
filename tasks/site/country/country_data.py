"""Data beside a country page: the steps of its figures for the time machine, and all as CSV."""

from typing import Any

import orjson

from schemas.wording import figure
from tasks.exports.spreadsheet_text import plain_cells, without_formulas
from tasks.site.country.country_content import CountryContent
from tasks.site.country.country_series import Series


def time_machine_script(one: CountryContent) -> bytes:
    """Return the steps of all figures as a script that sets `vaxwatchData`.

    The shape is that of templates/time_machine.html. A day with several versions has the last one.
    """
    days = {
        at.date() for dataset in {s.dataset for s in one.series} for at in one.versions(dataset)
    }
    days |= {step.as_of.date() for series in one.series for step in series.steps}
    data = {
        "kind": "steps",
        "days": sorted(days),
        "rows": {series.name: _days(series) for series in one.series},
    }
    return b"vaxwatchData = " + orjson.dumps(data) + b";\n"


def _days(series: Series) -> list[list[Any]]:
    by_day = {
        step.as_of.date(): None if step.value is None else figure(step.value, series.measure)
        for step in series.steps
    }
    return [[day, text] for day, text in by_day.items()]


def figures_csv(one: CountryContent) -> bytes:
    """Return all steps of all figures as CSV that no spreadsheet computes."""
    rows = one.rows("country_totals").drop("as_of_date")
    return without_formulas(plain_cells(rows)).write_csv(null_value="").encode()
