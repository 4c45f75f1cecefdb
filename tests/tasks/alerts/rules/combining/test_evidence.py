"""What every event carries, whatever the rule: enough to check it at the source."""

from datetime import date

import polars as pl
import pytest

from schemas.alerts import Event, Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.registry import RULES
from tests.new_days import weekly
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of
from tests.schema_observations import daily
from tests.tasks.alerts.rules.implausible.test_increments import STEPS, running, stock
from tests.tasks.alerts.rules.implausible.test_totals import RIGHT, RISEN, vaccinations
from tests.tasks.alerts.rules.stalls.test_silence import delivered
from tests.tasks.alerts.rules.stalls.test_supply_flow import supply_chain

DOSES = [900_000, 1_000_000, 700_000, 650_000, 0, 990_000]
SLIP = [100_000] * 4 + [1_000_000, 100_000]
SLOW = [1_000_000, 920_000, 840_000, 770_000, 700_000, 690_000, 990_000]
COMMON = ["rule", "parameters", "vintage", "compared_with", "first_seen", "last_seen", "history"]


def promised(*doses: int | None, iso3: str = "PRK") -> list[Finding]:
    """Return the findings in vintages of one country's allocation, and of some quiet ones."""
    quiet = [(f"X{letter}A", "A", 50_000) for letter in "ABCDEFGHIJKLMNOPQRST"]
    tables = {
        f"2022-01-{day:02d}": allocations([*quiet, (iso3, "A", value)], "doses_allocated")
        for day, value in enumerate(doses, start=1)
    }
    return evaluate([rule_input_of("s.allocations", ALLOCATIONS, tables)], shown_by="It")


def counted() -> list[Finding]:
    """Return the findings in reports of tests: without a positive, and once below zero."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "origin": pl.String}
    schema |= {"people_tested_new": pl.Int64, "positives_new": pl.Int64}
    rows = [
        ("PRK", date(2022, 1, 1), "national", 20_000, 0),
        ("PRK", date(2022, 1, 2), "national", -5, 0),
    ]
    tables = {
        f"2022-01-0{number}": pl.DataFrame(rows[:number], schema=schema, orient="row")
        for number in (1, 2)
    }
    key = ("iso3", "observed_on", "origin")
    return evaluate([rule_input_of("s.tests", key, tables)], shown_by="It")


def swapped() -> list[Finding]:
    """Return the findings in vintages whose doses move from one product to another."""
    tables = {
        f"2022-01-0{day}": allocations([("UGA", name, 900_000)], "doses_allocated")
        for day, name in enumerate(["A", "B"], start=1)
    }
    return evaluate([rule_input_of("s.allocations", ALLOCATIONS, tables)], shown_by="It")


def fallen() -> list[Finding]:
    """Return the findings in vintages of one country's deliveries, which fall, and are gone."""
    tables = {
        f"2022-01-0{day}": allocations([("PRK", "A", value)], "doses_delivered")
        for day, value in enumerate([900_000, 600_000, 600_000, None], start=1)
    }
    return evaluate([rule_input_of("s.deliveries", ALLOCATIONS, tables)], shown_by="It")


