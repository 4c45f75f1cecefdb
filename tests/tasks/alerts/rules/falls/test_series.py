"""Series with days: what each vintage knows of them, and R7 on their newest and older figures."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.falls.counter_rule import R7
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.alerts.rules.reading.series_view import series_view
from tests.rule_inputs import first, rule_input_of
from tests.thorough import examples

KEY = ("iso3", "observed_on", "origin")
START = date(2021, 5, 1)
Days = Mapping[int, float | None]
"""Figures by number of the day."""
FIGURES = st.sampled_from([None, None, 0, 90_000, 100_000, 101_000, 150_000, 1_000_000])


def totals(*states: Mapping[str, Days], column: str = "tests_performed_cumulative") -> RuleInput:
    """Return the rule input of vintages given as figures by country and day."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "origin": pl.String, column: pl.Int64}
    tables = {
        (START + timedelta(days=40 + number)).isoformat(): pl.DataFrame(
            [
                (iso3, START + timedelta(days=on), "unspecified", value)
                for iso3, days in state.items()
                for on, value in days.items()
            ],
            schema=schema,
            orient="row",
        )
        for number, state in enumerate(states)
    }
    return rule_input_of("find.tests", KEY, tables)


def found_in(*states: Mapping[str, Days]) -> list[Finding]:
    """Return what R7 finds in vintages of running totals of tests."""
    return evaluate([totals(*states)], shown_by="The tracker", rules=[R7])


