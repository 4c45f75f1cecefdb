"""R17 by days: the newest day of a table is there for fewer countries than usual."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.alerts import Finding
from schemas.wording import MINUS
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.combining.common_evidence import REQUIRED_EVIDENCE
from tasks.alerts.rules.reading.rule_input import RuleInput
from tests.new_days import KEY, Shown, states_of, versions, weekly
from tests.rule_inputs import first, rule_input_of
from tests.thorough import examples


def thin_in(rule_input: RuleInput) -> list[Finding]:
    """Return what R17 finds of thin days."""
    found = evaluate([rule_input], shown_by="It")
    return [one for one in found if (one.rule, one.about) == ("R17", "thin day")]


def life(finding: Finding) -> list[tuple[str, str]]:
    """Return kind and day of each event."""
    return [(one.kind, str(one.as_of.date())) for one in finding.events]


def test_a_day_that_is_half_filled_is_one_alert() -> None:
    """It is reverted by the version that has the rest."""
    full = [[(7 * week, 30)] for week in range(10)]
    [found] = thin_in(versions([*full, [(70, 12)], [(70, 30), (77, 30)]]))
    assert life(found) == [("opened", "2022-03-14"), ("reverted", "2022-03-21")]
    assert (found.events[0].severity, found.key, found.column) == ("medium", {}, None)
    assert found.events[0].sentence == (
        "It showed 13 Mar 2022, a new day of s.vaccinations, for 12 countries on 14 Mar 2022 "
        f"({MINUS}60.0 %); each of the 8 versions with a new day before showed it for 30 countries "
        "or more."
    )
    assert found.events[1].sentence.endswith(
        "Undone: the version of 21 Mar 2022 has 13 Mar 2022 for 30 countries."
    )


def test_its_evidence_is_complete() -> None:
    """What every alert carries, and how many countries the newest days before had."""
    [found] = thin_in(weekly([30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 12]))
    evidence = found.events[0].evidence
    assert set(REQUIRED_EVIDENCE) <= evidence.keys()
    assert (evidence["unit"], evidence["newest"]) == ("countries", "2022-03-13")
    assert [value for _, value in evidence["history"]] == [33, 34, 35, 36, 37, 38, 39, 12]
    assert (found.events[0].before, found.events[0].after, found.events[0].change) == (32, 12, -20)


@pytest.mark.parametrize(
    ("counts", "severity"),
    [
        ([30, 24], None),
        ([30, 23], "low"),
        ([30, 20], "low"),
        ([30, 19], "medium"),
        ([45, 35], "low"),
    ],
)
def test_it_begins_below_four_fifths_of_the_fewest(counts: list[int], severity: str | None) -> None:
    """From 35 % on it is medium; what counts are the fewest of the last eight."""
    usual, last = counts
    found = thin_in(weekly([usual, *range(usual, usual + 8), last, *[50] * 3]))
    assert [one.events[0].severity for one in found] == ([severity] if severity else [])


@pytest.mark.parametrize("count", [19, 20])
def test_tables_of_few_countries_are_not_judged(count: int) -> None:
    """Below 20 of them, two that are late would be an alert."""
    assert len(thin_in(weekly([count] * 10 + [5]))) == (count == 20)


def test_a_part_of_the_table_is_no_thin_day() -> None:
    """A version that covers some countries shows a day for those."""
    rule_input = weekly([30] * 10 + [12] + [30])
    is_part = pl.col("is_part") | (pl.col("seq") == 10)
    partial = rule_input.vintages.with_columns(is_part)
    assert thin_in(replace(rule_input, vintages=partial)) == []
    assert len(thin_in(rule_input)) == 1


def test_countries_that_are_gone_make_no_thin_day() -> None:
    """Their figures of the days before are gone with them: that is another alert."""
    states = {
        str(at.date()): one for at, one in states_of([[(7 * n, 30)] for n in range(11)]).items()
    }
    last = [*states][-1]
    states[last] = states[last].filter(pl.col("iso3") < "XCA")
    rule_input = rule_input_of("s.vaccinations", KEY, states)
    assert thin_in(rule_input) == []
    assert {"R13", "R17"} & {one.rule for one in evaluate([rule_input], shown_by="It")}


def test_days_of_countries_that_are_ahead_hide_none() -> None:
    """Where a country is always a day ahead, the day behind it is judged."""
    usual: list[Shown] = [[(7 * n, 30), (7 * n + 1, 1)] for n in range(10)]
    [found] = thin_in(versions([*usual, [(70, 12), (71, 1)], [(77, 30), (78, 1)]]))
    assert found.events[0].evidence["newest"] == "2022-03-13"
    assert [one.kind for one in found.events] == ["opened", "reverted"]


def test_it_is_confirmed_and_resolved_later() -> None:
    """By a newer day of as many countries as usual, or once it is the usual number."""
    [found] = thin_in(weekly([30] * 10 + [20] * 3 + [30]))
    assert [kind for kind, _ in life(found)] == ["opened", "confirmed", "resolved"]
    assert found.events[0].severity == "low"
    [lasting] = thin_in(weekly([30] * 10 + [20] * 12))
    assert [kind for kind, _ in life(lasting)] == ["opened", "confirmed", "resolved"]


@pytest.mark.parametrize(
    ("shown", "every"),
    [
        pytest.param(
            [[(7 * n, 30), (7 * n + 1, 1 + n % 2)] for n in range(14)], 7, id="countries ahead"
        ),
        pytest.param(
            [one for n in range(14) for one in ([(n, 30)], [(n + 1, 1)] if n == 10 else [])],
            0.5,
            id="a country is early, read twice a day",
        ),
        pytest.param(
            [[(n, 8 if n % 7 in {0, 6} else 30)] for n in range(40)], 1, id="weekends, read daily"
        ),
        pytest.param(
            [[(7 * n + d, 30 if d < 5 else 8) for d in range(7)] for n in range(14)],
            7,
            id="weekends, read weekly",
        ),
        pytest.param(
            [[(7 * n + d, 5 + 5 * (n * d % 6)) for d in range(7)] for n in range(14)],
            7,
            id="each country on a day of its own",
        ),
        pytest.param([[(7 * n, 30 - n)] for n in range(14)], 7, id="fewer and fewer"),
        pytest.param([[(7 * n, 10 if n == 12 else 15)] for n in range(14)], 7, id="few countries"),
        pytest.param([[(7 * n if n != 11 else 70, 30)] for n in range(14)], 7, id="no news"),
    ],
)
def test_what_is_usual_is_no_thin_day(shown: Sequence[Shown], every: float) -> None:
    """Weekends, weekly reports, countries that are a day ahead, small tables."""
    assert thin_in(versions(shown, every)) == []


@settings(max_examples=examples(15))
@given(st.lists(st.sampled_from([30, 30, 30, 28, 12, 20]), min_size=12, max_size=24))
def test_no_later_version_matters(counts: list[int]) -> None:
    """What is found up to a version is found again, with the same events, in all that follow."""
    rule_input = weekly(counts)
    for count in (10, 12, len(counts)):
        now = {one.fingerprint: one.events for one in thin_in(rule_input)}
        for finding in thin_in(first(rule_input, count)):
            assert now[finding.fingerprint][: len(finding.events)] == finding.events
