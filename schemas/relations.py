"""Relations between figures of one row: one is a part of the other.

Promises: both figures are from one source, in one row, in one unit. A relation holds where a figure
is absent, null, or below zero, which another rule reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ROUNDING: Final = 1.02
"""Factor for doses: first and later doses are counted in different places, on different days."""
SUPPLY: Final = 1.05
"""Factor for supply: who ships or receives counts differently from who promises."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """One figure is at most `factor` times another of the same row.

    `rule`: name of the validation rule. `less`: the smaller figure. `more`: the columns of the
    other, of which the greatest counts. `join`: the word between the two in a sentence.
    """

    rule: str
    less: str
    more: tuple[str, ...]
    factor: float = 1.0
    join: str = "beside"


def _new(thing: str) -> Relation:
    """Return the relation of new figures to the cumulative one."""
    return Relation(
        rule="new_within_cumulative", less=f"{thing}_new", more=(f"{thing}_cumulative",)
    )


def _tests(kind: str, *units: str) -> Relation:
    """Return the relation of positives to tests, new or cumulative."""
    more = tuple(f"{unit}_{kind}" for unit in units)
    return Relation(
        rule="positives_within_tests", less=f"positives_{kind}", more=more, join="among"
    )


RELATIONS: Final[Mapping[str, tuple[Relation, ...]]] = {
    "cases": (
        Relation(rule="deaths_within_cases", less="deaths_cumulative", more=("cases_cumulative",)),
        _new("cases"),
        _new("deaths"),
    ),
    "deliveries": (
        Relation(
            rule="delivered_within_shipped",
            less="doses_delivered",
            more=("doses_shipped",),
            factor=SUPPLY,
        ),
    ),
    "donations": (
        Relation(
            rule="donated_within_pledged",
            less="doses_donated",
            more=("doses_pledged",),
            factor=SUPPLY,
        ),
    ),
    "tests": (
        _tests("new", "tests_performed", "people_tested", "samples_tested", "specimens_processed"),
        _tests("cumulative", "tests_performed", "people_tested", "samples_tested"),
        _new("tests_performed"),
        _new("people_tested"),
        _new("samples_tested"),
        _new("positives"),
    ),
    "vaccinations": (
        Relation(
            rule="last_within_first_dose",
            less="people_last_dose",
            more=("people_first_dose",),
            factor=ROUNDING,
        ),
        Relation(
            rule="booster_within_last_dose",
            less="people_booster",
            more=("people_last_dose",),
            factor=ROUNDING,
        ),
    ),
}
"""The relations of each table."""
SAME_AS: Final[Mapping[str, str]] = {
    "cases_current": "cases",
    "vaccinations_current": "vaccinations",
}
"""Tables with the figures of another."""
NOUNS: Final = {
    "cases_cumulative": "cases",
    "cases_new": "new cases",
    "deaths_cumulative": "deaths",
    "deaths_new": "new deaths",
    "doses_delivered": "doses delivered",
    "doses_donated": "doses donated",
    "doses_pledged": "doses pledged",
    "doses_shipped": "doses shipped",
    "people_booster": "people with a booster",
    "people_first_dose": "people with a first dose",
    "people_last_dose": "people with the last dose",
    "people_tested_cumulative": "people tested",
    "people_tested_new": "people newly tested",
    "positives_cumulative": "positives",
    "positives_new": "new positives",
    "samples_tested_cumulative": "samples tested",
    "samples_tested_new": "samples newly tested",
    "specimens_processed_new": "specimens processed",
    "tests_performed_cumulative": "tests",
    "tests_performed_new": "new tests",
}
"""Nouns of the figures in sentences."""


def relations_of(table: str) -> tuple[Relation, ...]:
    """Return the relations of a table.

    >>> [relation.rule for relation in relations_of("vaccinations_current")]
    ['last_within_first_dose', 'booster_within_last_dose']
    """
    return RELATIONS.get(SAME_AS.get(table, table), ())
