"""Offers of vaccine and what became of them: declined, returned, reallocated, expired.

No publisher keeps this list; it is collected by hand from press reports, one row for each thing
that was reported, with its address, and every version of it is kept like any other source. Traps:
the same doses stand in several rows (offered, then declined), so rows are never summed; doses that
nobody numbered are blank; "proposed" is somebody's wish and no offer; a report is no cause of a
change in another source.
"""

from datetime import timedelta

from schemas.columns import From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

SOURCE = Source(
    name="covax_offers",
    title="Offers of COVID-19 vaccine, and what became of them",
    shown_by="the list of offers",
    publisher="vaxwatch, from press reports",
    url="https://www.gavi.org/covax-facility",
    licence="facts; each row names its source",
    attribution="the press reports that the rows name",
    cadence=timedelta(days=730),
    schedule=Schedule(cron="27 9 2 * *", timezone="Europe/Zurich"),
    by_hand="The list is kept in vaxwatch/archive/covax_offers: add a file with all rows and the "
    "new ones, named by the day on which they could be known.",
    parse=csv_tables("offers", where="covax_offers"),
    tables={
        "offers": {
            "offer_id": From(("Offer ID",)),
            "iso3": From(("ISO3",), instead=("Country",)),
            "product": From(("Vaccine",), default="unspecified"),
            "mechanism": From(("Mechanism",), default="unspecified"),
            "doses": From(("Doses",)),
            "status": From(("Status",)),
            "who": From(("Who",)),
            "happened_on": From(("On",)),
            "source_url": From(("Source URL",)),
        }
    },
    row_shape={"Status": "offered|accepted|declined|returned|reallocated|proposed|expired"},
)
