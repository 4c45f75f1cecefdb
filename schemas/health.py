"""The canonical tables of use and need: doses given, tests, cases, and how many people live."""

from typing import Optional

import polars as pl

from schemas.table import SURVEILLANCE, Table, count, day, day_if_known, text, year


class Vaccinations(Table):
    """Doses given up to one day.

    One row: participant x observed_on.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    observed_on: pl.Date = day("day the figures are about")
    doses_administered: Optional[pl.Int64] = count("doses given, cumulative [doses]")
    people_first_dose: Optional[pl.Int64] = count(
        "people with at least one dose, cumulative [people]"
    )
    people_last_dose: Optional[pl.Int64] = count(
        "people with the last dose of the primary series [people]"
    )
    people_booster: Optional[pl.Int64] = count("people with a booster or additional dose [people]")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "observed_on"]


class VaccinationsCurrent(Table):
    """Doses given, for a source that prints no stable date per row.

    One row: participant, as the page stood.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    doses_administered: Optional[pl.Int64] = count("doses given, cumulative [doses]")
    people_first_dose: Optional[pl.Int64] = count(
        "people with at least one dose, cumulative [people]"
    )
    people_last_dose: Optional[pl.Int64] = count(
        "people with the last dose of the primary series [people]"
    )
    people_booster: Optional[pl.Int64] = count("people with a booster or additional dose [people]")
    first_vaccinated_on: Optional[pl.Date] = day_if_known(
        "day of the first vaccination as published"
    )
    published_on: Optional[pl.Date] = day_if_known("day that the publisher prints on the row")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3"]


class Tests(Table):
    """Tests reported for one day or report, people and samples apart.

    One row: participant x observed_on x origin. The same person may give several samples.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    observed_on: pl.Date = day("day the figures are about", since=SURVEILLANCE)
    origin: str = text("who tested or reported, or 'unspecified'")
    tests_performed_new: Optional[pl.Int64] = count(
        "tests since the report before, unit not stated [tests]"
    )
    tests_performed_cumulative: Optional[pl.Int64] = count(
        "tests since the beginning, unit not stated [tests]"
    )
    people_tested_new: Optional[pl.Int64] = count("people tested since the report before [people]")
    people_tested_cumulative: Optional[pl.Int64] = count(
        "people tested since the beginning [people]"
    )
    samples_tested_new: Optional[pl.Int64] = count(
        "samples tested since the report before [samples]"
    )
    samples_tested_cumulative: Optional[pl.Int64] = count(
        "samples tested since the beginning [samples]"
    )
    specimens_processed_new: Optional[pl.Int64] = count(
        "specimens processed in the period [specimens]"
    )
    positives_new: Optional[pl.Int64] = count("positive among those newly tested [same unit]")
    positives_cumulative: Optional[pl.Int64] = count("positive since the beginning [same unit]")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "observed_on", "origin"]


class Cases(Table):
    """Cases and deaths reported for one day or for the week that it begins or ends.

    One row: participant x observed_on.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    observed_on: pl.Date = day("day the figures are about")
    cases_new: Optional[pl.Int64] = count("cases since the observation before [cases]")
    cases_cumulative: Optional[pl.Int64] = count("cases since the beginning [cases]")
    deaths_new: Optional[pl.Int64] = count("deaths since the observation before [deaths]")
    deaths_cumulative: Optional[pl.Int64] = count("deaths since the beginning [deaths]")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "observed_on"]


class CasesCurrent(Table):
    """Cases and deaths, for a source that prints no stable date per row.

    One row: participant, as the page stood.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    cases_new: Optional[pl.Int64] = count("cases since the observation before [cases]")
    cases_cumulative: Optional[pl.Int64] = count("cases since the beginning [cases]")
    deaths_new: Optional[pl.Int64] = count("deaths since the observation before [deaths]")
    deaths_cumulative: Optional[pl.Int64] = count("deaths since the beginning [deaths]")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3"]


class Population(Table):
    """People living in one country or territory, the denominator of doses and tests per head.

    One row: participant x year.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    year: pl.Int64 = year("calendar year, as of 1 July")
    people: Optional[pl.Int64] = count("population [people]")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "year"]
