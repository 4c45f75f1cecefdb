"""The canonical tables of supply: from the promise of a dose to its arrival, and its price."""

from typing import Optional

import polars as pl

from schemas.table import Table, count, day, price, share, text


class Allocations(Table):
    """Doses promised to one participant, as published in one snapshot.

    One row: participant x product x mechanism.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine as published, or 'unspecified'")
    mechanism: str = text("who allocates, e.g. COVAX, or 'unspecified'")
    doses_announced: Optional[pl.Int64] = count("doses forecast or indicatively announced [doses]")
    doses_allocated: Optional[pl.Int64] = count("doses set aside for the participant [doses]")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "product", "mechanism"]


class Deliveries(Table):
    """Doses sent to and received by one participant.

    One row: participant x product x mechanism.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    product: str = text("vaccine as published, or 'unspecified'")
    mechanism: str = text("channel of supply, or 'unspecified'")
    doses_shipped: Optional[pl.Int64] = count(
        "doses that left for the participant, cumulative [doses]"
    )
    doses_delivered: Optional[pl.Int64] = count("doses that arrived, cumulative [doses]")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "product", "mechanism"]


class Donations(Table):
    """Doses given to one participant by one donor.

    One row: participant x donor x product.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    donor: str = text("donor as published, or 'unspecified'")
    product: str = text("vaccine as published, or 'unspecified'")
    doses_pledged: Optional[pl.Int64] = count("doses promised by the donor [doses]")
    doses_donated: Optional[pl.Int64] = count("doses given, cumulative [doses]")

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "donor", "product"]


class SupplyDeals(Table):
    """Doses that one buyer ordered from one supplier.

    One row: buyer x supplier x product x deal_on. Buyers are countries, unions and facilities, as
    published.
    """

    buyer: str = text("who buys, as published")
    supplier: str = text("who sells, as published, or 'unspecified'")
    product: str = text("vaccine as published, or 'unspecified'")
    deal_on: pl.Date = day("day of the deal as published")
    doses_committed: Optional[pl.Int64] = count("doses bought, delivered or not [doses]")
    doses_optioned: Optional[pl.Int64] = count("doses that the buyer may buy beyond that [doses]")

    class Config(Table.Config):
        """The key."""

        unique = ["buyer", "supplier", "product", "deal_on"]


class Prices(Table):
    """What one buyer pays for a dose.

    One row: buyer x product x reported_on.
    """

    buyer: str = text("who buys, as published, or 'unspecified'")
    product: str = text("vaccine as published, or 'unspecified'")
    reported_on: pl.Date = day("day on which the price was reported")
    usd_per_dose: Optional[pl.Float64] = price("price of one dose [US dollars]")

    class Config(Table.Config):
        """The key."""

        unique = ["buyer", "product", "reported_on"]


class SecuredSupply(Table):
    """Doses secured by one participant as a share of its population.

    One row: participant.
    """

    iso3: str = text("participant, ISO 3166-1 alpha-3")
    secured_share: Optional[pl.Float64] = share(
        "vaccine secured as a share of population; 1 is everyone, may exceed 1"
    )

    class Config(Table.Config):
        """The key."""

        unique = ["iso3"]
