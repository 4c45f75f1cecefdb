"""The evidence that every event carries, whatever its rule and its history."""

import json
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.combining.common_evidence import REQUIRED_EVIDENCE
from tasks.alerts.rules.combining.siblings import COUNTS, siblings, siblings_at
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.alerts.rules.registry import RULES
from tests.rule_inputs import ALLOCATIONS, allocations, first, rule_input_of
from tests.tasks.alerts.rules.combining.test_evidence import all_rules, promised
from tests.thorough import examples

FIGURES = st.one_of(st.none(), st.sampled_from([0, 5, 900, 60_000, 400_000, 3_000_000, -7]))
COUNTRIES = ("AFG", "PRK", "TUV", "XKX")
Tables = list[dict[tuple[str, str], int | None]]
HISTORIES = st.lists(
    st.dictionaries(st.tuples(st.sampled_from(COUNTRIES), st.sampled_from("AB")), FIGURES),
    min_size=1,
    max_size=5,
)
DAY = date(2022, 1, 1)


def stock(tables: Tables, column: str, table: str) -> RuleInput:
    """Return vintages of a table by country and product."""
    states = {
        f"2022-02-{day:02d}": allocations([(*key, value) for key, value in rows.items()], column)
        for day, rows in enumerate(tables, start=1)
    }
    return rule_input_of(f"s.{table}", ALLOCATIONS, states)


def series(tables: Tables, column: str) -> RuleInput:
    """Return vintages of a table by country and day, A and B being two days."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, column: pl.Int64}
    states = {
        f"2022-02-{number:02d}": pl.DataFrame(
            [
                (iso3, DAY + timedelta(days="AB".index(letter)), value)
                for (iso3, letter), value in rows.items()
            ],
            schema=schema,
            orient="row",
        )
        for number, rows in enumerate(tables, start=1)
    }
    return rule_input_of("s.vaccinations", ("iso3", "observed_on"), states)


def inputs(tables: Tables) -> list[RuleInput]:
    """Return one history as promises, as counters and as a series."""
    return [
        stock(tables, "doses_allocated", "allocations"),
        stock(tables, "doses_delivered", "deliveries"),
        series(tables, "doses_administered"),
    ]


def assert_complete(findings: list[Finding]) -> None:
    """Assert that every event has all entries, and that they can be written as JSON."""
    for finding in findings:
        for event in finding.events:
            assert set(REQUIRED_EVIDENCE) <= event.evidence.keys(), finding.rule
            json.dumps(dict(event.evidence), allow_nan=False)
            assert (event.evidence["unit"] is None) == (
                finding.column is None and finding.about not in {"rows", "held", "thin day"}
            )


def test_every_event_of_every_rule_has_the_required_evidence() -> None:
    """The list is in one place."""
    findings = all_rules()
    assert {finding.rule for finding in findings} == {rule.id for rule in RULES}
    assert_complete(findings)


@settings(deadline=None, max_examples=examples(40))
@given(HISTORIES)
def test_every_event_of_any_history_has_it(tables: Tables) -> None:
    """And none of it depends on later vintages."""
    known = inputs(tables)
    findings = evaluate(known, shown_by="It")
    assert_complete(findings)
    for count in range(1, len(tables)):
        earlier = evaluate([first(one, count) for one in known], shown_by="It")
        now = {finding.fingerprint: finding.events for finding in findings}
        for finding in earlier:
            assert now[finding.fingerprint][: len(finding.events)] == finding.events


def counted(state: dict[Any, int | None], country: str) -> int | None:
    """Return the sum over the rows of a country; None without a figure."""
    own = [value for (iso3, _), value in state.items() if iso3 == country and value is not None]
    return sum(own) if own else None


@settings(deadline=None, max_examples=examples(60))
@given(HISTORIES)
def test_siblings_are_what_a_plain_count_gives(tables: Tables) -> None:
    """Countries by what their sums did, and the sums over all of them."""
    found = siblings(stock(tables, "doses_allocated", "allocations"), "doses_allocated")
    assert found.height == len(tables)
    before: dict[Any, int | None] = {}
    for number, (state, row) in enumerate(zip(tables, found.to_dicts(), strict=True)):
        pairs = [(counted(before, one), counted(state, one)) for one in COUNTRIES]
        both = [(old, new) for old, new in pairs if old is not None and new is not None]
        expected = {
            "rose": sum(new > old for old, new in both),
            "fell": sum(new < old for old, new in both),
            "stayed": sum(new == old for old, new in both),
            "appeared": sum(old is None and new is not None for old, new in pairs),
            "vanished": sum(old is not None and new is None for old, new in pairs),
        }
        assert {name: row[name] for name in COUNTS} == expected, number
        assert row["total_before"] == sum(old or 0 for old, _ in pairs)
        assert row["total_after"] == sum(new or 0 for _, new in pairs)
        before = state


def test_siblings_of_a_series_count_revisions_and_have_no_total() -> None:
    """A new day is no rise: every country has one in each version."""
    found = siblings(
        series(
            [
                {("AFG", "A"): 5, ("PRK", "A"): 7},
                {("AFG", "A"): 5, ("AFG", "B"): 9, ("PRK", "A"): 6, ("PRK", "B"): 8},
            ],
            "doses_administered",
        ),
        "doses_administered",
    )
    assert siblings_at(found, 1) == {
        "rose": 0,
        "fell": 1,
        "stayed": 1,
        "appeared": 0,
        "vanished": 0,
        "total_before": None,
        "total_after": None,
    }


def test_a_count_is_also_given_per_head_and_a_share_is_not() -> None:
    """DPR Korea has 25,778,815 people in the table that rules judge by."""
    cut = next(one for one in promised(900_000, 1_000_000, 700_000) if one.rule == "R1").events[0]
    assert cut.evidence["unit"] == "doses"
    assert cut.evidence["per_head"] == {
        "population": 25_778_815,
        "before": 1_000_000 / 25_778_815,
        "after": 700_000 / 25_778_815,
        "change": -300_000 / 25_778_815,
    }
    shares: Tables = [{("PRK", "A"): 4}, {("PRK", "A"): 1}]
    found = evaluate([stock(shares, "secured_share", "secured_supply")], shown_by="It")
    assert {one.events[0].evidence["per_head"] for one in found} == {None}
    assert {one.events[0].evidence["unit"] for one in found} == {"share of population"}
    [event] = found[0].events[:1]
    assert event.evidence["siblings"]["total_after"] is None
