"""The canonical tables of supply, from the promise of a dose to its price, and of its use."""

from typing import Optional

import polars as pl

from schemas.checks import Range
from schemas.table import Table, count, day, ranged, text

Count = Optional[pl.Int64]
Words = Optional[pl.String]
PUBLISHED_WORD = text(
    "vaccine as the publisher calls it; null where none is printed", nullable=True
)


class Allocations(Table, key=("iso3", "product", "mechanism")):
    """Doses promised to one participant, as published in one snapshot.

    One row: participant x product x mechanism.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine by its canonical name, see dim_product, or 'unspecified'")
    mechanism: str = text("who allocates, e.g. COVAX, or 'unspecified'")
    doses_announced: Count = count("doses forecast or indicatively announced [doses]")
    doses_allocated: Count = count("doses set aside for the participant [doses]")
    product_published: Words = PUBLISHED_WORD


class Deliveries(Table, key=("iso3", "product", "mechanism")):
    """Doses sent to and received by one participant. One row: participant x product x mechanism."""

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine by its canonical name, see dim_product, or 'unspecified'")
    mechanism: str = text("channel of supply, or 'unspecified'")
    doses_shipped: Count = count("doses that left for the participant, cumulative [doses]")
    doses_delivered: Count = count("doses that arrived, cumulative [doses]")
    product_published: Words = PUBLISHED_WORD


class DeliveriesMonthly(Table, key=("iso3", "product", "mechanism", "month")):
    """Doses received by one participant in one month.

    One row: participant x product x mechanism x month.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine by its canonical name, see dim_product, or 'unspecified'")
    mechanism: str = text("channel of supply, or 'unspecified'")
    month: pl.Date = day("first day of the month that the figure is about")
    doses_delivered_new: Count = count("doses that arrived in that month [doses]")
    product_published: Words = PUBLISHED_WORD


class Donations(Table, key=("iso3", "donor", "product")):
    """Doses given to one participant by one donor. One row: participant x donor x product."""

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    donor: str = text("donor as published, or 'unspecified'")
    product: str = text("vaccine by its canonical name, see dim_product, or 'unspecified'")
    doses_pledged: Count = count("doses promised by the donor [doses]")
    doses_donated: Count = count("doses given, cumulative [doses]")
    product_published: Words = PUBLISHED_WORD


class Offers(Table, key=("offer_id",)):
    """What was offered to one participant, or became of it: one report. Rows are never summed."""

    offer_id: str = text("identity of the report, the same in every version")
    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine by its canonical name, see dim_product, or 'unspecified'")
    mechanism: str = text("who offers, e.g. COVAX, or 'unspecified'")
    doses: Count = count("doses that the report is about [doses]")
    status: str = text(
        "offered, accepted, declined, returned, reallocated, proposed (somebody's wish) or expired"
    )
    who: str = text("who did so, or who said so")
    happened_on: pl.Date = day("day on which it happened, as reported")
    source_url: str = text("address of the report")
    product_published: Words = PUBLISHED_WORD


class SupplyDeals(Table, key=("buyer", "supplier", "product", "deal_on")):
    """Doses that one buyer ordered from one supplier.

    One row: buyer x supplier x product x deal_on. Buyers are countries, unions and facilities, as
    published.
    """

    buyer: str = text("who buys, as published")
    supplier: str = text("who sells, as published, or 'unspecified'")
    product: str = text("vaccine by its canonical name, see dim_product, or 'unspecified'")
    deal_on: pl.Date = day("day of the deal as published")
    doses_committed: Count = count("doses bought, delivered or not [doses]")
    doses_optioned: Count = count("doses that the buyer may buy beyond that [doses]")
    product_published: Words = PUBLISHED_WORD


class Prices(Table, key=("buyer", "product", "reported_on")):
    """What one buyer pays for a dose. One row: buyer x product x reported_on."""

    buyer: str = text("who buys, as published, or 'unspecified'")
    product: str = text("vaccine by its canonical name, see dim_product, or 'unspecified'")
    reported_on: pl.Date = day("day on which the price was reported")
    usd_per_dose: Optional[pl.Float64] = ranged(
        "price of one dose [US dollars]", Range(rule="price_in_range", above=0, most=1000)
    )
    product_published: Words = PUBLISHED_WORD


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
