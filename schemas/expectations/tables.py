"""The suite of expectations of every table."""

from typing import Final

from schemas.expectations.bounds import AtLeast, Near
from schemas.expectations.common import TOTALS, arrival, changes, freshness, presence, size
from schemas.expectations.expectation import Expectation, Fact, Suite

MANY_CHANGE: Final = 0.25
"""In a table without a series every figure is the newest, so many change with each vintage."""
GIVEN: Final = ("doses_administered", "people_first_dose", "people_last_dose", "people_booster")
COUNTRIES: Final = ("iso3", "countries", "country")
BUYERS: Final = ("buyer", "buyers", "buyer")
REPORTS: Final = ("offer_id", "reports", "report")
"""Of the entities that the rows of a table are about: key column, plural and singular noun."""


def _total(figure: str, *, fall: float, rise: float) -> Expectation:
    title = f"The total of {_spoken(figure)} is near the one before"
    note = "The sum over all rows; rows counted twice, or a slip of the unit, show here."
    return _sum("sum", figure, title, note, Near(fall=fall, rise=rise))


def _running_total(figure: str) -> Expectation:
    title = f"The total of {_spoken(figure)} neither falls nor leaps"
    note = (
        "The sum of the newest figure of each line; it runs on from the beginning, so that less "
        "than before means that something was taken back or lost, and far more that something was "
        "counted twice, or in another unit."
    )
    return _sum("newest_sum", figure, title, note, Near(fall=0.01, rise=0.25))


def _new_total(figure: str) -> Expectation:
    title = f"The sum of new {_spoken(figure)} neither falls nor leaps"
    note = (
        "The sum over all reports; it grows with every report, so that less than before means "
        "that reports were taken back or lowered, and far more that some were counted twice."
    )
    return _sum("sum", figure, title, note, Near(fall=0.01, rise=0.25, rise_needs=2))


def _sum(fact: Fact, figure: str, title: str, note: str, bound: Near) -> Expectation:
    return Expectation(
        name=f"total_{figure}",
        topic=TOTALS,
        title=title,
        note=note,
        fact=fact,
        noun=figure.partition("_")[0],
        figure=figure,
        bound=bound,
    )


def _adds_up(stem: str) -> Expectation:
    return Expectation(
        name=f"adds_up_{stem}",
        topic=TOTALS,
        title=f"New {_spoken(stem)} add up to the running total",
        note=(
            f"The share of reports whose {_spoken(stem)} since the beginning rose by exactly the "
            f"new ones; where it falls, the past was rewritten without the total, or the reverse."
        ),
        fact="steps_kept",
        unit="share",
        figure=stem,
        bound=AtLeast(margin=0.02),
    )


def _spoken(column: str) -> str:
    return column.removesuffix("_cumulative").removesuffix("_new").replace("_", " ")


def _suite(
    *expectations: Expectation,
    day: str = "",
    newest: str = "day that the figures are about",
    of: tuple[str, str, str] = COUNTRIES,
) -> Suite:
    entity, plural, singular = of
    fresh = [freshness(newest)] if day else []
    changed = changes(MANY_CHANGE) if day in {"", "published_on"} else changes()
    shared = (*size(plural), *presence(plural), *fresh, arrival(), *changed)
    return Suite(entity, plural, singular, day, (*shared, *expectations))


SUITES: Final[dict[str, Suite]] = {
    "allocations": _suite(
        _total("doses_announced", fall=0.1, rise=0.5), _total("doses_allocated", fall=0.1, rise=0.5)
    ),
    "cases": _suite(
        _adds_up("cases"),
        _adds_up("deaths"),
        _running_total("cases_cumulative"),
        _running_total("deaths_cumulative"),
        day="observed_on",
    ),
    "cases_current": _suite(
        _running_total("cases_cumulative"), _running_total("deaths_cumulative")
    ),
    "coverage": _suite(),
    "deliveries": _suite(_running_total("doses_shipped"), _running_total("doses_delivered")),
    "deliveries_monthly": _suite(
        _new_total("doses_delivered_new"), day="month", newest="month of deliveries"
    ),
    "donations": _suite(
        _total("doses_pledged", fall=0.1, rise=0.5), _running_total("doses_donated")
    ),
    "offers": _suite(of=REPORTS),
    "population": _suite(_total("people", fall=0.02, rise=0.05)),
    "prices": _suite(day="reported_on", newest="day on which a price was reported", of=BUYERS),
    "secured_supply": _suite(),
    "supply_deals": _suite(
        _total("doses_committed", fall=0.05, rise=0.5),
        _total("doses_optioned", fall=0.1, rise=0.5),
        day="deal_on",
        newest="day of a deal",
        of=BUYERS,
    ),
    "tests": _suite(
        *map(_adds_up, ("tests_performed", "people_tested", "samples_tested", "positives")),
        _new_total("tests_performed_new"),
        _new_total("people_tested_new"),
        _new_total("samples_tested_new"),
        _new_total("specimens_processed_new"),
        _new_total("positives_new"),
        _running_total("tests_performed_cumulative"),
        _running_total("people_tested_cumulative"),
        _running_total("samples_tested_cumulative"),
        _running_total("positives_cumulative"),
        day="observed_on",
    ),
    "vaccinations": _suite(*map(_running_total, GIVEN), day="observed_on"),
    "vaccinations_current": _suite(
        *map(_running_total, GIVEN),
        day="published_on",
        newest="day that the publisher prints on a row",
    ),
}
"""The suite of each table of `schemas.tables`."""
