"""
COVAX's own announcements: the interim distribution forecast and the first round of allocation.

The shape is that of OCHA's compilation for countries with humanitarian response plans: totals by
country, all vaccines together, so the product is "unspecified". Traps: names are local ("oPt",
"CAR", "DRC"), so the code is the key; figures carry thousands commas; where the sheet has a row of
HXL tags it is left out; the heading stays "COVAX Forecast Total" when a round has replaced the
forecast; rounds 4 to 9 are another scope and no revision of these figures.
"""

from datetime import timedelta

import polars as pl

from schemas.source import Always, Bodies, From, Source
from tasks.formats import read_csv


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""
    Read the sheet as it stands: their columns, their words, no row dropped.

    >>> body = b'Country,ISO3,COVAX Forecast Total\noPt,PSE,"205,440"\n'
    >>> parse({"main": body})["allocations"].rows()
    [('oPt', 'PSE', '205,440')]
    """
    return {"allocations": read_csv(bodies["main"], where="covax_allocations")}


SOURCE = Source(
    name="covax_allocations",
    title="COVAX interim distribution forecast and first round of allocation",
    shown_by="COVAX's list",
    publisher="COVAX (Gavi, WHO, CEPI, UNICEF), compiled by OCHA",
    url="https://data.humdata.org/dataset/covid-19-vaccine-doses-in-hrp-countries",
    licence="CC BY 3.0 IGO (OCHA's compilation)",
    attribution="COVAX; compiled by OCHA on the Humanitarian Data Exchange",
    cadence=timedelta(days=30),
    parse=parse,
    tables={
        "allocations": {
            "iso3": From(("ISO3",)),
            "product": Always("unspecified"),
            "mechanism": Always("COVAX"),
            "doses_announced": From(("COVAX Forecast Total",), thousands=","),
        }
    },
    not_countries={"#country+code": "the sheet's row of HXL tags"},
)
