"""
The canonical tables: what one row of each is, its key, and what every column means.

Null means not published; 0 is a published zero; an absent row is absent. `as_of` is in no key.
Only what makes a row unreadable is refused here; a figure that can be read but is implausible is
published and judged by the alert rules.
"""

from typing import Optional

import pandera.polars as pa
import polars as pl
from pandera.api.polars.model_config import BaseConfig

ISO3 = r"^[A-Z]{3}$"


class Table(pa.DataFrameModel):
    """What all tables share: no undeclared column, a key that is unique and never null."""

    class Config(BaseConfig):
        """Strict columns; each table adds its key as `unique`."""

        strict = True


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


class VaccinationsCurrent(Table):
    """
    Doses given, for a source that prints no stable date per row.

    One row: participant, as the page stood.
    """

    iso3: str = pa.Field(str_matches=ISO3, description="participant, ISO 3166-1 alpha-3")
    doses_administered: Optional[pl.Int64] = pa.Field(
        nullable=True, description="doses given, cumulative [doses]"
    )
    people_first_dose: Optional[pl.Int64] = pa.Field(
        nullable=True, description="people with at least one dose, cumulative [people]"
    )
    people_last_dose: Optional[pl.Int64] = pa.Field(
        nullable=True, description="people with the last dose of the primary series [people]"
    )
    people_booster: Optional[pl.Int64] = pa.Field(
        nullable=True, description="people with a booster or additional dose [people]"
    )
    first_vaccinated_on: Optional[pl.Date] = pa.Field(
        nullable=True, description="day of the first vaccination as published"
    )

    class Config(Table.Config):
        """The key."""

        unique = ["iso3"]


class Tests(Table):
    """
    Tests reported for one day or report, people and samples apart.

    One row: participant x observed_on x origin. The same person may give several samples.
    """

    iso3: str = pa.Field(str_matches=ISO3, description="participant, ISO 3166-1 alpha-3")
    observed_on: pl.Date = pa.Field(description="day the figures are about")
    origin: str = pa.Field(description="who tested or reported, or 'unspecified'")
    tests_performed_new: Optional[pl.Int64] = pa.Field(
        nullable=True, description="tests since the report before, unit not stated [tests]"
    )
    tests_performed_cumulative: Optional[pl.Int64] = pa.Field(
        nullable=True, description="tests since the beginning, unit not stated [tests]"
    )
    people_tested_new: Optional[pl.Int64] = pa.Field(
        nullable=True, description="people tested since the report before [people]"
    )
    people_tested_cumulative: Optional[pl.Int64] = pa.Field(
        nullable=True, description="people tested since the beginning [people]"
    )
    samples_tested_new: Optional[pl.Int64] = pa.Field(
        nullable=True, description="samples tested since the report before [samples]"
    )
    samples_tested_cumulative: Optional[pl.Int64] = pa.Field(
        nullable=True, description="samples tested since the beginning [samples]"
    )
    specimens_processed_new: Optional[pl.Int64] = pa.Field(
        nullable=True, description="specimens processed in the period [specimens]"
    )
    positives_new: Optional[pl.Int64] = pa.Field(
        nullable=True, description="positive among those newly tested [same unit]"
    )
    positives_cumulative: Optional[pl.Int64] = pa.Field(
        nullable=True, description="positive since the beginning [same unit]"
    )

    class Config(Table.Config):
        """The key."""

        unique = ["iso3", "observed_on", "origin"]


TABLES: dict[str, type[Table]] = {
    "allocations": Allocations,
    "deliveries": Deliveries,
    "donations": Donations,
    "secured_supply": SecuredSupply,
    "tests": Tests,
    "vaccinations_current": VaccinationsCurrent,
}
"""Every table that a source may fill, by the name it has in the lake."""


def key_of(table: str) -> tuple[str, ...]:
    """
    Return the key columns of a table.

    >>> key_of("allocations")
    ('iso3', 'product', 'mechanism')
    """
    return tuple(TABLES[table].Config.unique or ())


def descriptions_of(table: str) -> dict[str, str]:
    """
    Return what each column of a table means.

    >>> descriptions_of("tests")["observed_on"]
    'day the figures are about'
    """
    return {
        name: str(column.description) for name, column in TABLES[table].to_schema().columns.items()
    }


def dtypes_of(table: str) -> dict[str, pl.DataType]:
    """
    Return the polars type of each column of a table, in its order.

    >>> dtypes_of("secured_supply")
    {'iso3': String, 'secured_share': Float64}
    """
    return {name: column.dtype.type for name, column in TABLES[table].to_schema().columns.items()}
