"""
What figures of one row may be beside each other: the relations that the tables declare.

Promises: a relation speaks of figures that one source shows in one row, in one unit; it holds
where a figure is absent, null, or itself below zero, which is a matter of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ROUNDING: Final = 1.02
"""Doses: the second and later ones are counted at other desks, on other days, than the first."""
SUPPLY: Final = 1.05
"""Supply: what is shipped, given or received is counted by others than it is promised by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """
    One figure is at most `factor` times another of the same row.

    `rule`: its name among the rules. `less`: the figure that is to be the smaller one. `more`: the
    columns of the other; where several are published, the greatest of them. `join`: the word
    between the two in a sentence.
    """

    rule: str
    less: str
    more: tuple[str, ...]
    factor: float = 1.0
    join: str = "beside"


def _new(thing: str) -> Relation:
    """Return that what was added in a period is no more than all there is."""
    return Relation(
        rule="new_within_cumulative", less=f"{thing}_new", more=(f"{thing}_cumulative",)
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
        Relation(
            rule="positives_within_tests",
            less="positives_new",
            more=(
                "tests_performed_new",
                "people_tested_new",
                "samples_tested_new",
                "specimens_processed_new",
            ),
            join="among",
        ),
        Relation(
            rule="positives_within_tests",
            less="positives_cumulative",
            more=(
                "tests_performed_cumulative",
                "people_tested_cumulative",
                "samples_tested_cumulative",
            ),
            join="among",
        ),
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
"""The relations of each table; of a table that is not named there are none."""
SAME_AS: Final[Mapping[str, str]] = {
    "cases_current": "cases",
    "vaccinations_current": "vaccinations",
}
"""Tables whose figures are those of another."""
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
"""How the figures are called behind their number."""


def relations_of(table: str) -> tuple[Relation, ...]:
    """
    Return the relations of a table.

    >>> [relation.rule for relation in relations_of("vaccinations_current")]
    ['last_within_first_dose', 'booster_within_last_dose']
    """
    return RELATIONS.get(SAME_AS.get(table, table), ())
