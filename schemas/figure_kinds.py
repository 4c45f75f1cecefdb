"""What kind of quantity each figure is, which decides the alert rules that judge it."""

from functools import cache
from typing import Final, Literal

FigureKind = Literal["promise", "counter", "flow", "other"]
"""A promise may rise and fall; a counter counts since the beginning, so it never falls; a flow is
what was counted in a period; another figure (a price, a population) is none of them."""
PROMISES: Final = ("doses_announced", "doses_allocated", "doses_pledged", "secured_share")
"""Figures that are promises."""
COUNTERS: Final = (
    *("doses_shipped", "doses_delivered", "doses_donated", "doses_administered"),
    *("people_first_dose", "people_last_dose", "people_booster"),
    *("tests_performed_cumulative", "people_tested_cumulative", "samples_tested_cumulative"),
    *("positives_cumulative", "cases_cumulative", "deaths_cumulative"),
)
"""Figures that count since the beginning."""


@cache
def figure_kind(column: str) -> FigureKind:
    """Return the kind of a figure.

    >>> figure_kind("doses_allocated"), figure_kind("cases_cumulative"), figure_kind("cases_new")
    ('promise', 'counter', 'flow')
    """
    if column in PROMISES:
        return "promise"
    if column in COUNTERS:
        return "counter"
    return "flow" if column.endswith("_new") else "other"
