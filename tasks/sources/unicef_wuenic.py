"""WHO and UNICEF's estimates of national immunisation coverage (WUENIC), by UNICEF's SDMX service.

Every July the whole history is estimated again, back to 1980, so that what changes is mostly the
past. Known from the service's documentation and public clients, and from a server that answers so;
never tried on the service itself. Traps: the areas are countries by ISO 3166-1 alpha-3 and UNICEF's
own regions beside them; with labels a cell reads `CODE: label`; a period may be a month, which no
estimate of this table is, so that such a row waits in quarantine; percent are printed whole, 99 at
most, since no country is estimated at 100; an estimate that is not published has a blank value and
a status.
"""

from datetime import timedelta

from schemas.columns import From, LeaveOut
from schemas.source import Schedule, Source
from tasks.formats.sdmx_csv import sdmx_tables

WHERE = "unicef_wuenic"
AREA = "REF_AREA"


SOURCE = Source(
    name=WHERE,
    title="WHO/UNICEF estimates of national immunization coverage (WUENIC)",
    shown_by="UNICEF's table of immunisation coverage",
    publisher="WHO and UNICEF",
    url="https://sdmx.data.unicef.org/ws/public/sdmxapi/rest/data/UNICEF,IMMUNISATION,1.0/"
    "?format=csv&labels=id",
    licence="CC BY 3.0 IGO",
    attribution="WHO and UNICEF, estimates of national immunization coverage (WUENIC)",
    cadence=timedelta(days=365),
    schedule=Schedule(
        cron="17 9 * * 1",
        timezone="America/New_York",
        note="New estimates come in July, with the whole history. Built against the service's "
        "documentation and a server that answers so, never tried on the service itself.",
    ),
    parse=sdmx_tables("coverage", where=WHERE),
    tables={
        "coverage": {
            "iso3": From((AREA,)),
            "antigen": From(("INDICATOR",), prefix="IM_"),
            "year": From(("TIME_PERIOD",)),
            "coverage_share": From(("OBS_VALUE",), divide=100, blanks=("", "NaN")),
            "status": From(("OBS_STATUS",), optional=True, compared=False),
            "footnote": From(("OBS_FOOTNOTE",), optional=True, compared=False),
        }
    },
    leave_out=(
        LeaveOut(
            column=AREA,
            unlike="[A-Z]{3}",
            reason="UNICEF's own regions and groups of countries, whose code is no three letters",
        ),
    ),
    not_countries={"WLD": "the sum over countries", "UNK": "an area that is not known"},
    most_lost=5,
)
