"""R8: reports that stop, and figures that stay the same while versions go on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.reading.rule_input import RuleInput
from tasks.alerts.rules.stalls.silence import R8
from tests.rule_inputs import first, rule_input_of
from tests.tasks.alerts.rules.implausible.test_increments import series
from tests.tasks.alerts.test_evaluate import cut
from tests.thorough import quick

BEGIN = date(2022, 1, 2)
PLACES: tuple[str, ...] = ("AGO", "BFA", "COL", "ETH", "NGA")
LASTS = {"PRK": 10, "ETH": 99}
"""The last day on which each country's counter moves."""
DELIVERIES = ("iso3", "product", "mechanism")
TESTS = ("iso3", "observed_on", "origin")


def found(*inputs: RuleInput) -> list[Finding]:
    """Return what R8 finds."""
    return evaluate(inputs, shown_by="It", rules=[R8])


def delivered(changes: Mapping[str, int], weeks: int, table: str = "deliveries") -> RuleInput:
    """Return weekly vintages; `changes`: the last week in which each country's figure rises."""
    states = {}
    for week in range(weeks):
        rows = [
            (iso3, "A", "COVAX", 1_000 + 10 * min(week, last)) for iso3, last in changes.items()
        ]
        schema = dict.fromkeys(DELIVERIES, pl.String) | {"doses_delivered": pl.Int64}
        day = BEGIN + timedelta(weeks=week)
        states[day.isoformat()] = pl.DataFrame(rows, schema=schema, orient="row")
    return rule_input_of(f"s.{table}", DELIVERIES, states)


def weekly_reports(
    last: Mapping[str, int], weeks: int, gaps: Mapping[str, range] | None = None
) -> RuleInput:
    """Return a weekly table of weekly reports.

    `last`: the week of each country's last report. `gaps`: weeks without one.
    """
    states = {}
    texts = dict.fromkeys(TESTS, pl.String)
    schema = {**texts, "observed_on": pl.Date, "tests_performed_new": pl.Int64}
    for week in range(weeks):
        rows = [
            (iso3, BEGIN + timedelta(weeks=one), "national", 500 + one)
            for iso3, end in last.items()
            for one in range(min(week, end) + 1)
            if one not in (gaps or {}).get(iso3, ())
        ]
        day = BEGIN + timedelta(weeks=week)
        states[day.isoformat()] = pl.DataFrame(rows, schema=schema, orient="row")
    return rule_input_of("s.tests", TESTS, states)


def test_a_country_whose_reports_stop_is_one_alert_that_the_next_report_resolves() -> None:
    """After more than 21 days, while the others go on; low, and confirmed at once."""
    rule_input = weekly_reports({"PRK": 30, "ETH": 30}, 24, {"PRK": range(10, 20)})
    [finding] = found(rule_input)
    opened, resolved = finding.events
    assert (finding.key, finding.about) == ({"iso3": "PRK", "origin": "national"}, "silence")
    assert (opened.kind, opened.severity, opened.confidence) == ("opened", "low", "confirmed")
    assert opened.as_of.date() == BEGIN + timedelta(weeks=13)
    assert opened.sentence == (
        "It showed no figures of Korea, DPR (PRK) (national) newer than 6 Mar 2022 on 3 Apr 2022; "
        "others go on."
    )
    assert (resolved.kind, resolved.as_of.date()) == ("resolved", BEGIN + timedelta(weeks=20))


def test_a_table_without_newer_days_is_one_alert_and_not_one_for_each_country() -> None:
    """All stop in the same week: the table's own alert, medium, and no other."""
    [finding] = found(weekly_reports(dict.fromkeys(PLACES, 10), 20))
    assert (finding.key, finding.column, finding.about) == ({}, None, "silence")
    assert finding.events[0].severity == "medium"
    assert finding.events[0].sentence == (
        "It showed no figures newer than 13 Mar 2022 for any country in s.tests on 10 Apr 2022, "
        "28 days later."
    )


def test_countries_that_stop_together_are_one_alert() -> None:
    """Three of five in one version; it resolves when more than half of them go on."""
    ends = {"AGO": 40, "BFA": 40, "COL": 40, "ETH": 40, "NGA": 40}
    gaps = {"AGO": range(10, 16), "BFA": range(10, 18), "COL": range(10, 30)}
    [finding] = found(weekly_reports(ends, 24, gaps))
    assert finding.key == {}
    assert [event.kind for event in finding.events] == ["opened", "resolved"]
    assert "no newer figures of 3 countries on 3 Apr 2022" in finding.events[0].sentence
    assert finding.events[1].sentence.endswith("2 of 3 go on by the version of 8 May 2022.")
    assert len(finding.events[0].evidence["children"]) == 3


