"""Evaluation as a whole: pure, ordered, independent of later vintages."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.reading.rule_input import RuleInput
from tests.rule_inputs import ALLOCATIONS, allocations, first, rule_input_of
from tests.thorough import examples

COUNTRIES = ("AFG", "BFA", "COL", "ETH", "NGA", "PAK", "PRK", "SOM", "UKR", "VEN")
DOSES = st.sampled_from([None, 0, 12_000, 100_000, 118_000, 300_000, 900_000, 2_500_000, 3_000_000])
ROW = st.tuples(st.sampled_from(COUNTRIES), st.sampled_from(["A", "B"]))
SCALE = st.sampled_from([1.0, 1.0, 0.85, 0.5])
STATE = st.tuples(st.dictionaries(ROW, DOSES, max_size=20), SCALE)
TESTED = st.tuples(st.sampled_from([0, 6_000, 14_000, 20_000]), st.sampled_from([None, 0, 0, 0, 1]))
TESTS_KEY = ("iso3", "observed_on", "origin")


def promises(states: list, held: Sequence[bool] = ()) -> RuleInput:
    """Return drawn vintages of allocations; each inherits what it does not say, rescaled.

    `held`: whether those after the first are held back.
    """
    tables, known = {}, dict.fromkeys(((iso3, "A") for iso3 in COUNTRIES), 1_000_000)
    for day, (state, scale) in enumerate(states, start=1):
        known = {key: doses and int(doses * scale) for key, doses in (known | state).items()}
        rows = [(*key, doses) for key, doses in known.items()]
        tables[f"2022-01-{day:02d}"] = allocations(rows, "doses_allocated")
    doubted = [day for day, is_held in zip([*tables][1:], held, strict=False) if is_held]
    return rule_input_of("s.allocations", ALLOCATIONS, tables, held=doubted)


def weekly(reports: list) -> RuleInput:
    """Return drawn weekly reports, one more in each vintage; a third one is negative."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "origin": pl.String}
    schema |= {"people_tested_new": pl.Int64, "positives_new": pl.Int64}
    rows = [
        ("PRK", date(2022, 1, day), "national", -people if day % 3 == 0 else people, positives)
        for day, (people, positives) in enumerate(reports, start=1)
    ]
    tables = {
        f"2022-01-{number:02d}": pl.DataFrame(rows[:number], schema=schema, orient="row")
        for number in range(1, len(rows) + 1)
    }
    return rule_input_of("s.tests", TESTS_KEY, tables)


def cut(findings: list[Finding], ids: set[str]) -> dict:
    """Return identity, group and events of the findings, as far as the vintages `ids` go."""
    lives = {
        finding.fingerprint: (finding.group, [e for e in finding.events if e.id in ids])
        for finding in findings
    }
    return {print_: life for print_, life in lives.items() if life[1]}


@settings(max_examples=examples(30))
@given(
    st.lists(STATE, min_size=2, max_size=6),
    st.lists(TESTED, min_size=6, max_size=6),
    st.lists(st.sampled_from([False, False, True]), max_size=5),
)
def test_later_vintages_change_no_earlier_finding(states: list, reports: list, held: list) -> None:
    """The findings of the first vintages are those of all vintages, cut to the first."""
    rule_inputs = [promises(states, held), weekly(reports[: len(states)])]
    everything = evaluate(rule_inputs, shown_by="It")
    for count in range(1, len(states) + 1):
        early = [first(rule_input, count) for rule_input in rule_inputs]
        ids = {name for rule_input in early for name in rule_input.vintages["id"]}
        assert cut(evaluate(early, shown_by="It"), ids) == cut(everything, ids)


