"""R16: totals that do not add up."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tasks.alerts.rules.implausible.totals import R16
from tasks.alerts.rules.reading.rule_input import RuleInput
from tests.rule_inputs import first, rule_input_of
from tests.tasks.alerts.test_evaluate import cut

BEGIN = date(2022, 1, 2)
PEOPLE = ("doses_administered", "people_first_dose", "people_last_dose", "people_booster")
State = Mapping[str, Sequence[int | None]]
"""The figures of each country in one vintage."""


def vaccinations(*states: State) -> RuleInput:
    """Return vintages a week apart; figures in the order of PEOPLE."""
    schema = {"iso3": pl.String} | dict.fromkeys(PEOPLE, pl.Int64)
    rows = [[(iso3, *figures) for iso3, figures in state.items()] for state in states]
    return _vintages("vaccinations_current", ("iso3",), schema, rows)


def cases(*states: Sequence[tuple[int, int]], iso3: str = "PRK") -> RuleInput:
    """Return vintages a week apart; the new cases and the running total of each day."""
    days = ("cases_new", "cases_cumulative")
    schema = {"iso3": pl.String, "observed_on": pl.Date, **dict.fromkeys(days, pl.Int64)}
    rows = [
        [(iso3, BEGIN + timedelta(days=day), *figures) for day, figures in enumerate(state)]
        for state in states
    ]
    return _vintages("cases", ("iso3", "observed_on"), schema, rows)


def _vintages(table: str, key: Sequence[str], schema: Mapping, rows: Sequence) -> RuleInput:
    states = {
        (BEGIN + timedelta(weeks=week)).isoformat(): pl.DataFrame(
            state, schema=schema, orient="row"
        )
        for week, state in enumerate(rows, start=1)
    }
    return rule_input_of(f"s.{table}", key, states)


def found(*inputs: RuleInput) -> list[Finding]:
    """Return what R16 finds."""
    return evaluate(inputs, shown_by="It", rules=[R16])


WRONG = {"SEN": (2_469_499, 6_000_000, 5_000_000, 1_305_215)}
RISEN = {"SEN": (9_469_499, 9_000_000, 5_000_000, 1_305_215)}
"""Off without a fall, which another rule would report."""
RIGHT = {"SEN": (9_469_499, 6_000_000, 5_000_000, 1_305_215)}


def test_fewer_doses_than_people_had_at_least() -> None:
    """It opens once, whatever the figures become, until they agree; the last dose is no more."""
    still = {"SEN": (2_469_500, 6_000_001, 5_000_000, 1_305_215)}
    [finding] = found(vaccinations(RIGHT, WRONG, still, RIGHT))
    opened, resolved = finding.events
    assert (finding.rule, finding.column, finding.about) == ("R16", "doses_administered", "people")
    assert (opened.severity, opened.before, opened.after) == ("low", 7_305_215, 2_469_499)
    assert opened.sentence == (
        "It showed 2,469,499 doses administered of Senegal (SEN) on 16 Jan 2022; its people with "
        "doses had at least 7,305,215."
    )
    assert resolved.sentence.endswith("The version of 30 Jan 2022 shows 9,469,499 and 7,305,215.")


def test_small_differences_and_missing_figures_are_none() -> None:
    """Two percent and 10,000; without a total, or without people, nothing is judged."""
    near = {"SEN": (7_200_000, 6_000_000, 5_000_000, 1_305_215), "PRK": (10, 5_000, 0, 0)}
    missing = {"SEN": (None, 6_000_000, 5_000_000, None), "PRK": (10, None, None, None)}
    assert found(vaccinations(near, missing)) == []


def test_many_countries_are_one_alert() -> None:
    """One relation that is off for many at once is one matter of the source."""
    many: State = dict.fromkeys(("AGO", "BFA", "MOZ", "SEN"), WRONG["SEN"])
    [finding] = found(vaccinations(many))
    assert (finding.key, finding.about) == ({}, "people")
    assert finding.events[0].sentence == (
        "It showed doses administered of 4 countries on 9 Jan 2022, fewer than the people had "
        "at least. Largest: Angola (AGO) 2,469,499 and 7,305,215, Burkina Faso (BFA) 2,469,499 and "
        "7,305,215, Mozambique (MOZ) 2,469,499 and 7,305,215."
    )


def test_a_running_total_that_is_not_the_sum_of_the_days() -> None:
    """A digit too many in the newest total; and a sum that begins later is never judged."""
    sound = [(20_000, 20_000), (30_000, 50_000)]
    [finding] = found(cases(sound, [*sound, (10_000, 600_000)], [*sound, (10_000, 60_000)]))
    opened, resolved = finding.events
    assert opened.sentence == (
        "It showed 600,000 cases of Korea, DPR (PRK) on 16 Jan 2022; its new ones add up to 60,000."
    )
    assert resolved.kind == "resolved"
    late = [(20_000, 500_000), (30_000, 530_000)]
    assert found(cases(late, [*late, (10_000, 600_000)])) == []


def test_a_day_without_a_report_of_new_ones_does_not_accumulate() -> None:
    """A sum that drifts away slowly lacks days; that is no fault of one version."""
    days = [(20_000, 20_000)] * 1
    states = []
    for day in range(1, 12):
        days = [*days, (0, 20_000 + 300 * day)]
        states.append(days)
    assert found(cases(*states)) == []


def test_months_that_are_not_the_total() -> None:
    """Doses delivered to date beside the sum of the months, in versions that have both."""
    key = ("iso3", "product", "mechanism")
    texts = dict.fromkeys(key, pl.String)
    whole = _vintages(
        "deliveries",
        key,
        {**texts, "doses_delivered": pl.Int64},
        [[("PRK", "A", "COVAX", doses)] for doses in (300_000, 900_000)],
    )
    months = [("PRK", "A", "COVAX", date(2022, month, 1), 150_000) for month in (1, 2)]
    parts = _vintages(
        "deliveries_monthly",
        (*key, "month"),
        {**texts, "month": pl.Date, "doses_delivered_new": pl.Int64},
        [months, months],
    )
    [finding] = found(whole, parts)
    assert (finding.about, finding.events[0].severity) == ("months", "low")
    assert finding.events[0].sentence == (
        "It showed 900,000 doses delivered of Korea, DPR (PRK) on 16 Jan 2022; its months add up "
        "to 300,000."
    )


def test_what_is_found_depends_on_no_later_vintage() -> None:
    """The findings of the first vintages are those of all, cut to the first."""
    sound = [(20_000, 20_000), (30_000, 50_000)]
    days = cases(sound, [*sound, (10_000, 600_000)], [*sound, (10_000, 60_000)], sound)
    people = vaccinations(RIGHT, WRONG, WRONG, RIGHT)
    everything = found(days, people)
    assert len(everything) > 1
    for count in range(1, 5):
        early = [first(one, count) for one in (days, people)]
        ids = {name for one in early for name in one.vintages["id"]}
        assert cut(found(*early), ids) == cut(everything, ids)


def test_wrong_totals_of_countries_that_have_alerts_are_no_alert_of_their_own() -> None:
    """Their doses slipped: each alert lists its total; one more country, and all are reported."""
    others = (f"X{one}{other}" for one in "ABCDEFGH" for other in "ABCDEFGHIJ")
    names = ("SEN", "MOZ", "IND", "GHA", *others)
    right = dict.fromkeys(names, (9_469_499, 6_000_000, 5_000_000, 1_305_215))
    slipped = right | dict.fromkeys(names[:3], (946_949, 6_000_000, 5_000_000, 1_305_215))
    alerts = evaluate([vaccinations(right, right, right, right, slipped)], shown_by="It")
    assert [(one.rule, one.key["iso3"]) for one in alerts] == [
        *(("R12", name) for name in sorted(names[:3]))
    ]
    also = [one["rule"] for one in alerts[0].events[0].evidence["also"]]
    assert sorted(also) == ["R16", "R7"]
    more = slipped | {"GHA": (9_469_499, 9_100_000, 5_000_000, 1_305_215)}
    alerts = evaluate([vaccinations(right, right, right, right, more)], shown_by="It")
    assert [one.rule for one in alerts if not one.key] == ["R16"]
