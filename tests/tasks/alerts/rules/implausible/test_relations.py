"""R11: figures that cannot be beside each other."""

from collections.abc import Sequence
from datetime import date

import polars as pl
import pytest

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.implausible.impossible_figures import R11
from tasks.alerts.rules.reading.rule_input import RuleInput
from tests.rule_inputs import first, rule_input_of

KEY = ("iso3", "observed_on", "origin")
WEEK = date(2022, 2, 14)
SCHEMA = {"iso3": pl.String, "observed_on": pl.Date, "origin": pl.String}
FIGURES = ("people_tested_new", "positives_new")
DAYS = ("2022-02-16", "2022-02-17", "2022-02-18", "2022-02-19", "2022-02-20")
State = Sequence[tuple[str, int | None, int | None]]
"""Country, people tested and positives of one week."""


def reports(*states: State) -> list[Finding]:
    """Return what R11 finds in successive states of one weekly report."""
    return evaluate([rule_input(*states)], shown_by="WHO's reports")


def rule_input(*states: State) -> RuleInput:
    """Return the states as a rule input, a day apart."""
    schema = {**SCHEMA, **dict.fromkeys(FIGURES, pl.Int64)}
    reported = {
        day: pl.DataFrame(
            [(iso3, WEEK, "national", *rest) for iso3, *rest in state], schema=schema, orient="row"
        )
        for day, state in zip(DAYS, states, strict=False)
    }
    return rule_input_of("who.tests", KEY, reported)


def kinds(finding: Finding) -> list[tuple]:
    """Return kind, severity, and the figure before and after, of each event."""
    return [(e.kind, e.severity, e.before, e.after) for e in finding.events]


def test_more_positives_than_tests_open_once_and_resolve() -> None:
    """On entry, whatever the figures become while it stands, until it holds again."""
    (finding,) = reports(
        [("PRK", 54_187, 3)],
        [("PRK", 54_187, 55_000)],
        [("PRK", 54_187, 56_000)],
        [("PRK", 57_000, 56_000)],
    )
    assert (finding.rule, finding.column, finding.about) == (
        "R11",
        "positives_new",
        "positives_within_tests",
    )
    assert kinds(finding) == [("opened", "low", 3, 55_000), ("resolved", "low", 55_000, 56_000)]
    opened, resolved = finding.events
    assert opened.sentence == (
        "WHO's reports showed 55,000 new positives among 54,187 people newly tested for "
        "Korea, DPR (PRK) (2022-02-14, national) on 17 Feb 2022. There cannot be more of the "
        "first; both are published as the source shows them."
    )
    assert resolved.sentence.endswith("The version of 19 Feb 2022 shows 56,000 among 57,000.")
    assert opened.evidence["beside"] == {"column": "people_tested_new", "value": 54_187}
    assert resolved.evidence["beside"] == {"column": "people_tested_new", "value": 57_000}


@pytest.mark.parametrize("last", [(None, 9), (5, None), (-5, 9)])
def test_a_figure_that_is_gone_or_below_zero_breaks_nothing(
    last: tuple[int | None, int | None],
) -> None:
    """Beside no figure nothing is too much; a count below zero is a matter of its own."""
    found = reports([("PRK", 5, 9)], [("PRK", *last)])
    (finding,) = [one for one in found if one.about]
    assert [event.kind for event in finding.events] == ["opened", "resolved"]


def test_it_opens_again_when_it_enters_again() -> None:
    """A second time is a second finding."""
    found = reports([("PRK", 5, 9)], [("PRK", 9, 9)], [("PRK", 9, 10)])
    assert [kinds(finding)[0][3] for finding in found] == [9, 10]


def test_far_too_many_are_medium() -> None:
    """The scale is that of falls, and ends at medium."""
    (finding,) = reports([("PRK", 10, 5_000_000)])
    assert kinds(finding) == [("opened", "medium", None, 5_000_000)]