@settings(max_examples=examples(20))
@given(st.lists(STATE, min_size=2, max_size=4))
def test_events_are_json_in_the_order_of_their_vintages(states: list) -> None:
    """Evidence can be written as JSON, events ascend, and no fingerprint is there twice."""
    findings = evaluate([promises(states)], shown_by="It")
    for finding in findings:
        json.dumps([dict(event.evidence) for event in finding.events], allow_nan=False)
        times = [event.as_of for event in finding.events]
        assert times == sorted(times)
        assert finding.events[0].kind == "opened"
    assert len({finding.fingerprint for finding in findings}) == len(findings)


def test_unrelated_rows_do_not_hide_a_cut() -> None:
    """A cut that is found alone is found among other, quiet countries."""
    quiet = [(iso3, "A", 1_000_000) for iso3 in COUNTRIES if iso3 != "PRK"]
    before, after = [("PRK", "A", 1_000_000)], [("PRK", "A", 700_000)]
    alone, among = (
        evaluate(
            [
                rule_input_of(
                    "s.allocations",
                    ALLOCATIONS,
                    {
                        "2022-01-01": allocations(before + more, "doses_allocated"),
                        "2022-01-02": allocations(before + more, "doses_allocated"),
                        "2022-01-03": allocations(after + more, "doses_allocated"),
                    },
                )
            ],
            shown_by="It",
        )
        for more in ([], quiet)
    )
    assert [*map(without_siblings, among)] == [*map(without_siblings, alone)]
    assert {finding.rule for finding in alone} == {"R1"}


def without_siblings(finding: Finding) -> Finding:
    """Return a finding without what other countries did in the same version."""
    events = (
        replace(one, evidence=dict(one.evidence) | {"siblings": None}) for one in finding.events
    )
    return replace(finding, events=tuple(events))


def test_a_dataset_without_vintages_or_changes_has_no_findings() -> None:
    """An empty table, once or twice, has no findings."""
    empty = allocations([], "doses_allocated")
    for days in (["2022-01-01"], ["2022-01-01", "2022-01-02"]):
        rule_input = rule_input_of("s.allocations", ALLOCATIONS, dict.fromkeys(days, empty))
        assert evaluate([rule_input], shown_by="It") == []
    assert evaluate([], shown_by="It") == []


def test_a_key_that_was_not_compared_goes_on_from_where_it_was() -> None:
    """A row that comes back as before, after a vintage in quarantine, is no raise."""
    full = rule_input_of(
        "s.allocations",
        ALLOCATIONS,
        {
            "2022-01-01": allocations([("PRK", "A", 500_000)], "doses_allocated"),
            "2022-01-02": allocations([("PRK", "A", 500_000)], "doses_allocated"),
        },
    )
    again = full.cells.with_columns(pl.lit(1, dtype=full.cells.schema["seq"]).alias("seq"))
    rule_input = RuleInput(
        dataset=full.dataset,
        key=full.key,
        vintages=full.vintages,
        cells=pl.concat([full.cells, again]),
    )
    assert evaluate([rule_input], shown_by="It") == []


def test_a_country_that_comes_into_scope_is_no_raise() -> None:
    """Its first figures are a beginning; what it loses later is measured against them."""
    days = {
        "2022-01-01": [("PRK", "A", 500_000)],
        "2022-01-02": [("PRK", "A", 500_000), ("ERI", "A", 900_000)],
        "2022-01-03": [("PRK", "A", 500_000), ("ERI", "A", 900_000)],
        "2022-01-04": [("PRK", "A", 500_000), ("ERI", "A", 400_000)],
    }
    states = {day: allocations(rows, "doses_allocated") for day, rows in days.items()}
    drawn = rule_input_of("s.allocations", ALLOCATIONS, states)
    begins = (pl.col("iso3") == "ERI") & (pl.col("seq") == 1)
    rule_input = RuleInput(
        dataset=drawn.dataset,
        key=drawn.key,
        vintages=drawn.vintages,
        cells=drawn.cells.with_columns(pl.col("is_baseline") | begins),
    )
    assert [finding.rule for finding in evaluate([rule_input], shown_by="It")] == ["R1"]
    assert evaluate([drawn], shown_by="It")[0].rule == "R0"
