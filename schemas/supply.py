"""The canonical tables of supply: from the promise of a dose to its arrival, and its price."""

from typing import Optional

import pandera.polars as pa
import polars as pl

from schemas.table import ISO3, Table


class Allocations(Table):
    """
    Doses promised to one participant, as published in one snapshot.

    One row: participant x product x mechanism.
    """

    iso3: str = pa.Field(str_matches=ISO3, description="participant, ISO 3166-1 alpha-3")
    product: str = pa.Field(description="vaccine as published, or 'unspecified'")
    mechanism: str = pa.Field(description="who allocates, e.g. COVAX, or 'unspecified'")
    doses_announced: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses forecast or indicatively announced [doses]"
    )
    doses_allocated: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses set aside for the participant [doses]"
    )

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "product", "mechanism"]


class Deliveries(Table):
    """
    Doses sent to and received by one participant.

    One row: participant x product x mechanism.
    """

    iso3: str = pa.Field(str_matches=ISO3, description="participant, ISO 3166-1 alpha-3")
    product: str = pa.Field(description="vaccine as published, or 'unspecified'")
    mechanism: str = pa.Field(description="channel of supply, or 'unspecified'")
    doses_shipped: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses that left for the participant, cumulative [doses]"
    )
    doses_delivered: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses that arrived, cumulative [doses]"
    )

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "product", "mechanism"]


class Donations(Table):
    """
    Doses given to one participant by one donor.

    One row: participant x donor x product.
    """

    iso3: str = pa.Field(str_matches=ISO3, description="participant, ISO 3166-1 alpha-3")
    donor: str = pa.Field(description="donor as published, or 'unspecified'")
    product: str = pa.Field(description="vaccine as published, or 'unspecified'")
    doses_pledged: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses promised by the donor [doses]"
    )
    doses_donated: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses given, cumulative [doses]"
    )

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "donor", "product"]


class SupplyDeals(Table):
    """
    Doses that one buyer ordered from one supplier.

    One row: buyer x supplier x product x deal_on. Buyers are countries, unions and facilities, as
    published.
    """

    buyer: str = pa.Field(description="who buys, as published")
    supplier: str = pa.Field(description="who sells, as published, or 'unspecified'")
    product: str = pa.Field(description="vaccine as published, or 'unspecified'")
    deal_on: pl.Date = pa.Field(description="day of the deal as published")
    doses_committed: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses bought, delivered or not [doses]"
    )
    doses_optioned: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses that the buyer may buy beyond that [doses]"
    )

    class Config(Table.Config):
        """The key."""

        unique = ["buyer", "supplier", "product", "deal_on"]


class Prices(Table):
    """
    What one buyer pays for a dose.

    One row: buyer x product x reported_on.
    """

    buyer: str = pa.Field(description="who buys, as published, or 'unspecified'")
    product: str = pa.Field(description="vaccine as published, or 'unspecified'")
    reported_on: pl.Date = pa.Field(description="day on which the price was reported")
    usd_per_dose: Optional[pl.Float64] = pa.Field(
        nullable=True, description="price of one dose [US dollars]"
    )

    class Config(Table.Config):
        """The key."""

        unique = ["buyer", "product", "reported_on"]


class SecuredSupply(Table):
    """
    Doses secured by one participant as a share of its population.

    One row: participant.
    """

    iso3: str = pa.Field(str_matches=ISO3, description="participant, ISO 3166-1 alpha-3")
    secured_share: Optional[pl.Float64] = pa.Field(
        nullable=True,
        description="vaccine secured as a share of population; 1 is everyone, may exceed 1",
    )

    class Config(Table.Config):
        """The key."""

        unique = ["iso3"]