def test_later_vintages_change_no_earlier_event() -> None:
    """What is reported at a vintage is known at that vintage."""
    states = [("PRK", 5, 4)], [("PRK", 5, 9)], [("PRK", 9, 9)], [("PRK", 9, 11)]
    whole = rule_input(*states)
    (then,) = evaluate([first(whole, 2)], shown_by="WHO's reports")
    now = evaluate([whole], shown_by="WHO's reports")
    assert then.events[0] == now[0].events[0]
    assert then.fingerprint == now[0].fingerprint


def test_many_at_once_are_one_event_of_the_source() -> None:
    """Eight rows in one vintage make one finding, the largest three named with both figures."""
    codes = ["PRK", "RWA", "BDI", "GHA", "KEN", "UGA", "TZA", "MWI"]
    (group,) = reports(
        [(code, 100, 5) for code in codes], [(code, 100, 101 + n) for n, code in enumerate(codes)]
    )
    assert (group.rule, group.about, group.column) == (
        "R17",
        "positives_within_tests",
        "positives_new",
    )
    (event,) = group.events
    assert (event.severity, event.before, event.after) == ("low", None, None)
    assert event.sentence == (
        "WHO's reports showed more new positives than there can be in 8 of 8 rows on "
        "17 Feb 2022. Largest: Malawi (MWI) 2022-02-14 / national 108 among 100, Tanzania (TZA) "
        "2022-02-14 / national 107 among 100, Uganda (UGA) 2022-02-14 / national 106 among 100."
    )


def test_a_margin_is_stated() -> None:
    """Later doses may be counted at other desks: two percent more are expected."""
    columns = ("people_first_dose", "people_last_dose")
    schema = {"iso3": pl.String, **dict.fromkeys(columns, pl.Int64)}
    rows = [("ALB", 100_000, 102_000), ("PRK", 6_592, 6_989)]
    reported = {"2022-02-16": pl.DataFrame(rows, schema=schema, orient="row")}
    (finding,) = evaluate(
        [rule_input_of("undp.vaccinations_current", ("iso3",), reported)], shown_by="UNDP's table"
    )
    assert finding.events[0].sentence == (
        "UNDP's table showed 6,989 people with the last dose beside 6,592 people with a first dose "
        "for Korea, DPR (PRK) on 16 Feb 2022. The first is expected to be at most 1.02 times the "
        "second; both are published as the source shows them."
    )


def test_more_people_with_the_last_dose_than_with_a_first() -> None:
    """Malta, 6 May 2021: 251,787 with the last dose beside 114,115 with a first; a day's matter."""
    columns = ("people_first_dose", "people_last_dose")
    schema = {"iso3": pl.String, "observed_on": pl.Date, **dict.fromkeys(columns, pl.Int64)}
    day = {number: date(2021, 5, number) for number in (3, 4, 6, 7)}
    rows = [
        ("MLT", day[3], 237_018, 109_933),
        ("MLT", day[4], 241_103, 111_318),
        ("MLT", day[6], 114_115, 251_787),
    ]
    mended = [*rows[:2], ("MLT", day[6], 251_787, 114_115), ("MLT", day[7], 255_100, 115_900)]
    states = {"2021-05-05": rows[:2], "2021-05-07": rows, "2021-05-08": mended}
    frames = {at: pl.DataFrame(own, schema=schema, orient="row") for at, own in states.items()}
    given = rule_input_of("owid_vaccinations.vaccinations", ("iso3", "observed_on"), frames)
    found = evaluate([given], shown_by="Our World in Data")
    fall, correction = found
    assert (fall.rule, fall.column, fall.events[0].severity) == ("R7", columns[0], "high")
    assert [one["rule"] for one in fall.events[0].evidence["also"]] == ["R11"]
    assert (correction.column, correction.events[0].severity) == (columns[1], "low")
    assert correction.events[0].evidence["back_to"]["value"] == 111_318
    own = [one for one in evaluate([given], shown_by="It", rules=[R11]) if one.rule == "R11"]
    assert [kinds(one) for one in own] == [
        [("opened", "medium", None, 251_787), ("resolved", "medium", 251_787, 114_115)]
    ]
    assert own[0].events[0].evidence["beside"] == {"column": columns[0], "value": 114_115}
