"""R9 and R11: what counts of tests can and cannot be."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tests.rule_inputs import rule_input_of

KEY = ("iso3", "observed_on", "origin")
FIGURES = ("people_tested_new", "samples_tested_new", "positives_new")
START = date(2021, 1, 1)


def weeks(reports: Sequence[tuple[int | None, int | None, int | None]]) -> list[Finding]:
    """Return the findings in weekly reports of people, samples and positives, each a vintage."""
    rows = [
        ("PRK", START + timedelta(weeks=week), "national", *report)
        for week, report in enumerate(reports)
    ]
    schema = {"iso3": pl.String, "observed_on": pl.Date, "origin": pl.String}
    schema |= dict.fromkeys(FIGURES, pl.Int64)
    states = {
        rows[number - 1][1].isoformat(): pl.DataFrame(rows[:number], schema=schema, orient="row")
        for number in range(1, len(rows) + 1)
    }
    return evaluate([rule_input_of("who.tests", KEY, states)], shown_by="WHO's reports")


def kinds(finding: Finding) -> list[tuple]:
    """Return kind, severity and figure of each event."""
    return [(e.kind, e.severity, e.after) for e in finding.events]


def test_no_positive_in_54187_people_is_implausible_with_its_assumptions() -> None:
    """Bound, chance at 0.1 percent, and the chance with no disease at an assumed specificity."""
    (finding,) = weeks([(12_489, None, 0), (9_900, None, 0), (30_383, None, 0), (1_415, None, 0)])
    assert (finding.rule, dict(finding.key), finding.column) == (
        "R9",
        {"iso3": "PRK"},
        "people_tested_new",
    )
    assert kinds(finding) == [
        ("opened", "medium", 22_389),
        ("escalated", "high", 52_772),
        ("updated", "high", 54_187),
    ]
    assert [e.before for e in finding.events] == [12_489, 22_389, 52_772]
    assert finding.events[-1].sentence == (
        "WHO's reports showed 0 positives in 54,187 people tested in Korea, DPR (PRK) by "
        "22 Jan 2021. This is statistically implausible: the one-sided 95 % upper bound of the "
        "positivity is 0.0055 %; were it 0.1 %, the chance of no positive would be 3e-24; even "
        "with no disease and an assumed test specificity of 99.97 % the chance of no false "
        "positive is 9e-8."
    )
    assert finding.events[-1].evidence["upper_bound_95"] == pytest.approx(3 / 54_187)


def test_tests_without_a_word_on_positives_do_not_count() -> None:
    """Not published is not zero."""
    assert weeks([(50_000, None, None)]) == []
    assert weeks([(50_000, None, 1)]) == []
    assert weeks([(13_000, None, 0)]) == []


def test_a_positive_resolves_the_episode() -> None:
    """One positive ends it, and it does not open again."""
    (finding,) = weeks([(20_000, None, 0), (None, None, 0), (100, None, 1), (50_000, None, 0)])
    assert kinds(finding)[1:] == [("confirmed", "medium", 20_000), ("resolved", "medium", 20_000)]
    assert "showed a positive" in finding.events[-1].sentence


def test_people_are_counted_before_samples() -> None:
    """An episode on samples ends where people are reported, and people are judged alone."""
    samples, people = weeks([(None, 20_000, 0), (9_373, 1_000, 0), (9_373, 1_000, 0)])
    assert (samples.column, people.column) == ("samples_tested_new", "people_tested_new")
    assert [e.kind for e in samples.events] == ["opened", "resolved"]
    assert kinds(people) == [("opened", "medium", 18_746)]


def test_another_unit_does_not_read_as_if_the_matter_were_cleared() -> None:
    """The end of an episode on samples says where it goes on, and whether that alert is there."""
    (samples,) = weeks([(None, 20_000, 0), (9_373, 1_000, 0)])
    end = samples.events[-1]
    assert (end.kind, end.after) == ("resolved", 20_000)
    assert end.sentence == (
        "WHO's reports showed 0 positives in 20,000 samples tested in Korea, DPR (PRK) by 1 Jan "
        "2021; from 8 Jan 2021 on people tested are counted. No positive was shown: the matter "
        "goes on under the alert on people tested, which opens once they are enough."
    )
    samples, people = weeks([(None, 20_000, 0), (14_000, 1_000, 0)])
    assert samples.events[-1].sentence.endswith("goes on under the alert on people tested.")
    assert people.events[0].after == 14_000


def test_the_newest_cumulative_figure_counts_when_it_is_the_greater() -> None:
    """A source that prints running totals is judged by the newest."""
    rows = [("TKM", START, "national", 9_000, 0), ("TKM", date(2021, 2, 1), "national", 16_000, 0)]
    schema = {"iso3": pl.String, "observed_on": pl.Date, "origin": pl.String}
    schema |= {"tests_performed_cumulative": pl.Int64, "positives_cumulative": pl.Int64}
    states = {"2021-02-02": pl.DataFrame(rows, schema=schema, orient="row")}
    (finding,) = evaluate([rule_input_of("f.tests", KEY, states)], shown_by="The table")
    assert (finding.column, finding.events[0].after) == ("tests_performed_cumulative", 16_000)
    assert "tests (unit not stated)" in finding.events[0].sentence


def negative(
    *states: Sequence[tuple[str, *tuple[int | None, ...]]],
    columns: Sequence[str] = ("tests_performed_cumulative",),
) -> list[Finding]:
    """Return the findings in vintages of figures of tests on one day, else of a running total."""
    schema = {"iso3": pl.String, "observed_on": pl.Date, "origin": pl.String}
    schema |= dict.fromkeys(columns, pl.Int64)
    tables = {
        f"2021-07-{21 + seq}": pl.DataFrame(
            [(iso3, date(2021, 7, 21), "unspecified", *values) for iso3, *values in state],
            schema=schema,
            orient="row",
        )
        for seq, state in enumerate(states)
    }
    return evaluate([rule_input_of("find.tests", KEY, tables)], shown_by="FIND's table")


def test_a_count_below_zero_opens_once_and_resolves() -> None:
    """It opens once, not again when it changes, and ends when the figure is 0 or more."""
    (finding,) = negative(
        [("RWA", -889_137)], [("RWA", -889_137)], [("RWA", -5)], [("RWA", 1_500_000)]
    )
    assert finding.rule == "R11"
    assert finding.key == {"iso3": "RWA", "observed_on": date(2021, 7, 21), "origin": "unspecified"}
    assert [(e.kind, e.severity, e.confidence, e.after) for e in finding.events] == [
        ("opened", "medium", "confirmed", -889_137),
        ("resolved", "medium", "confirmed", 1_500_000),
    ]
    assert "\u2212889,137" in finding.events[0].sentence


def test_a_running_total_and_its_increment_below_zero_are_one_matter() -> None:
    """Rwanda, 21 July 2021: both are wrong by the same figure; an increment alone is one, too."""
    columns = ("tests_performed_cumulative", "tests_performed_new")
    (finding,) = negative([("RWA", -889_137, -2_785_063)], columns=columns)
    assert finding.column == "tests_performed_cumulative"
    (finding,) = negative([("RWA", 1_000_000, -2_785_063)], columns=columns)
    assert finding.column == "tests_performed_new"


def test_a_negative_count_in_the_first_vintage_has_no_version_before() -> None:
    """What begins is not compared; what is new later is."""
    (finding,) = negative([("RWA", -889_137)])
    assert finding.events[0].sentence == (
        "FIND's table showed \u2212889,137 tests in Rwanda (RWA) "
        "(2021-07-21) on 21 Jul 2021. A count cannot be below zero; it is published as the source "
        "shows it."
    )
    (later,) = negative([("BDI", 7)], [("BDI", 7), ("RWA", -5)])
    assert "; no figure in the version before." in later.events[0].sentence


def test_a_count_that_enters_below_zero_again_is_a_new_finding() -> None:
    """Two entries, two episodes."""
    found = negative([("RWA", 5)], [("RWA", -1)], [("RWA", None)], [("RWA", -1)])
    kinds = [[e.kind for e in f.events] for f in found if f.rule == "R11"]
    assert kinds == [["opened", "resolved"], ["opened"]]
    assert found[0].events[-1].after is None


def test_many_counts_below_zero_are_one_finding() -> None:
    """Eight rows of one vintage and column are grouped."""
    codes = ["AFG", "BFA", "COL", "ETH", "NGA", "PAK", "SOM", "UKR"]
    (group,) = negative([(iso3, 7) for iso3 in codes], [(iso3, -7) for iso3 in codes])
    event = group.events[0]
    assert (group.rule, group.about, event.severity) == ("R17", "negative", "low")
    assert (event.before, event.evidence["count"], event.evidence["compared"]) == (None, 8, 8)
    assert event.sentence.startswith(
        "FIND's table showed tests below zero in 8 of 8 rows on 22 Jul 2021."
    )
