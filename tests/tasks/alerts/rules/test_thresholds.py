"""Every threshold judges: what it is set to is in evidence, and changes what is found."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import polars as pl
import pytest

from schemas.alerts import Finding
from schemas.rule_settings import RuleSettings
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.registry import RULES
from tests.new_days import weekly
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of
from tests.schema_observations import daily

Rows = Sequence[tuple[str, str, int | None]]
Case = Callable[[RuleSettings], list[Finding]]
CODES = [f"X{a}{b}" for a in "ABCDEFGHIJKLMNOPQRST" for b in "ABCDEFGHIJ"]
SLOW = (1_000_000, 910_000, 830_000, 790_000)
GROWING = (2_400_000, 2_440_000, 2_480_000, 2_522_776)
SWAP: list[Rows] = [
    [("ERI", "A", 500_000), ("ERI", "B", 50_000)],
    [("ERI", "A", 100_000), ("ERI", "B", 450_000)],
    [("ERI", "A", 300_000), ("ERI", "B", 250_000)],
]
WITHIN: list[Rows] = [
    [("ERI", "A", 500_000), ("ERI", "B", 100_000), ("ERI", "C", 0)],
    [("ERI", "A", 100_000), ("ERI", "B", 300_000), ("ERI", "C", 200_000)],
]
GONE_WITHIN: list[Rows] = [
    [("ERI", "A", 1_000_000), ("ERI", "B", 100_000), ("ERI", "C", 0)],
    [("ERI", "B", 600_000), ("ERI", "C", 500_000)],
]
MOVED: list[Rows] = [
    [("ERI", "A", 900_000), ("SOM", "A", 400_000)],
    [("ERI", "A", 500_000), ("SOM", "A", 790_000)],
]


def tables(settings: RuleSettings, *, states: list[Rows], column: str) -> list[Finding]:
    """Return the findings in vintages given as rows of (iso3, product, doses)."""
    days = {f"2022-01-{n:02d}": allocations(rows, column) for n, rows in enumerate(states, start=1)}
    rule_input = rule_input_of("s.allocations", ALLOCATIONS, days)
    return evaluate([rule_input], shown_by="It", settings=settings)


def of(*states: Rows, column: str = "doses_allocated") -> Case:
    """Return a case of such vintages."""
    return partial(tables, states=[*states], column=column)


def ladder(*doses: int | None, column: str = "doses_allocated") -> Case:
    """Return a case of one figure's vintages."""
    return of(*([("ERI", "A", value)] for value in doses), column=column)


def half_filled(settings: RuleSettings) -> list[Finding]:
    """Return the findings in weekly versions of which the last has half of the countries."""
    return evaluate([weekly([30] * 11 + [15])], shown_by="It", settings=settings)


def many(*levels: int, count: int, of_all: int) -> Case:
    """Return a case in which so many of all countries have these levels, the others the first."""
    return of(
        *(
            [
                (iso3, "A", level if n < count else levels[0])
                for n, iso3 in enumerate(CODES[:of_all])
            ]
            for level in levels
        )
    )


def rows(*counts: int) -> Case:
    """Return a case of vintages with so many rows, all without figures."""
    return of(*([(iso3, "A", None) for iso3 in CODES[:count]] for count in counts))


def shares(*values: float | None) -> Case:
    """Return a case of one country's share."""

    def case(settings: RuleSettings) -> list[Finding]:
        schema = {"iso3": pl.String, "secured_share": pl.Float64}
        days = {
            f"2022-01-{n:02d}": pl.DataFrame([("ERI", value)], schema=schema, orient="row")
            for n, value in enumerate(values, start=1)
        }
        rule_input = rule_input_of("s.secured_supply", ("iso3",), days)
        return evaluate([rule_input], shown_by="It", settings=settings)

    return case


def reported(table: str = "tests", **figures: int) -> Case:
    """Return a case of one report with these figures, after one without figures."""

    def case(settings: RuleSettings) -> list[Finding]:
        key = ("iso3", "observed_on", "origin")
        day = {"iso3": ["ERI"], "observed_on": [date(2022, 1, 1)], "origin": ["national"]}
        states = {
            f"2022-01-0{n}": pl.DataFrame(day | {name: [value] for name, value in now.items()})
            for n, now in enumerate((dict.fromkeys(figures, 1), figures), start=1)
        }
        rule_input = rule_input_of(f"s.{table}", key, states)
        return evaluate([rule_input], shown_by="It", settings=settings)

    return case


def drift(settings: RuleSettings) -> list[Finding]:
    """Return the findings in a column that comes and goes."""
    shapes = [["iso3", "note"], ["iso3"]] * 5
    return evaluate([], shown_by="It", schema_observations=daily(*shapes), settings=settings)


