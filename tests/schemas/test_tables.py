"""Every table says what its rows are to be: columns, ranges, relations, rules with versions."""

import polars as pl
import pytest

from schemas.checks import Check
from schemas.figure_wording import FIGURE_NOUNS
from schemas.tables import TABLES, checks_of, descriptions_of, dtypes_of, key_of, range_of
from schemas.validation_rules import RELATIONS, SAME_AS, VALIDATION_RULES, relations_of

every_table = pytest.mark.parametrize("table", TABLES)


def broken(table: str, **row: object) -> set[str]:
    """Return the names of the checks that a row breaks."""
    dtypes = {name: dtype for name, dtype in dtypes_of(table).items() if name in row}
    frame = pl.DataFrame([row], schema=dtypes)
    return {
        check.name
        for check in checks_of(table, frame.columns)
        if frame.select(check.holds).item() is False
    }


@every_table
def test_every_column_has_a_description(table: str) -> None:
    """One line a column; counts and prices end with their unit."""
    descriptions = descriptions_of(table)
    assert all(len(text) > 5 and "\n" not in text for text in descriptions.values())
    counts = [name for name, dtype in dtypes_of(table).items() if dtype == pl.Int64()]
    units = [descriptions[name] for name in counts if name not in key_of(table)]
    assert all(text.endswith("]") for text in units)


@every_table
def test_every_figure_and_day_has_a_range(table: str) -> None:
    """What is no text can be implausible by itself."""
    assert all(
        range_of(table, name) is not None
        for name, dtype in dtypes_of(table).items()
        if dtype != pl.String()
    )


@every_table
def test_every_check_is_a_rule_with_a_version_and_a_kind(table: str) -> None:
    """The registry says which checks send a row to quarantine and which flag it."""
    checks = checks_of(table)
    assert len({check.name for check in checks}) == len(checks)
    assert {check.rule.kind for check in checks} == {"unreadable", "implausible"}
    assert all(VALIDATION_RULES[check.rule.name] is check.rule for check in checks)
    assert all(rule.version >= 1 and rule.description for rule in VALIDATION_RULES.values())


@every_table
def test_a_key_is_never_blank(table: str) -> None:
    """Every part of a key is checked."""
    blanks = {check.column for check in checks_of(table) if check.rule.name == "key_not_null"}
    assert blanks == set(key_of(table))


def test_relations_speak_of_columns_that_their_tables_have() -> None:
    """A misspelt column would be a relation that holds for ever."""
    for table in (*RELATIONS, *SAME_AS):
        figures = dtypes_of(table)
        for relation in relations_of(table):
            assert relation.rule in VALIDATION_RULES
            assert {relation.less, *relation.more} <= set(figures) & set(FIGURE_NOUNS)


@pytest.mark.parametrize(
    ("table", "row", "rules"),
    [
        ("tests", {"positives_new": 6, "people_tested_new": 5}, {"positives_within_tests"}),
        ("tests", {"positives_new": 5, "people_tested_new": 5}, set()),
        ("tests", {"positives_new": 6, "people_tested_new": 5, "samples_tested_new": 7}, set()),
        ("tests", {"positives_new": 6}, set()),
        ("tests", {"positives_new": 6, "people_tested_new": None}, set()),
        ("tests", {"positives_new": 6, "people_tested_new": -1}, {"count_not_negative"}),
        (
            "tests",
            {"tests_performed_new": 6, "tests_performed_cumulative": 5},
            {"new_within_cumulative"},
        ),
        ("cases", {"deaths_cumulative": 1, "cases_cumulative": 0}, {"deaths_within_cases"}),
        ("cases", {"deaths_new": 1, "cases_new": 0}, set()),
        ("vaccinations", {"people_last_dose": 102, "people_first_dose": 100}, set()),
        (
            "vaccinations",
            {"people_last_dose": 103, "people_first_dose": 100},
            {"last_within_first_dose"},
        ),
        (
            "vaccinations_current",
            {"people_booster": 103, "people_last_dose": 100},
            {"booster_within_last_dose"},
        ),
        ("donations", {"doses_donated": 106, "doses_pledged": 100}, {"donated_within_pledged"}),
        ("donations", {"doses_donated": 105, "doses_pledged": 100}, set()),
        (
            "deliveries",
            {"doses_delivered": 106, "doses_shipped": 100},
            {"delivered_within_shipped"},
        ),
        ("secured_supply", {"secured_share": 9.9}, set()),
        ("secured_supply", {"secured_share": 990.0}, {"share_in_range"}),
        ("prices", {"usd_per_dose": 0.0}, {"price_in_range"}),
        ("population", {"year": 22}, {"year_in_range"}),
    ],
)
def test_what_breaks_a_rule(table: str, row: dict[str, object], rules: set[str]) -> None:
    """At the bounds, beyond them, with a column absent, null, or itself below zero."""
    assert {name.partition(" of ")[0] for name in broken(table, **row)} == rules


def test_a_reason_names_both_figures() -> None:
    """Whoever reads a flag sees what is beside what."""
    check: Check = checks_of("tests", ["positives_new", "people_tested_new"])[-1]
    frame = pl.DataFrame({"positives_new": [55_000], "people_tested_new": [54_187]})
    assert frame.select(check.reason).item() == (
        "positives_new is 55000, more than people_tested_new, which is 54187."
    )
