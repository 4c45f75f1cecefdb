"""Versions of what readers open: a published table's columns change only together with its version.

Raising a version goes with a line in CHANGELOG.md that names table and version, and with
`make reader-contract`, which writes the new columns and queries to tests/contracts.
"""

from collections.abc import Mapping
from typing import Final

TABLE_VERSIONS: Final[Mapping[str, int]] = {
    "allocations": 2,
    "cases": 1,
    "cases_current": 1,
    "coverage": 1,
    "deliveries": 2,
    "deliveries_monthly": 1,
    "donations": 2,
    "offers": 1,
    "population": 1,
    "prices": 2,
    "secured_supply": 1,
    "supply_deals": 2,
    "tests": 1,
    "vaccinations": 1,
    "vaccinations_current": 1,
}
"""The canonical tables. Written into their Parquet metadata as `vaxwatch.version`."""
SYSTEM_TABLE_VERSIONS: Final[Mapping[str, int]] = {"quality.results": 1, "quarantine.rows": 1}
"""The system tables; their versions are written as those of tables are."""
FILE_VERSIONS: Final[Mapping[str, int]] = {
    "latest": 1,
    "history": 2,
    "changes": 3,
    "vintages": 2,
    "flags": 1,
    "alerts": 2,
    "alert_events": 2,
    "dim_product": 1,
}
"""
Versions of the columns that these files add to those of their table, or have by themselves. Written
into their Parquet metadata as `vaxwatch.layout`.
"""
MART_VERSIONS: Final[Mapping[str, int]] = {
    "country_totals": 1,
    "promise_steps": 1,
    "offers": 1,
    "allocation_ladder": 2,
    "campaign_status": 1,
    "testing": 1,
    "further_figures": 1,
    "changes_all": 1,
    "freshness": 1,
    "compare_sources": 1,
    "alerts": 1,
    "dim_country": 1,
    "dim_product": 1,
    "dim_source": 1,
    "dim_date": 1,
}
"""The marts. Written into their Parquet metadata as `vaxwatch.version`."""
