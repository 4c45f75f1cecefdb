"""The canonical tables: supply, from the promise of a dose to its price; then use and need."""

from typing import Optional

import polars as pl

from schemas.checks import Range
from schemas.table import SURVEILLANCE, Table, count, day, ranged, text

Count = Optional[pl.Int64]


class Allocations(Table, key=("iso3", "product", "mechanism")):
    """Doses promised to one participant, as published in one snapshot.

    One row: participant x product x mechanism.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine as published, or 'unspecified'")
    mechanism: str = text("who allocates, e.g. COVAX, or 'unspecified'")
    doses_announced: Count = count("doses forecast or indicatively announced [doses]")
    doses_allocated: Count = count("doses set aside for the participant [doses]")


class Deliveries(Table, key=("iso3", "product", "mechanism")):
    """Doses sent to and received by one participant. One row: participant x product x mechanism."""

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine as published, or 'unspecified'")
    mechanism: str = text("channel of supply, or 'unspecified'")
    doses_shipped: Count = count("doses that left for the participant, cumulative [doses]")
    doses_delivered: Count = count("doses that arrived, cumulative [doses]")


class DeliveriesMonthly(Table, key=("iso3", "product", "mechanism", "month")):
    """Doses received by one participant in one month.

    One row: participant x product x mechanism x month.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine as published, or 'unspecified'")
    mechanism: str = text("channel of supply, or 'unspecified'")
    month: pl.Date = day("first day of the month that the figure is about")
    doses_delivered_new: Count = count("doses that arrived in that month [doses]")


class Donations(Table, key=("iso3", "donor", "product")):
    """Doses given to one participant by one donor. One row: participant x donor x product."""

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    donor: str = text("donor as published, or 'unspecified'")
    product: str = text("vaccine as published, or 'unspecified'")
    doses_pledged: Count = count("doses promised by the donor [doses]")
    doses_donated: Count = count("doses given, cumulative [doses]")


class Offers(Table, key=("offer_id",)):
    """What was offered to one participant, or became of it: one report. Rows are never summed."""

    offer_id: str = text("identity of the report, the same in every version")
    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine as reported, or 'unspecified'")
    mechanism: str = text("who offers, e.g. COVAX, or 'unspecified'")
    doses: Count = count("doses that the report is about [doses]")
    status: str = text(
        "offered, accepted, declined, returned, reallocated, proposed (somebody's wish) or expired"
    )
    who: str = text("who did so, or who said so")
    happened_on: pl.Date = day("day on which it happened, as reported")
    source_url: str = text("address of the report")


class SupplyDeals(Table, key=("buyer", "supplier", "product", "deal_on")):
    """Doses that one buyer ordered from one supplier.

    One row: buyer x supplier x product x deal_on. Buyers are countries, unions and facilities, as
    published.
    """

    buyer: str = text("who buys, as published")
    supplier: str = text("who sells, as published, or 'unspecified'")
    product: str = text("vaccine as published, or 'unspecified'")
    deal_on: pl.Date = day("day of the deal as published")
    doses_committed: Count = count("doses bought, delivered or not [doses]")
    doses_optioned: Count = count("doses that the buyer may buy beyond that [doses]")


class Prices(Table, key=("buyer", "product", "reported_on")):
    """What one buyer pays for a dose. One row: buyer x product x reported_on."""

    buyer: str = text("who buys, as published, or 'unspecified'")
    product: str = text("vaccine as published, or 'unspecified'")
    reported_on: pl.Date = day("day on which the price was reported")
    usd_per_dose: Optional[pl.Float64] = ranged(
        "price of one dose [US dollars]", Range(rule="price_in_range", above=0, most=1000)
    )


class SecuredSupply(Table, key=("iso3",)):
    """Doses secured by one participant as a share of its population. One row: participant."""

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    secured_share: Optional[pl.Float64] = ranged(
        "vaccine secured as a share of population; 1 is everyone, may exceed 1",
        Range(rule="share_in_range", least=0, most=20),
    )


class Vaccinations(Table, key=("iso3", "observed_on")):
    """Doses given up to one day. One row: participant x observed_on."""

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    observed_on: pl.Date = day("day the figures are about")
    doses_administered: Count = count("doses given, cumulative [doses]")
    people_first_dose: Count = count("people with at least one dose, cumulative [people]")
    people_last_dose: Count = count("people with the last dose of the primary series [people]")
    people_booster: Count = count("people with a booster or additional dose [people]")


class VaccinationsCurrent(Table, key=("iso3",)):
    """Doses given, for a source that prints no stable date per row.

    One row: participant, as the page stood.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    doses_administered: Count = count("doses given, cumulative [doses]")
    people_first_dose: Count = count("people with at least one dose, cumulative [people]")
    people_last_dose: Count = count("people with the last dose of the primary series [people]")
    people_booster: Count = count("people with a booster or additional dose [people]")
    first_vaccinated_on: Optional[pl.Date] = day(
        "day of the first vaccination as published", nullable=True
    )
    published_on: Optional[pl.Date] = day("day that the publisher prints on the row", nullable=True)


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