def short(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """Return country, severity, and the kinds of the events."""
    return [
        (str(f.key["iso3"]), f.events[0].severity, " ".join(e.kind for e in f.events))
        for f in findings
    ]


def known_by(rule_input: RuleInput) -> dict[tuple, tuple]:
    """Return newest day, its figure and the number of days by country and vintage, plainly."""
    known: dict[str, dict[date, float]] = {}
    states: dict[tuple, tuple] = {}
    for row in rule_input.cells.iter_rows(named=True):
        days = known.setdefault(row["iso3"], {})
        days.pop(row["observed_on"], None)
        if row["after"] is not None:
            days[row["observed_on"]] = row["after"]
        newest = max(days, default=None)
        figure = days[newest] if newest else None
        states[row["seq"], row["iso3"]] = newest, figure, len(days)
    return states


STATES = st.lists(
    st.dictionaries(st.sampled_from(["PER", "COD"]), st.dictionaries(st.integers(0, 5), FIGURES)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=examples(60))
@given(STATES)
def test_the_view_knows_what_each_vintage_shows(states: list) -> None:
    """Newest day, its figure and the number of days, also when days are withdrawn and come back."""
    rule_input = totals(*states)
    if rule_input.cells.is_empty():
        return
    levels = series_view(rule_input).levels
    shown = {
        (row["seq"], row["iso3"]): (row["newest_on"], row["after"], row["days"])
        for row in levels.iter_rows(named=True)
    }
    assert shown == known_by(rule_input)


@settings(max_examples=examples(40))
@given(STATES)
def test_later_vintages_change_no_earlier_finding(states: list) -> None:
    """The findings of a prefix are the prefix of the findings."""
    rule_input = totals(*states)
    everything = evaluate([rule_input], shown_by="It", rules=[R7])
    for count in range(1, len(states) + 1):
        ids = set(rule_input.vintages["id"][:count])
        early = evaluate([first(rule_input, count)], shown_by="It", rules=[R7])
        assert {f.fingerprint: f.events for f in early} == {
            f.fingerprint: tuple(e for e in f.events if e.id in ids)
            for f in everything
            if f.events[0].id in ids
        }


def test_a_lost_digit_is_critical_and_undone_the_next_day() -> None:
    """Peru, 15 May 2021: the newest figure is compared with the newest one before."""
    before = {"PER": {12: 11_700_000, 13: 11_761_084}}
    lost = {"PER": {**before["PER"], 14: 1_294_786}}
    [found] = found_in(before, lost, {"PER": {**lost["PER"], 15: 12_091_820}})
    assert short([found]) == [("PER", "critical", "opened reverted")]
    assert found.key == {"iso3": "PER", "origin": "unspecified"}
    opened = found.events[0]
    assert opened.sentence == (
        "The tracker showed 1,294,786 tests in Peru (PER) for 15 May 2021 on 11 Jun 2021; "
        "11,761,084 for 14 May 2021 in the version before (\u221289.0 %)."
    )
    assert opened.evidence["observed_on"] == {"before": "2021-05-14", "after": "2021-05-15"}


def test_a_digit_too_many_for_a_day_is_a_low_fall_when_it_goes() -> None:
    """DR Congo, April 2021: the fall takes back the rise of the day before."""
    days = {"COD": {15: 143_500, 16: 143_643}}
    spike = {"COD": {**days["COD"], 17: 1_434_333}}
    [found] = found_in(days, spike, {"COD": {**spike["COD"], 18: 144_508}})
    assert short([found]) == [("COD", "low", "opened")]
    assert "It is back near the 143,643 shown before 11 Jun 2021." in found.events[0].sentence


def test_a_history_that_is_lower_is_one_finding_with_its_range() -> None:
    """Twelve days are changed, the newest figure falls: one alert, with how many and which."""
    days = {on: 300_000 + 1_000 * on for on in range(13)}
    lower = {on: value - 50_000 for on, value in days.items()}
    [found] = found_in({"TUN": days}, {"TUN": {**lower, 13: 263_189}})
    event = found.events[0]
    assert event.sentence.endswith("13 days from 1 May 2021 to 13 May 2021 are lower.")
    assert event.evidence["days"] == {"count": 13, "first": "2021-05-01", "last": "2021-05-13"}


def test_days_in_the_past_that_fall_are_medium_at_most() -> None:
    """Portugal, April 2021; a day that had been above the newest figure is corrected, and low."""
    [found] = found_in(
        {"PRT": {0: 1_000_000, 5: 1_691_535, 9: 2_000_000}},
        {"PRT": {0: 1_000_000, 5: 1_004_242, 9: 2_000_000}},
        {"PRT": {0: 1_000_000, 5: 1_004_319, 9: 2_000_000}},
    )
    assert short([found]) == [("PRT", "medium", "opened confirmed")]
    [corrected] = found_in(
        {"ECU": {0: 220_000, 5: 2_254_293, 9: 319_000}},
        {"ECU": {0: 220_000, 5: 225_429, 9: 319_000}},
    )[1:]
    assert short([corrected]) == [("ECU", "low", "opened")]
    assert "The earlier figure was above the newest one" in corrected.events[0].sentence


def test_a_fall_inside_a_series_is_reported_when_a_version_first_shows_it() -> None:
    """Low in the first version of the series, medium at most later; never twice."""
    days = {0: 400_000, 1: 100_000, 2: 500_000}
    [old] = found_in({"SVN": days}, {"SVN": {**days, 3: 600_000}})
    assert short([old]) == [("SVN", "low", "opened")]
    assert old.events[0].sentence == (
        "The tracker showed 100,000 tests in Slovenia (SVN) for 2 May 2021 on 10 Jun 2021, and "
        "400,000 for 1 May 2021, the day before (\u221275.0 %)."
    )
    early = {0: 400_000, 5: 500_000}
    [new] = found_in({"SVN": early}, {"SVN": {**early, 2: 4_100_000}}, {"SVN": early})[:1]
    assert short([new]) == [("SVN", "medium", "opened")]
    assert "the last day with a figure before that" in new.events[0].sentence


@pytest.mark.parametrize(
    "later",
    [
        {0: 100_000, 1: 150_000, 2: 200_000},
        {2: 200_000, 1: 150_000, 0: 100_000, 3: 260_000},
        {0: 100_000, 1: 150_000},
        {0: 99_900, 1: 149_000, 2: 199_900},
        {0: 100_000, 1: 150_000, 2: 200_000, 3: None},
        {0: 100_000, 1: 150_000, 2: 200_000, 3: -889_137},
    ],
)
def test_what_is_no_fall_raises_nothing(later: Days) -> None:
    """The same again, reordered, grown, a last day less, rounded; counts below zero are R11's."""
    assert found_in({"RWA": {0: 100_000, 1: 150_000, 2: 200_000}}, {"RWA": later}) == []


def test_flows_may_fall() -> None:
    """New tests of a day are no running total."""
    states = [{"PER": {0: 90_000}}, {"PER": {0: 90_000, 1: 4_000}}, {"PER": {0: 9_000, 1: 4_000}}]
    rule_input = totals(*states, column="tests_performed_new")
    assert evaluate([rule_input], shown_by="It", rules=[R7]) == []
