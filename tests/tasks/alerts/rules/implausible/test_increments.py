"""R10 and R19: how a counter grows, beside its own history and beside other countries."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.implausible.jumps import R19
from tasks.alerts.rules.implausible.repeated_figures import R10
from tasks.alerts.rules.reading.rule_input import RuleInput
from tests.rule_inputs import first, rule_input_of
from tests.tasks.alerts.test_evaluate import cut

BEGIN = date(2022, 1, 1)
STEPS = (1_013, 958, 1_204, 1_101, 987, 1_050, 1_122, 1_009, 996, 1_071, 1_133, 1_018, 1_044)
"""What an ordinary counter adds."""
Counters = Mapping[str, Sequence[int]]
"""Each country's counter, day by day."""


def running(*steps: int, start: int = 20_000) -> list[int]:
    """Return the counter that adds these steps."""
    totals = [start]
    for step in steps:
        totals.append(totals[-1] + step)
    return totals


def stock(counters: Counters) -> RuleInput:
    """Return daily vintages of a table without days."""
    schema = {"iso3": pl.String, "doses_administered": pl.Int64}
    states = {
        (BEGIN + timedelta(days=day)).isoformat(): pl.DataFrame(
            [(iso3, values[day]) for iso3, values in counters.items() if day < len(values)],
            schema=schema,
            orient="row",
        )
        for day in range(max(map(len, counters.values())))
    }
    return rule_input_of("s.vaccinations_current", ("iso3",), states)


