"""R14 by year: four Julys of estimates of immunisation coverage, each with its past."""

from collections.abc import Mapping

import polars as pl

from schemas.alerts import Finding
from tasks.alerts.evaluate import evaluate
from tests.rule_inputs import rule_input_of

KEY = ("iso3", "antigen", "year")
Estimates = Mapping[tuple[str, str], Mapping[int, float]]
STEADY = {2017: 0.95, 2018: 0.94, 2019: 0.93, 2020: 0.92}


def july(estimates: Estimates) -> pl.DataFrame:
    """Return a table of coverage."""
    rows = [
        (*series, year, share)
        for series, years in estimates.items()
        for year, share in years.items()
    ]
    return pl.DataFrame(rows, schema=[*KEY, "coverage_share"], orient="row")


def found_in(*julys: Estimates) -> list[Finding]:
    """Return what all rules find in a table of coverage each July."""
    tables = {f"{2020 + at}-07-15": july(one) for at, one in enumerate(julys)}
    return evaluate([rule_input_of("unicef_wuenic.coverage", KEY, tables)], shown_by="The table")


def test_a_year_more_and_small_revisions_are_no_news() -> None:
    """Every July adds a year, and moves the past by a point or so."""
    past = {("MEX", "DTP3"): STEADY}
    later = {("MEX", "DTP3"): {year: share - 0.01 for year, share in STEADY.items()} | {2021: 0.9}}
    assert found_in(past, past, later, past) == []


def test_who_fell_below_a_line_is_named_with_the_years() -> None:
    """Coverage that had reached 90 % and 80 %, and has not any more."""
    past, now = {("MEX", "DTP3"): STEADY}, {("MEX", "DTP3"): {**STEADY, 2019: 0.89, 2020: 0.76}}
    [found] = found_in(past, now, now)
    assert (found.rule, found.key) == ("R14", {"iso3": "MEX", "antigen": "DTP3"})
    assert [one.severity for one in found.events] == ["medium"]
    assert found.events[0].sentence == (
        "The table showed other coverage in Mexico (MEX) (DTP3) for 2 years from 2019 to 2020 on "
        "15 Jul 2021 than in the version before. Largest: 92.0 % → 76.0 % for 2020 (16.0 points "
        "lower). For 2019 and 2020 it fell below 90 %. For 2020 it fell below 80 %."
    )
    assert found.events[0].evidence["fell_below"] == {"0.9": [2019, 2020], "0.8": [2020]}


def test_each_of_four_julys_is_compared_with_the_one_before() -> None:
    """A correction of a correction is one of its own; a rise counts, and crosses no line."""
    series: tuple[str, str] = ("TCD", "MCV1")
    julys: list[Estimates] = [
        {series: {2018: 0.5, 2019: share}} for share in (0.6, 0.55, 0.55, 0.7)
    ]
    found = found_in(*julys)
    assert [(one.events[0].severity, one.events[0].after) for one in found] == [
        ("low", 0.55),
        ("medium", 0.7),
    ]
    assert "15.0 points higher" in found[1].events[0].sentence


def test_a_method_that_changes_all_countries_is_one_group() -> None:
    """Ten countries at once are one R17, with the worst named."""
    codes = ("MEX", "BRA", "PER", "COL", "ARG", "CHL", "BOL", "ECU", "PRY", "URY")
    past = {(iso3, "DTP3"): STEADY for iso3 in codes}
    now = {(iso3, "DTP3"): {**STEADY, 2019: 0.88 - at / 100} for at, iso3 in enumerate(codes)}
    groups = [one for one in found_in(past, now) if one.rule == "R17"]
    assert len(groups) == 1
    assert "other coverage of years past for 10 of 10 countries" in groups[0].events[0].sentence


def test_population_is_compared_by_its_relative_change() -> None:
    """A revision of the Prospects: only who changed by a twentieth."""
    people = {"2019-06-17": [51_269_000, 6_825_000], "2022-07-11": [51_845_000, 5_662_000]}
    tables = {
        on: pl.DataFrame({"iso3": ["KOR", "LBN"], "year": [2020, 2020], "people": counts})
        for on, counts in people.items()
    }
    [found] = evaluate(
        [rule_input_of("un_population.population", ("iso3", "year"), tables)], shown_by="The UN"
    )
    assert found.events[0].sentence == (
        "The UN showed other population in Lebanon (LBN) for 2020 on 11 Jul 2022 than in the "
        "version before. Largest: 6,825,000 → 5,662,000 for 2020 (\u221217.0 %)."
    )
