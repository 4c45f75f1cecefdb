"""R11: more doses given than were delivered, more people with a dose than there are."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from schemas.alerts import Finding
from schemas.rule_settings import RuleSettings
from tasks.alerts.evaluate import evaluate
from tests.rule_inputs import rule_input_of

TURKMENS = 6_031_187
"""The population of Turkmenistan in 2020."""


def people(
    *states: Mapping[str, int | None], settings: RuleSettings | None = None
) -> list[Finding]:
    """Return what R11 finds in versions of one country's figures by column."""
    tables = {
        f"2022-10-{day:02d}": pl.DataFrame({"iso3": ["TKM"], **{k: [v] for k, v in one.items()}})
        for day, one in enumerate(states, start=12)
    }
    given = rule_input_of("s.vaccinations_current", ("iso3",), tables)
    found = evaluate([given], shown_by="The table", settings=settings or RuleSettings())
    return [finding for finding in found if finding.rule == "R11"]


def test_more_people_with_a_dose_than_there_are() -> None:
    """Once, when they begin to be too many, and over when they are as many again."""
    [found] = people(
        {"people_first_dose": 2_970_000, "people_last_dose": 2_920_000},
        {"people_first_dose": 6_698_000, "people_last_dose": 6_609_000},
        {"people_first_dose": 6_700_000, "people_last_dose": 6_610_000},
        {"people_first_dose": 3_728_000, "people_last_dose": 3_689_000},
    )
    assert (dict(found.key), found.column, found.about) == (
        {"iso3": "TKM"},
        "people_first_dose",
        "people_within_population",
    )
    first, last = found.events
    assert (first.before, first.after, first.severity) == (2_970_000, 6_698_000, "low")
    assert first.sentence == (
        "The table showed 6,698,000 people with a first dose beside a population of 6,031,187 (the "
        "UN's estimate for 2020) for Turkmenistan (TKM) on 13 Oct 2022. The first is expected to "
        "be at most 1.05 times the second; both are published as the source shows them."
    )
    assert first.evidence["beside"] == {"column": "people", "value": TURKMENS}
    assert (last.kind, last.after) == ("resolved", 3_728_000)


def test_the_limit_is_five_percent_above_the_population() -> None:
    """Estimates of a population are old; countries without one are not judged."""
    most = int(TURKMENS * 1.05)
    assert people({"people_first_dose": most}) == []
    assert len(people({"people_first_dose": most + 1})) == 1
    [booster] = people({"people_first_dose": 1, "people_booster": most + 1})[-1:]
    assert booster.column == "people_booster"
    wide = RuleSettings(thresholds={"R11": {"more_people_than": 1.2}})
    assert people({"people_first_dose": 6_698_000}, settings=wide) == []
    table = pl.DataFrame({"iso3": ["XKX"], "people_first_dose": [10**9]})
    given = rule_input_of("s.vaccinations_current", ("iso3",), {"2022-10-12": table})
    assert evaluate([given], shown_by="It") == []


def test_in_a_series_its_newest_figure_counts() -> None:
    """One finding, on the day that first is beyond the population."""
    tables = {
        f"2022-10-{12 + last}": pl.DataFrame(
            [("TKM", date(2022, 10, n), 5_500_000 + 300_000 * n) for n in range(1, last + 1)],
            schema={"iso3": pl.String, "observed_on": pl.Date, "people_first_dose": pl.Int64},
            orient="row",
        )
        for last in range(1, 6)
    }
    given = rule_input_of("s.vaccinations", ("iso3", "observed_on"), tables)
    [found] = [one for one in evaluate([given], shown_by="It") if one.rule == "R11"]
    assert (dict(found.key), len(found.events)) == ({"iso3": "TKM"}, 1)
    assert found.events[0].after == 6_400_000


def supply(*states: tuple[int | None, int | None]) -> list[Finding]:
    """Return what R11 finds in versions of doses given and delivered."""
    inputs = [
        rule_input_of(
            f"s.{table}",
            ("iso3",),
            {
                f"2022-10-{day:02d}": pl.DataFrame(
                    {"iso3": ["TZA"], column: [state[side]]}, schema_overrides={column: pl.Int64}
                )
                for day, state in enumerate(states, start=12)
            },
        )
        for side, (table, column) in enumerate(
            (("vaccinations_current", "doses_administered"), ("deliveries", "doses_delivered"))
        )
    ]
    return [one for one in evaluate(inputs, shown_by="The table") if one.rule == "R11"]


def test_more_doses_given_than_were_delivered() -> None:
    """Low; it ends where no more are given than delivered, not at the limit."""
    [found] = supply(
        (24_000_000, 25_165_160),
        (28_091_873, 25_165_160),
        (28_100_000, 27_500_000),
        (28_100_000, 28_100_000),
    )
    assert (found.key, found.column) == ({"iso3": "TZA"}, "doses_administered")
    assert [(e.kind, e.severity) for e in found.events] == [("opened", "low"), ("resolved", "low")]
    assert "28,091,873 doses administered beside 25,165,160 doses delivered for Tanzania" in (
        found.events[0].sentence
    )
    assert found.events[1].as_of.day == 15


def test_without_one_of_the_figures_nothing_is_more() -> None:
    """No deliveries, a few doses, or a figure that goes: no finding, or its end."""
    assert supply((28_091_873, None)) == []
    assert supply((28_091_873, 0)) == []
    assert supply((19_000, 10_000)) == []
    [gone] = supply((28_091_873, 25_165_160), (28_091_873, None))
    assert [e.kind for e in gone.events] == ["opened", "resolved"]