TESTED = reported(people_tested_new=20_000, positives_new=0)
MATRIX: list[tuple[str, str, float, Case]] = [
    ("R0", "least_rise", 0.5, ladder(100_000, 130_000)),
    ("R0", "least_doses", 50_000, ladder(100_000, 130_000)),
    ("R0", "least_share", 0.6, shares(1.0, 1.5)),
    ("R1", "least_fall", 0.5, ladder(100_000, 70_000)),
    ("R1", "least_doses", 50_000, ladder(100_000, 70_000)),
    ("R1", "least_share", 0.6, shares(1.0, 0.5)),
    ("R1", "smallest_doses_before", 200_000, ladder(100_000, 70_000)),
    ("R1", "back_within", 0.5, ladder(100_000, 50_000, 60_000)),
    ("R1", "steady_total_within", 0, of(*WITHIN)),
    ("R2", "least_doses_before", 500_000, ladder(300_000, 0)),
    ("R2", "least_share_before", 2, shares(1.0, None)),
    ("R2", "steady_total_within", 0, of(*GONE_WITHIN)),
    ("R3", "least_fall", 0.9, of(*SWAP)),
    ("R3", "least_doses", 500_000, of(*SWAP)),
    ("R3", "least_gain", 1.5, of(*SWAP)),
    ("R3", "steady_total_within", 0, of(*SWAP)),
    ("R3", "matching_within", 0, of(*MOVED)),
    ("R3", "back_within", 0.5, of(*SWAP)),
    ("R4", "opens_below_peak", 0.3, ladder(*SLOW)),
    ("R4", "ends_below_peak", 0.2, ladder(*SLOW, 850_000)),
    ("R4", "step", 0.05, ladder(*SLOW, 720_000)),
    ("R4", "least_doses", 500_000, ladder(*SLOW)),
    ("R4", "least_share", 0.5, shares(1.0, 0.91, 0.83, 0.79)),
    ("R4", "own_cut", 0.04, ladder(*SLOW)),
    ("R4", "least_vintages", 9, ladder(*SLOW)),
    ("R9", "least_tests", 50_000, TESTED),
    ("R9", "assumed_positivity", 0.00001, TESTED),
    ("R9", "opens_below_chance", 1e-30, TESTED),
    ("R9", "high_below_chance", 1e-3, TESTED),
    ("R9", "assumed_specificity", 0.99, TESTED),
    ("R11", "below", -10, reported(people_tested_new=-5)),
    ("R11", "more_than", 2, reported(people_tested_new=100, positives_new=150)),
    (
        *("R11", "more_doses_than", 2),
        reported("vaccinations", people_last_dose=150, people_first_dose=100),
    ),
    ("R11", "more_people_than", 2, ladder(4_000_000, column="people_first_dose")),
    ("R11", "more_supply_than", 2, reported("donations", doses_donated=150, doses_pledged=100)),
    ("R12", "least_step", 0.8, ladder(*GROWING, 12_922_776, column="doses_delivered")),
    ("R12", "least_change", 20_000_000, ladder(*GROWING, 12_922_776, column="doses_delivered")),
    ("R12", "least_before", 5_000_000, ladder(*GROWING, 12_922_776, column="doses_delivered")),
    ("R12", "least_vintages", 9, ladder(*GROWING, 12_922_776, column="doses_delivered")),
    ("R12", "soon", 0, ladder(*GROWING, 12_922_776, column="doses_delivered")),
    ("R17", "countries", 10, many(100_000, 80_000, count=9, of_all=200)),
    ("R17", "share_of_countries", 0.5, many(100_000, 80_000, count=4, of_all=20)),
    ("R17", "least_countries", 5, many(100_000, 80_000, count=4, of_all=20)),
    ("R17", "rows_change", 0.9, rows(30, 15)),
    ("R17", "least_rows", 100, rows(30, 15)),
    ("R17", "back_within", 0.1, rows(30, 15, 29)),
    ("R17", "of_countries", 0.3, half_filled),
    ("R17", "new_days", 12, half_filled),
    ("R18", "flips_told", 1, drift),
]


def outcome(findings: list[Finding]) -> list[tuple]:
    """Return what a reader sees of findings."""
    return [
        (f.rule, str(f.key), f.about, [(e.kind, e.severity, e.sentence) for e in f.events])
        for f in findings
    ]


@pytest.mark.parametrize(
    ("rule", "name", "value", "case"), MATRIX, ids=[f"{one[0]}-{one[1]}" for one in MATRIX]
)
def test_a_threshold_changes_what_is_found(rule: str, name: str, value: float, case: Case) -> None:
    """An input that is just on the other side of the default and of what is set."""
    default, changed = case(RuleSettings()), case(RuleSettings(thresholds={rule: {name: value}}))
    assert outcome(default) != outcome(changed)
    for finding in changed:
        if finding.rule == rule:
            assert finding.events[0].evidence["parameters"][name] == value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_judged_by_the_thresholds_that_are_set(rule) -> None:  # noqa: ANN001
    """Each of its parameters can be set."""
    for name, parameter in rule.parameters.items():
        settings = RuleSettings(thresholds={rule.id: {name: parameter.value + 1}})
        assert rule.thresholds(settings)[name] == parameter.value + 1


def test_the_matrix_has_every_threshold_of_its_rules() -> None:
    """A new parameter needs an input that it changes."""
    listed = {(rule, name) for rule, name, *_ in MATRIX}
    rules = {rule for rule, _ in listed}
    assert listed == {(one.id, name) for one in RULES if one.id in rules for name in one.parameters}
