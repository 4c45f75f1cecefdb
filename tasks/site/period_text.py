"""The day, month or year that a figure is about, as pages write it."""

from datetime import date
from functools import cache

from schemas.figure_kinds import figure_kind
from schemas.tables import key_of
from schemas.wording import MONTHS, day_only, figure
from tasks.marts.builders.part_entities import period_of


@cache
def period_word(dataset: str) -> str:
    """Return what a figure of a table is about: day, month or year; '' where it does not.

    >>> period_word("unicef_wuenic.coverage"), period_word("unicef_market.allocations")
    ('year', '')
    """
    period = period_of(key_of(dataset.partition(".")[2]))
    return "day" if period == "observed_on" else period or ""


def period_name(dataset: str, on: date) -> str:
    """Return a day, a month or a year by its name.

    >>> period_name("unicef_wuenic.coverage", date(2020, 1, 1))
    '2020'
    """
    word = period_word(dataset)
    if word == "month":
        return f"{MONTHS[on.month - 1]} {on.year}"
    return f"{on.year}" if word == "year" else day_only(on)


def period_text(dataset: str, measure: str, on: date) -> str:
    """Return when a figure holds: a count since the beginning by a day, any other for it.

    >>> period_text("who_mpox.cases", "cases_cumulative", date(2025, 2, 11))
    'by 11 Feb 2025'
    """
    word = "by" if figure_kind(measure) == "counter" else "for"
    return f"{word} {period_name(dataset, on)}"


def dated_figure(dataset: str, measure: str, value: float | None, on: date | None) -> str:
    """Return a figure with the day, month or year that it is about, where it has one."""
    text = figure(value, measure)
    return text if on is None or value is None else f"{text} {period_text(dataset, measure, on)}"
