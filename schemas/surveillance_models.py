"""The canonical tables of need: tests, cases, and the population that both are counted in."""

from typing import Optional

import polars as pl

from schemas.checks import Range
from schemas.table import SURVEILLANCE, Table, count, day, ranged, text

Count = Optional[pl.Int64]


class Tests(Table, key=("iso3", "observed_on", "origin")):
    """Tests reported for one day or report, people and samples apart.

    One row: participant x observed_on x origin. The same person may give several samples.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    observed_on: pl.Date = day("day the figures are about", since=SURVEILLANCE)
    origin: str = text("who tested or reported, or 'unspecified'")
    tests_performed_new: Count = count("tests since the report before, unit not stated [tests]")
    tests_performed_cumulative: Count = count("tests since the beginning, unit not stated [tests]")
    people_tested_new: Count = count("people tested since the report before [people]")
    people_tested_cumulative: Count = count("people tested since the beginning [people]")
    samples_tested_new: Count = count("samples tested since the report before [samples]")
    samples_tested_cumulative: Count = count("samples tested since the beginning [samples]")
    specimens_processed_new: Count = count("specimens processed in the period [specimens]")
    positives_new: Count = count("positive among those newly tested [same unit]")
    positives_cumulative: Count = count("positive since the beginning [same unit]")


class Cases(Table, key=("iso3", "observed_on")):
    """Cases and deaths reported for one day or for the week that it begins or ends.

    One row: participant x observed_on.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    observed_on: pl.Date = day("day the figures are about")
    cases_new: Count = count("cases since the observation before [cases]")
    cases_cumulative: Count = count("cases since the beginning [cases]")
    deaths_new: Count = count("deaths since the observation before [deaths]")
    deaths_cumulative: Count = count("deaths since the beginning [deaths]")


class CasesCurrent(Table, key=("iso3",)):
    """Cases and deaths, for a source that prints no stable date per row.

    One row: participant, as the page stood.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    cases_new: Count = count("cases since the observation before [cases]")
    cases_cumulative: Count = count("cases since the beginning [cases]")
    deaths_new: Count = count("deaths since the observation before [deaths]")
    deaths_cumulative: Count = count("deaths since the beginning [deaths]")


class Coverage(Table, key=("iso3", "antigen", "year")):
    """Estimated share of the children due for a vaccine who received it, by country and year.

    One row: participant x antigen x year. The newest estimates revise all years.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    antigen: str = text("vaccine and dose as the publisher abbreviates them, e.g. DTP3, MCV1")
    year: pl.Int64 = ranged(
        "calendar year that the estimate is about",
        Range(rule="year_in_range", least=1950, most=2100),
        nullable=False,
    )
    coverage_share: Optional[pl.Float64] = ranged(
        "vaccinated as a share of those due; 1 is everyone; null is no estimate",
        Range(rule="coverage_in_range", least=0, most=1),
    )
    status: Optional[pl.String] = text("publisher's code for the kind of value", nullable=True)
    footnote: Optional[pl.String] = text("publisher's remark on the value", nullable=True)


class Population(Table, key=("iso3", "year")):
    """People living in one country or territory, the denominator of doses and tests per head.

    One row: participant x year.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    year: pl.Int64 = ranged(
        "calendar year, as of 1 July",
        Range(rule="year_in_range", least=1950, most=2100),
        nullable=False,
    )
    people: Count = count("population [people]")
