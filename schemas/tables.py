"""The canonical tables: what one row of each is, its key, and what every column means.

Null means not published; 0 is a published zero; an absent row is absent. `as_of` is in no key.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain

import polars as pl

from schemas import surveillance_models, table_models
from schemas.checks import Check, Range, clean_text, country_code, in_range, not_blank, related
from schemas.product_list import PUBLISHED
from schemas.table import RANGE, Table
from schemas.validation_rules import relations_of

TABLES: dict[str, type[Table]] = {
    "allocations": table_models.Allocations,
    "cases": surveillance_models.Cases,
    "cases_current": surveillance_models.CasesCurrent,
    "coverage": surveillance_models.Coverage,
    "deliveries": table_models.Deliveries,
    "deliveries_monthly": table_models.DeliveriesMonthly,
    "donations": table_models.Donations,
    "offers": table_models.Offers,
    "population": surveillance_models.Population,
    "prices": table_models.Prices,
    "secured_supply": table_models.SecuredSupply,
    "supply_deals": table_models.SupplyDeals,
    "tests": surveillance_models.Tests,
    "vaccinations": table_models.Vaccinations,
    "vaccinations_current": table_models.VaccinationsCurrent,
}
"""Every table that a source may fill, by the name it has in the lake."""


def key_of(table: str) -> tuple[str, ...]:
    """Return the key columns of a table.

    >>> key_of("allocations")
    ('iso3', 'product', 'mechanism')
    """
    return tuple(TABLES[table].Config.unique or ())


def descriptions_of(table: str) -> dict[str, str]:
    """Return what each column of a table means.

    >>> descriptions_of("tests")["observed_on"]
    'day the figures are about'
    """
    return {
        name: str(column.description) for name, column in TABLES[table].to_schema().columns.items()
    }


def dtypes_of(table: str) -> dict[str, pl.DataType]:
    """Return the polars type of each column of a table, in its order.

    >>> dtypes_of("secured_supply")
    {'iso3': String, 'secured_share': Float64}
    """
    return {name: column.dtype.type for name, column in TABLES[table].to_schema().columns.items()}


def checks_of(
    table: str, columns: Sequence[str] | None = None, *, until: date | None = None
) -> tuple[Check, ...]:
    """Return what is checked in the rows of a table that has these columns; all without `columns`.

    `until`: no day may be later than this; None: not judged. That keys are unique is a matter of
    the whole table and not among these.

    >>> [check.name for check in checks_of("secured_supply")]
    ['key_not_null of iso3', 'country_code of iso3', 'share_in_range of secured_share']
    """
    present = tuple(name for name in dtypes_of(table) if columns is None or name in columns)
    return _checks_of(table, present, until)


@lru_cache(maxsize=256)
def _checks_of(table: str, present: tuple[str, ...], until: date | None) -> tuple[Check, ...]:
    dtypes = dtypes_of(table)
    of_columns = (_of_column(table, name, dtypes[name], until) for name in present)
    beside = (related(relation, present) for relation in relations_of(table))
    return (*chain.from_iterable(of_columns), *filter(None, beside))


def _of_column(table: str, name: str, dtype: pl.DataType, until: date | None) -> Iterator[Check]:
    if name in key_of(table):
        yield not_blank(name)
    if dtype == pl.String() and name != PUBLISHED:  # its text is checked as the product's
        yield country_code(name) if name == "iso3" else clean_text(name)
    bounds = range_of(table, name)
    if bounds is not None:
        yield in_range(name, bounds)
    if dtype == pl.Date() and until is not None:
        yield in_range(name, Range(rule="day_not_in_future", most=until))


def range_of(table: str, column: str) -> Range | None:
    """Return the range of a column; None where it has none.

    >>> range_of("secured_supply", "secured_share").most
    20
    """
    metadata: Mapping[str, Range] = TABLES[table].to_schema().columns[column].metadata or {}
    return metadata.get(RANGE)