def test_tables_that_stop_changing_together_are_one_alert() -> None:
    """Six weeks of versions, at least three of them; the last table that changes resolves it."""
    ends = dict.fromkeys(PLACES, 10)
    deliveries, donations = delivered(ends, 20), delivered(ends, 20, "donations")
    [finding] = found(deliveries, replace(donations, vintages=deliveries.vintages))
    assert (finding.key, finding.about, finding.events[0].severity) == ({}, "unchanged", "medium")
    assert finding.events[0].sentence == (
        "It showed the same deliveries and donations on 24 Apr 2022 as on 13 Mar 2022: nothing in "
        "6 more versions has changed, for 42 days. The longest time without a change before was "
        "0 days."
    )


def test_a_counter_that_stays_the_same_while_others_change() -> None:
    """A country alone is named; it resolves with its next figure."""
    [finding] = found(delivered({"PRK": 9, "ETH": 40}, 20))
    assert (finding.column, finding.about) == ("doses_delivered", "frozen")
    assert finding.events[0].sentence == (
        "It showed 1,090 doses delivered of Korea, DPR (PRK) (A, COVAX) on 17 Apr 2022, the same "
        "since 6 Mar 2022; others go on."
    )
    assert finding.events[0].before == finding.events[0].after == 1_090


def test_rows_of_one_country_that_stop_together_are_one_alert_about_it() -> None:
    """A country's products are no group of countries."""
    states = delivered({"PRK": 9, "ETH": 40}, 20)
    product = pl.col("product").replace("A", "B")
    both = pl.concat([states.cells, states.cells.with_columns(product)]).sort("seq")
    [finding] = found(replace(states, cells=both))
    assert (finding.key, finding.about) == ({"iso3": "PRK"}, "frozen")
    assert "the same doses delivered of 2 rows on 17 Apr 2022" in finding.events[0].sentence


def test_a_counter_that_newer_days_carry_on() -> None:
    """In a table with days; the day is that of the last report that moved it."""
    days = {iso3: [2_000 + 7 * min(day, last) for day in range(64)] for iso3, last in LASTS.items()}
    [finding] = found(series(days))
    [opened] = finding.events
    assert (finding.key, finding.about) == ({"iso3": "PRK"}, "frozen")
    assert opened.sentence == (
        "It showed 2,070 doses administered of Korea, DPR (PRK) on 22 Feb 2022, the same since 11 "
        "Jan 2022; others go on."
    )


def test_a_longer_run_before_allows_more() -> None:
    """A figure that once stood for five weeks may stand for eleven."""
    slow = {"PRK": 9, "ETH": 40}
    states = delivered(slow, 19)
    assert len(found(states)) == 1
    cells = states.cells.filter(~((pl.col("iso3") == "PRK") & pl.col("seq").is_between(3, 7)))
    calm = RuleInput(dataset=states.dataset, key=states.key, vintages=states.vintages, cells=cells)
    assert found(calm) == []


def test_short_histories_and_repeated_versions_are_silent() -> None:
    """Fewer than eight reports set no rhythm; the same bytes for a few weeks are no silence."""
    assert found(delivered(dict.fromkeys(PLACES, 5), 30)) == []
    assert found(weekly_reports(dict.fromkeys(PLACES, 5), 30)) == []
    assert found(delivered(dict.fromkeys(PLACES, 12), 17)) == []
    assert found(weekly_reports(dict.fromkeys(PLACES, 12), 15)) == []


def test_tables_without_accepted_vintages_are_silent() -> None:
    """All of them held, or none yet."""
    for table in (weekly_reports({"PRK": 10}, 12), delivered({"PRK": 10}, 12)):
        assert found(first(table, 0)) == []
        held = table.vintages.with_columns(held=pl.lit(value=True))
        assert found(replace(table, vintages=held)) == []


def test_what_is_found_depends_on_no_later_vintage() -> None:
    """The findings of the first vintages are those of all, cut to the first."""
    gaps = {"PRK": range(10, 20), "ETH": range(5, 9), "COL": range(10, 16)}
    reports = weekly_reports({"PRK": 40, "ETH": 25, "COL": 40, "NGA": 12}, 40, gaps)
    supply = delivered({"PRK": 9, "ETH": 12, "COL": 25}, 40)
    totals = {
        iso3: [2_000 + 7 * min(day, last) for day in range(64)] for iso3, last in LASTS.items()
    }
    history = [
        reports,
        supply,
        series({**totals, "COL": [*totals["PRK"][:58], *range(3_000, 3_006)]}),
    ]
    everything = found(*history)
    assert {finding.about for finding in everything} == {"silence", "frozen", "unchanged"}
    for count in range(1, 65, quick(6, 1)):
        early = [first(one, count) for one in history]
        ids = {name for one in early for name in one.vintages["id"]}
        assert cut(found(*early), ids) == cut(everything, ids)
