"""
UNICEF's COVID-19 Vaccine Market Dashboard: doses that COVAX allocated, by participant and vaccine.

What is read is a saved export of the dashboard's table of allocations as CSV. The dashboard shows
one state and overwrites it. Traps: a figure may fall, reach 0 and rise again within ten days; 0 is
a figure, not an absent row; a cancelled vaccine may vanish; while the vaccine is not named,
the cell is blank and is read as "unspecified".
"""

from datetime import timedelta

import polars as pl

from schemas.source import Always, Bodies, From, Source
from tasks.formats import read_csv


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""
    Read the export as it stands: their columns, their words, no row dropped.

    >>> body = b'Recipient ISO,Vaccine Name,Doses Allocated\nPRK,Covovax,"252,000"\n'
    >>> parse({"main": body})["allocations"].rows()
    [('PRK', 'Covovax', '252,000')]
    """
    return {"allocations": read_csv(bodies["main"], where="unicef_market")}


SOURCE = Source(
    name="unicef_market",
    title="UNICEF COVID-19 Vaccine Market Dashboard",
    shown_by="UNICEF's dashboard",
    publisher="UNICEF Supply Division",
    url="https://www.unicef.org/supply/covid-19-vaccine-market-dashboard",
    licence="UNICEF terms of use; figures are cited with their source",
    attribution="UNICEF COVID-19 Vaccine Market Dashboard",
    cadence=timedelta(days=7),
    parse=parse,
    tables={
        "allocations": {
            "iso3": From(("Recipient ISO",)),
            "product": From(("Vaccine Name",), default="unspecified"),
            "mechanism": Always("COVAX"),
            "doses_allocated": From(("Doses Allocated",), thousands=","),
        }
    },
)
