"""R12: figures of another size."""

from datetime import date

import polars as pl
import pytest

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tests.rule_inputs import ALLOCATIONS, allocations, rule_input_of


def ladder(*doses: int | None, column: str = "doses_delivered") -> list[Finding]:
    """Return the findings in one figure's vintages."""
    tables = {
        f"2022-01-{day:02d}": allocations([("PSE", "unspecified", value)], column)
        for day, value in enumerate(doses, start=1)
    }
    return evaluate([rule_input_of("s.deliveries", ALLOCATIONS, tables)], shown_by="The page")


GROWING = (2_400_000, 2_440_000, 2_480_000, 2_522_776)


def test_a_digit_too_many_is_one_alert_at_once_and_its_return_the_end_of_it() -> None:
    """High by what the figure would mean; the return is no fall, and the spike no peak."""
    [slip] = ladder(*GROWING, 12_922_776, 2_922_776, 2_950_000)
    assert (slip.rule, slip.key) == ("R12", {"iso3": "PSE"})
    opened, reverted = slip.events
    assert (opened.kind, opened.severity) == ("opened", "critical")
    assert opened.confidence == "unconfirmed"
    assert opened.evidence["tags"] == ["digit added"]
    assert opened.sentence == (
        "The page showed 12,922,776 doses delivered to Palestine (PSE) on 5 Jan 2022; 2,522,776 in "
        "the version before (+412.2 %). It is as if one digit were added."
    )
    assert (reverted.kind, reverted.after) == ("reverted", 2_922_776)
    assert reverted.sentence.endswith("the version of 6 Jan 2022 shows 2,922,776: it was a slip.")


def test_promises_slip_as_counters_do() -> None:
    """A spike is no peak of a drawdown, its return no cut."""
    [slip] = ladder(*GROWING, 25_400_000, 2_560_000, column="doses_allocated")
    assert [(e.kind, e.severity) for e in slip.events] == [
        ("opened", "critical"),
        ("reverted", "critical"),
    ]
    assert slip.events[0].evidence["tags"][0] == "10^1"


def test_what_stays_is_a_change_of_the_unit_until_it_is_back() -> None:
    """Confirmed by the next version, resolved by a later one."""
    [slip] = ladder(*GROWING, 2_530, 2_540, 2_550, 2_600_000)
    assert [(e.kind, e.after) for e in slip.events] == [
        ("opened", 2_530),
        ("confirmed", 2_540),
        ("resolved", 2_600_000),
    ]
    assert "The unit, or what is counted, may have changed." in slip.events[1].sentence
    assert slip.events[0].evidence["tags"][0] == "10^-3"


def test_a_rise_after_months_without_a_version_may_be_growth() -> None:
    """Benin's doses grew to ten times as many in the 65 days between two versions of WHO's file."""
    states = {"04-24": 52_284, "05-04": 90_051, "05-11": 110_333, "05-18": 120_333}

    def found(*later: tuple[str, int]) -> list[Finding]:
        tables = {
            f"2021-{day}": allocations([("BEN", "A", doses)], "doses_administered")
            for day, doses in [*states.items(), *later]
        }
        return evaluate([rule_input_of("s.doses", ALLOCATIONS, tables)], shown_by="The page")

    [slip] = found(("07-22", 1_144_390))
    assert (slip.rule, slip.events[0].severity) == ("R12", "low")
    assert "The figure before is 65 days older, so it may have grown." in slip.events[0].sentence
    [slip] = found(("06-15", 1_144_390))
    assert slip.events[0].severity == "critical"
    [fall] = found(("07-22", 12_033))
    assert (fall.rule, fall.events[0].severity) == ("R12", "high")


def by_day(*versions: dict[str, int]) -> list[Finding]:
    """Return the findings in one series, given by version as figures by day of 2022."""
    tables = {
        f"2022-06-{number:02d}": pl.DataFrame(
            [("BEL", date.fromisoformat(f"2022-{day}"), cases) for day, cases in days.items()],
            schema={"iso3": pl.String, "observed_on": pl.Date, "cases_cumulative": pl.Int64},
            orient="row",
        )
        for number, days in enumerate(versions, start=1)
    }
    return evaluate([rule_input_of("s.cases", ("iso3", "observed_on"), tables)], shown_by="It")


OLD = [
    {f"01-{day:02d}": 700_000 + 9_000 * day for day in range(1, last + 1)} for last in range(1, 6)
]
GREW = {f"02-{day:02d}": round(745_000 * 1.2**day) for day in range(1, 12)}


def test_a_series_that_shows_its_growth_day_by_day_is_no_slip() -> None:
    """Read after a month: each day is a fifth above the day before, the newest 7 times as much."""
    assert by_day(*OLD, OLD[-1] | GREW) == []
    thinned = {day: cases for day, cases in (OLD[-1] | GREW).items() if int(day[3:]) % 3 == 0}
    assert "R12" not in {finding.rule for finding in by_day(*OLD, thinned)}


@pytest.mark.parametrize(
    "newest",
    [
        OLD[-1] | GREW | {"02-11": 10 * GREW["02-11"]},
        OLD[-1] | {day: 10 * cases for day, cases in GREW.items()},
        {day: 10 * cases for day, cases in (OLD[-1] | GREW).items()},
        OLD[-1] | {"02-11": GREW["02-11"]},
    ],
    ids=["newest day", "all new days", "all days", "no day between"],
)
def test_a_step_that_a_series_shows_is_a_slip(newest: dict[str, int]) -> None:
    """From one day to the next, or on a day that was known."""
    assert "R12" in {finding.rule for finding in by_day(*OLD, newest)}


@pytest.mark.parametrize(
    "doses",
    [
        (2_400_000, 24_000_000, 2_400_000),
        (100, 900, 9_900, 9_999, 110_000),
        (100_000, 150_000, 225_000, 330_000, 500_000, 750_000, 1_100_000),
        (*GROWING, 2_522_776, 9_000_000),
    ],
)
def test_ramp_ups_and_short_histories_are_no_slip(doses: tuple[int, ...]) -> None:
    """Four versions, ten thousand before, and a step in one version are needed."""
    assert "R12" not in {f.rule for f in ladder(*doses)}


def test_a_rise_that_fits_no_slip_is_low() -> None:
    """A round that arrives at once is no digit, no separator and no unit."""
    [rise] = ladder(10_000, 10_500, 11_000, 11_000, 74_400)
    opened = rise.events[0]
    assert (rise.rule, opened.severity, opened.evidence["tags"]) == ("R12", "low", [])


def test_people_that_become_samples_are_a_step_of_two() -> None:
    """Only in a figure of tests that hardly grew before."""
    steady = (30_000, 30_100, 30_200, 30_348)
    [step] = ladder(*steady, 60_422, column="people_tested_cumulative")
    assert (step.rule, step.events[0].severity) == ("R12", "medium")
    assert step.events[0].evidence["tags"] == ["factor 2"]
    assert ladder(*steady, 60_422) == []