def series(counters: Counters) -> RuleInput:
    """Return daily vintages of a table by day, each with all days so far."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "doses_administered": pl.Int64}
    states = {
        (BEGIN + timedelta(days=day)).isoformat(): pl.DataFrame(
            [
                (iso3, BEGIN + timedelta(days=one), value)
                for iso3, values in counters.items()
                for one, value in enumerate(values[: day + 1])
            ],
            schema=schema,
            orient="row",
        )
        for day in range(max(map(len, counters.values())))
    }
    return rule_input_of("s.vaccinations", ("iso3", "observed_on"), states)


def found(rule_input: RuleInput) -> list[Finding]:
    """Return what R10 and R19 find."""
    return evaluate([rule_input], shown_by="It", rules=[R10, R19])


def test_a_counter_that_grows_by_far_more_than_ever() -> None:
    """One alert of the digest, undone by a version that takes it back; in both kinds of tables."""
    counter = [*running(*STEPS, 20_000), 35_000]
    for table in (stock, series):
        [finding] = found(table({"PRK": counter}))
        opened, reverted = finding.events
        assert (finding.rule, finding.key, finding.about) == ("R19", {"iso3": "PRK"}, "jump")
        assert (opened.kind, opened.severity) == ("opened", "low")
        assert opened.sentence == (
            "It showed 53,706 doses administered of Korea, DPR (PRK) by 15 Jan 2022: 20,000 more "
            "(+59.3 %); at most 1,204 in one report before."
        )
        assert reverted.kind == "reverted"
        assert reverted.sentence.endswith("The version of 16 Jan 2022 shows 35,000.")


def test_a_report_after_a_silence_is_a_catch_up() -> None:
    """It adds what the days before would have; info, and its sentence states the silence."""
    counter = running(*STEPS)
    counter = [*counter, *[counter[-1]] * 12, counter[-1] + 13_000, counter[-1] + 14_000]
    findings = [one for one in found(stock({"PRK": counter})) if one.rule == "R19"]
    [finding] = findings
    assert finding.events[0].severity == "info"
    assert "after 13 days without another figure, not much faster" in finding.events[0].sentence
    assert finding.events[0].evidence["catch_up"]


def test_growth_small_counters_and_the_return_from_a_fall_are_no_jumps() -> None:
    """Thirty percent more, a few people, and a figure that was down for a day."""
    small = [value // 100 for value in running(*STEPS, 20_000)]
    fallen = running(*STEPS)
    dip = [*fallen, 1_000, fallen[-1] + 1_000]
    assert found(stock({"PRK": small, "COL": dip})) == []
    assert found(stock({"PRK": [*running(*STEPS), 37_000]})) == []


def test_many_countries_that_jump_at_once_are_one_alert() -> None:
    """Named by what they added."""
    counters = {
        iso3: running(*STEPS, 20_000 + 1_000 * n, 900)
        for n, iso3 in enumerate(("AGO", "BFA", "COL"))
    }
    [finding] = found(series(counters))
    assert (finding.key, finding.about) == ({}, "jump")
    assert finding.events[0].sentence.endswith(
        "Largest: Colombia (COL) 33,706 to 55,706, Burkina Faso (BFA) 33,706 to 54,706, Angola "
        "(AGO) 33,706 to 53,706."
    )


def test_the_same_increment_again_and_again() -> None:
    """Three times; it ends with another one. Small ones and figures carried on are none."""
    for table in (stock, series):
        [finding] = found(table({"PRK": running(1_100, 1_234, 1_234, 1_234, 1_234, 1_300)}))
        opened, resolved = finding.events
        assert (finding.rule, finding.about) == ("R10", "increments")
        assert opened.sentence == (
            "It showed 24,802 doses administered of Korea, DPR (PRK) on 5 Jan 2022: exactly 1,234 "
            "more in each of the last 3 reports."
        )
        assert resolved.as_of.date() == date(2022, 1, 7)
    assert found(stock({"PRK": running(5, 5, 5, 5), "COL": [50_000] * 6})) == []


def test_a_counter_that_becomes_a_multiple_of_a_thousand() -> None:
    """Ten of the last twelve; two countries with the same round figure share nothing."""
    rounded = running(*STEPS[:4])
    rounded += [30_000 + 1_000 * step * step for step in range(1, 12)]
    findings = found(series({"PRK": rounded, "COL": rounded}))
    assert {(one.key["iso3"], one.about) for one in findings} == {
        ("PRK", "thousands"),
        ("COL", "thousands"),
    }
    assert (
        findings[0]
        .events[0]
        .sentence.endswith("multiples of 1,000 in at least 80 % of the last 12 reports.")
    )


def test_the_same_long_figure_in_two_countries() -> None:
    """Once for a pair; short or round figures, and those of the first version, are none."""
    states = {
        "PRK": [1_000_003, 1_524_637, 1_600_001, 1_711_173],
        "COL": [900_001, 1_524_637, 1_530_001, 1_711_173],
    }
    [finding] = found(stock(states))
    opened, resolved = finding.events
    assert (finding.rule, finding.about, opened.after) == ("R10", "shared", 1_524_637)
    assert opened.sentence == (
        "It showed the same 1,524,637 doses administered for Colombia (COL) and Korea, DPR (PRK) "
        "on 2 Jan 2022."
    )
    assert resolved.kind == "resolved"
    assert found(stock({"PRK": [0, 1_524_630, 4_711], "COL": [0, 1_524_630, 4_711]})) == []
    assert found(stock({"PRK": [1_524_637, 1_524_637], "COL": [1_524_637, 1_524_637]})) == []


def test_what_is_found_depends_on_no_later_vintage() -> None:
    """The findings of the first vintages are those of all, cut to the first."""
    counters = {
        "PRK": [*running(*STEPS, 20_000), 35_000, 36_234, 37_468, 38_702, 40_000],
        "COL": [*running(*STEPS, 19_999), 1_524_637, 1_524_637, 160_000],
        "ETH": [*running(*STEPS), 141_003, 1_524_637, 153_463, 154_463, 155_463],
    }
    for table in (stock, series):
        history = table(counters)
        everything = found(history)
        assert {finding.rule for finding in everything} == {"R10", "R19"}
        for count in range(1, history.vintages.height + 1):
            early = first(history, count)
            ids = set(early.vintages["id"])
            assert cut(found(early), ids) == cut(everything, ids)
