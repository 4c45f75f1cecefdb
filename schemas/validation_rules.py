"""The rules that cells and rows are checked against, and the relations between figures of one row.

Promises: a name never changes its description; whatever changes which rows break a rule raises its
version. These rules judge one row; alert rules (`tasks.alerts.rules`) compare vintages.
A relation holds where a figure is absent, null, or below zero, which another rule reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["unreadable", "implausible"]
"""
Unreadable: the row cannot be interpreted, so it is quarantined. Implausible: it can be read, so it
is published with a flag, and the alert rules judge it.
"""


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """One rule. `description`: what holds in a row that passes."""

    name: str
    version: int
    kind: Kind
    description: str


_STATEMENTS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "unreadable": {
        "readable": "a cell reads exactly as the type of its column",
        "known_country": "ISO 3166 or our aliases know the country",
        "row_shape": "a cell has the pattern that its source declares",
        "row_width": "a row has as many fields as its header, and every quote is closed",
        "total_is_sum": "a printed total is the sum of the columns beside it",
        "known_error": "the publisher has not disowned the figure",
        "key_not_null": "no part of the key is blank",
        "unique_key": "no other row has the same key",
        "country_code": "the code of a country is three capital letters",
        "clean_text": "a text has no broken or control characters",
    },
    "implausible": {
        "count_not_negative": "a count is 0 or more",
        "share_in_range": "a share of population is 0 to 20 doses a head",
        "coverage_in_range": "a share of those due is 0 to 1",
        "price_in_range": "a dose costs more than 0 and up to 1,000 USD",
        "year_in_range": "a year is 1950 to 2100",
        "day_not_too_early": "a day is not before the matter began",
        "day_not_in_future": "a day is not after the snapshot's next day",
        "positives_within_tests": "no more positives than were tested",
        "new_within_cumulative": "no more new ones than there are in all",
        "deaths_within_cases": "no more deaths than cases",
        "last_within_first_dose": "at most 1.02 last doses a first dose",
        "booster_within_last_dose": "at most 1.02 boosters a last dose",
        "donated_within_pledged": "donated is at most 1.05 times pledged",
        "delivered_within_shipped": "delivered is at most 1.05 times shipped",
    },
}
VERSIONS: Final[Mapping[str, int]] = {}
"""Rules whose version is above 1."""
VALIDATION_RULES: Final[Mapping[str, ValidationRule]] = {
    name: ValidationRule(name, VERSIONS.get(name, 1), kind, description)
    for kind, statements in _STATEMENTS.items()
    for name, description in statements.items()
}
"""Every validation rule by its name."""

ROUNDING: Final = 1.02
"""Factor for doses: first and later doses are counted in different places, on different days."""
SUPPLY: Final = 1.05
"""Factor for supply: who ships or receives counts differently from who promises."""


@dataclass(frozen=True, slots=True)
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
    return Relation("new_within_cumulative", f"{thing}_new", (f"{thing}_cumulative",))


def _tests(kind: str, *units: str) -> Relation:
    more = tuple(f"{unit}_{kind}" for unit in units)
    return Relation("positives_within_tests", f"positives_{kind}", more, join="among")


RELATIONS: Final[Mapping[str, tuple[Relation, ...]]] = {
    "cases": (
        Relation("deaths_within_cases", "deaths_cumulative", ("cases_cumulative",)),
        _new("cases"),
        _new("deaths"),
    ),
    "deliveries": (
        Relation("delivered_within_shipped", "doses_delivered", ("doses_shipped",), SUPPLY),
    ),
    "donations": (Relation("donated_within_pledged", "doses_donated", ("doses_pledged",), SUPPLY),),
    "tests": (
        _tests("new", "tests_performed", "people_tested", "samples_tested", "specimens_processed"),
        _tests("cumulative", "tests_performed", "people_tested", "samples_tested"),
        _new("tests_performed"),
        _new("people_tested"),
        _new("samples_tested"),
        _new("positives"),
    ),
    "vaccinations": (
        Relation("last_within_first_dose", "people_last_dose", ("people_first_dose",), ROUNDING),
        Relation("booster_within_last_dose", "people_booster", ("people_last_dose",), ROUNDING),
    ),
}
"""The relations of each table."""
SAME_AS: Final[Mapping[str, str]] = {
    "cases_current": "cases",
    "vaccinations_current": "vaccinations",
}
"""Tables with the figures of another."""


def relations_of(table: str) -> tuple[Relation, ...]:
    """Return the relations of a table.

    >>> [relation.rule for relation in relations_of("vaccinations_current")]
    ['last_within_first_dose', 'booster_within_last_dose']
    """
    return RELATIONS.get(SAME_AS.get(table, table), ())
