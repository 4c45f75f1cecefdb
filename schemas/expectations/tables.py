"""The suite of expectations of every table."""

from typing import Final

from schemas.expectations.common import arrival, changes, freshness, presence, size
from schemas.expectations.expectation import Expectation, Suite
from schemas.expectations.totals import adds_up, new_total, running_total, total

MANY_CHANGE: Final = 0.25
"""In a table without a series every figure is the newest, so many change with each vintage."""


def _of_countries(
    *expectations: Expectation, fresh: tuple[Expectation, ...], day: str = ""
) -> Suite:
    who = "countries"
    changed = changes() if day == "observed_on" else changes(MANY_CHANGE)
    shared = (*size(who), *presence(who), *fresh, *changed)
    return Suite(
        member="iso3", members=who, one="country", day=day, expectations=(*shared, *expectations)
    )


def _of_buyers(*expectations: Expectation, fresh: tuple[Expectation, ...], day: str) -> Suite:
    who = "buyers"
    shared = (*size(who), *presence(who), *fresh, *changes())
    return Suite(
        member="buyer", members=who, one="buyer", day=day, expectations=(*shared, *expectations)
    )


SUITES: Final[dict[str, Suite]] = {
    "allocations": _of_countries(
        total("doses_announced", "doses", fall=0.1, rise=0.5),
        total("doses_allocated", "doses", fall=0.1, rise=0.5),
        fresh=arrival(),
    ),
    "cases": _of_countries(
        adds_up("cases"),
        adds_up("deaths"),
        running_total("cases_cumulative", "cases"),
        running_total("deaths_cumulative", "deaths"),
        day="observed_on",
        fresh=freshness(),
    ),
    "cases_current": _of_countries(
        running_total("cases_cumulative", "cases"),
        running_total("deaths_cumulative", "deaths"),
        fresh=arrival(),
    ),
    "deliveries": _of_countries(
        running_total("doses_shipped", "doses"),
        running_total("doses_delivered", "doses"),
        fresh=arrival(),
    ),
    "donations": _of_countries(
        total("doses_pledged", "doses", fall=0.1, rise=0.5),
        running_total("doses_donated", "doses"),
        fresh=arrival(),
    ),
    "population": _of_countries(total("people", "people", fall=0.02, rise=0.05), fresh=arrival()),
    "prices": _of_buyers(day="reported_on", fresh=freshness("day on which a price was reported")),
    "secured_supply": _of_countries(fresh=arrival()),
    "supply_deals": _of_buyers(
        total("doses_committed", "doses", fall=0.05, rise=0.5),
        total("doses_optioned", "doses", fall=0.1, rise=0.5),
        day="deal_on",
        fresh=freshness("day of a deal"),
    ),
    "tests": _of_countries(
        adds_up("tests_performed"),
        adds_up("people_tested"),
        adds_up("samples_tested"),
        adds_up("positives"),
        new_total("tests_performed_new", "tests"),
        new_total("people_tested_new", "people"),
        new_total("samples_tested_new", "samples"),
        new_total("specimens_processed_new", "specimens"),
        new_total("positives_new", "positives"),
        running_total("tests_performed_cumulative", "tests"),
        running_total("people_tested_cumulative", "people"),
        running_total("samples_tested_cumulative", "samples"),
        running_total("positives_cumulative", "positives"),
        day="observed_on",
        fresh=freshness(),
    ),
    "vaccinations": _of_countries(
        running_total("doses_administered", "doses"),
        running_total("people_first_dose", "people"),
        running_total("people_last_dose", "people"),
        running_total("people_booster", "people"),
        day="observed_on",
        fresh=freshness(),
    ),
    "vaccinations_current": _of_countries(
        running_total("doses_administered", "doses"),
        running_total("people_first_dose", "people"),
        running_total("people_last_dose", "people"),
        running_total("people_booster", "people"),
        day="published_on",
        fresh=freshness("day that the publisher prints on a row"),
    ),
}
"""The suite of each table of `schemas.tables`."""