def restated() -> list[Finding]:
    """Return the findings in vintages of new cases of which a past day changes."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "cases_new": pl.Int64}
    tables = {
        f"2022-04-0{version}": pl.DataFrame(
            [("PRK", date(2022, 1, 1), cases), ("PRK", date(2022, 3, 1), 9_000)],
            schema=schema,
            orient="row",
        )
        for version, cases in enumerate([5_000, 9_000], start=1)
    }
    return evaluate([rule_input_of("s.cases", ("iso3", "observed_on"), tables)], shown_by="It")


def all_rules() -> list[Finding]:
    """Return findings of every rule."""
    many = {f"X{letter}A": 100_000 for letter in "ABCDEFGHIJKLMNOPQRSTUVWX"}
    states = [dict.fromkeys(many, doses) for doses in (100_000, 60_000)] + [{}]
    tables = {
        f"2022-01-0{day}": allocations([(iso3, "A", v) for iso3, v in s.items()], "doses_allocated")
        for day, s in enumerate(states, start=1)
    }
    group = evaluate([rule_input_of("s.allocations", ALLOCATIONS, tables)], shown_by="It")
    drift = evaluate(
        [], shown_by="It", schema_observations=daily(["iso3", "note"], ["iso3"], ["iso3", "note"])
    )
    silence = evaluate([delivered({"PRK": 9, "ETH": 40}, 20)], shown_by="It")
    supply = evaluate(supply_chain(), shown_by="It")
    totals = evaluate([vaccinations(RIGHT, RISEN)], shown_by="It")
    counters = {"PRK": running(*STEPS, 1_234, 1_234, 1_234), "COL": running(*STEPS, 20_000)}
    growth = evaluate([stock(counters)], shown_by="It")
    thin = evaluate([weekly([30] * 10 + [12, 30])], shown_by="It")
    return [
        *promised(*DOSES),
        *promised(*SLOW, iso3="ERI"),
        *promised(*SLIP, iso3="SOM"),
        *swapped(),
        *counted(),
        *fallen(),
        *restated(),
        *group,
        *drift,
        *silence,
        *supply,
        *totals,
        *growth,
        *thin,
    ]


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    """Return findings of every rule."""
    return all_rules()


def one(found: list[Finding], rule: str) -> tuple[Event, ...]:
    """Return the events of the first finding of a rule."""
    return next(finding for finding in found if finding.rule == rule).events


def test_every_event_of_every_rule_carries_the_common_evidence(findings: list[Finding]) -> None:
    """Rule, thresholds, both vintages, first and last seen, the last values."""
    assert {finding.rule for finding in findings} == {rule.id for rule in RULES}
    severities = {rule.id: rule.severities for rule in RULES}
    thresholds = {
        rule.id: {name: one.value for name, one in rule.parameters.items()} for rule in RULES
    }
    for finding in findings:
        for event in finding.events:
            evidence = event.evidence
            assert event.severity in severities[finding.rule]
            assert list(evidence)[: len(COMMON)] == COMMON
            assert (evidence["rule"], evidence["parameters"]) == (
                finding.rule,
                thresholds[finding.rule],
            )
            assert evidence["vintage"]["id"] == event.id
            other = evidence["compared_with"]
            then = event.previous_as_of
            assert (other and other["as_of"]) == (then and then.isoformat())


def test_a_vintage_names_its_hash_its_address_and_its_raw_record(findings: list[Finding]) -> None:
    """The id ends in the hash's first digits; the raw record is named after the id."""
    opened = one(findings, "R1")[0]
    vintage, other = opened.evidence["vintage"], opened.evidence["compared_with"]
    assert vintage["id"].endswith(f"-{vintage['manifest_sha256'][:8]}")
    assert (vintage["source_url"], other["source_url"]) == (
        "https://example.org/2022-01-03",
        "https://example.org/2022-01-02",
    )
    assert vintage["raw"] == f"raw/s/fetches/{vintage['id']}.json"


def test_the_history_ends_with_the_figure_of_the_event(findings: list[Finding]) -> None:
    """Values are those known then, each with the vintage that showed it first."""
    opened, confirmed, _ = one(findings, "R1")
    assert opened.evidence["history"] == [
        ["2022-01-01T00:00:00+00:00", 900_000],
        ["2022-01-02T00:00:00+00:00", 1_000_000],
        ["2022-01-03T00:00:00+00:00", 700_000],
    ]
    assert [value for _, value in confirmed.evidence["history"]][-1] == 650_000
    for rule in ("R0", "R2", "R4", "R7", "R9", "R11", "R17"):
        first = one(findings, rule)[0]
        assert first.evidence["history"][-1] == [first.as_of.isoformat(), first.after]


def test_the_history_has_eight_values_at_most() -> None:
    """The last ones; a vanished figure is null."""
    doses = [100_000 + step for step in range(10)]
    (found,) = promised(*doses, None, 200_000)[-1:]
    values = [value for _, value in found.events[-1].evidence["history"]]
    assert values == [*doses[4:], None, 200_000]


def test_first_and_last_seen_span_the_time_of_the_finding(findings: list[Finding]) -> None:
    """A finding that ended was last seen in the vintage before."""
    opened, reverted = one(findings, "R2")
    assert (opened.kind, reverted.kind) == ("opened", "reverted")
    for event in (opened, reverted):
        assert event.evidence["first_seen"] == "2022-01-05T00:00:00+00:00"
        assert event.evidence["last_seen"] == "2022-01-05T00:00:00+00:00"
    drawdown = one(findings, "R4")
    assert [event.evidence["last_seen"][8:10] for event in drawdown] == ["04", "05", "06", "06"]
