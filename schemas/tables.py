"""
The canonical tables: what one row of each is, its key, and what every column means.

Null means not published; 0 is a published zero; an absent row is absent. `as_of` is in no key.
Only what makes a row unreadable is refused here; a figure that can be read but is implausible is
published and judged by the alert rules.
"""

import polars as pl

from schemas import health, supply
from schemas.table import Table

TABLES: dict[str, type[Table]] = {
    "allocations": supply.Allocations,
    "cases": health.Cases,
    "cases_current": health.CasesCurrent,
    "deliveries": supply.Deliveries,
    "donations": supply.Donations,
    "population": health.Population,
    "prices": supply.Prices,
    "secured_supply": supply.SecuredSupply,
    "supply_deals": supply.SupplyDeals,
    "tests": health.Tests,
    "vaccinations": health.Vaccinations,
    "vaccinations_current": health.VaccinationsCurrent,
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
