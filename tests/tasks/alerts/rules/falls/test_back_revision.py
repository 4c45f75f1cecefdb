"""R14: the past of a series is changed, by more than is usual."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl
import pytest

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.falls.back_revision import R14
from tasks.alerts.rules.reading.rule_input import RuleInput
from tests.rule_inputs import first, rule_input_of

START = date(2021, 1, 1)
HISTORY = {on: 10_000 + 100 * on for on in range(60)}


def vintages(*states: Mapping[str, Mapping[int, int]], column: str = "cases_new") -> RuleInput:
    """Return the rule input of vintages given as figures by country and number of the day."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, column: pl.Int64}
    tables = {
        (START + timedelta(days=90 + number)).isoformat(): pl.DataFrame(
            [
                (iso3, START + timedelta(days=on), value)
                for iso3, days in state.items()
                for on, value in days.items()
            ],
            schema=schema,
            orient="row",
        )
        for number, state in enumerate(states)
    }
    return rule_input_of("who.cases", ("iso3", "observed_on"), tables)


def found_in(*states: Mapping[str, Mapping[int, int]]) -> list[Finding]:
    """Return what R14 finds."""
    return evaluate([vintages(*states)], shown_by="The table", rules=[R14])


def changed(days: range, factor: float) -> dict[int, int]:
    """Return the history with some days multiplied."""
    return {on: round(value * (factor if on in days else 1)) for on, value in HISTORY.items()}


@pytest.mark.parametrize(
    ("days", "factor", "expected"),
    [
        (range(20), 0.5, ["medium"]),
        (range(20), 1.5, ["medium"]),
        (range(1), 1.5, ["low"]),
        (range(20), 1.1, ["low"]),
        (range(20), 1.04, []),
        (range(35, 60), 0.5, []),
    ],
)
def test_how_much_of_the_past_changed(days: range, factor: float, expected: list[str]) -> None:
    """Only days more than 28 days behind the newest count, up and down alike."""
    found = found_in({"PRK": HISTORY}, {"PRK": changed(days, factor)})
    assert [f.events[0].severity for f in found] == expected


def test_the_sentence_states_how_many_days_and_the_largest_change() -> None:
    """One finding, however many days; its key has no day."""
    [found] = found_in({"PRK": HISTORY}, {"PRK": changed(range(20), 0.5)})
    assert found.key == {"iso3": "PRK"}
    assert found.events[0].sentence == (
        "The table showed other new cases in Korea, DPR (PRK) for 20 days from 1 Jan 2021 to 20 "
        "Jan 2021 on 2 Apr 2021 than in the version before (33.3 % of its days). Largest: 10,000 "
        "→ 5,000 for 1 Jan 2021 (\u221250.0 %)."
    )


def test_what_a_source_does_every_week_is_usual() -> None:
    """After twenty revisions by a third, only a larger one is reported."""
    states = [{"PRK": changed(range(20), 1 + (number % 2) / 3)} for number in range(24)]
    usual = found_in(*states)
    assert len(usual) == 20
    larger = found_in(*states, {"PRK": changed(range(20), 3)})
    assert [f.events[0].as_of for f in larger[20:]] == [vintages(*states, {}).vintages["as_of"][-1]]


def test_days_that_are_new_or_gone_are_no_revision() -> None:
    """A series that gets its first half, or loses every second day, is not changed."""
    late = {on: value for on, value in HISTORY.items() if on > 20}
    thin = {on: value for on, value in HISTORY.items() if on % 7 == 3}
    assert found_in({"PRK": late}, {"PRK": HISTORY}, {"PRK": thin}) == []


def test_many_countries_are_one() -> None:
    """A restatement of the whole table."""
    codes = [f"X{letter}A" for letter in "ABCDEFGHIJ"]
    [group] = found_in(dict.fromkeys(codes, HISTORY), dict.fromkeys(codes, changed(range(20), 0.5)))
    assert (group.rule, group.about, group.events[0].severity) == ("R17", "back_revision", "medium")
    assert "other new cases of days long past for 10 of 10 countries" in group.events[0].sentence


def test_later_vintages_change_no_earlier_finding() -> None:
    """What is usual is learned from earlier versions alone."""
    states = [{"PRK": changed(range(20), 1 + (number % 3) / 3)} for number in range(26)]
    rule_input = vintages(*states)
    everything = evaluate([rule_input], shown_by="It", rules=[R14])
    for count in (2, 10, 22, 25):
        early = evaluate([first(rule_input, count)], shown_by="It", rules=[R14])
        assert early == everything[: len(early)]
        ids = set(rule_input.vintages["id"][:count])
        assert len(early) == sum(f.events[0].id in ids for f in everything)
