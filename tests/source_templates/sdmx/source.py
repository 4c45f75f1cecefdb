"""Publisher subject: immunisation coverage by country, antigen and year, by SDMX.

Replace this text: what the page shows, how it is overwritten, and what its traps are. It becomes
the source's page of the documentation.
"""

from datetime import timedelta

from schemas.columns import From, LeaveOut
from schemas.source import Schedule, Source
from tasks.formats.sdmx_csv import sdmx_tables

SOURCE = Source(
    name="publisher_subject",
    title="Publisher subject",  # the publisher's own title
    shown_by="Publisher subject",  # the subject of an alert's sentence: "UNICEF's dashboard"
    publisher="Publisher subject",
    # The whole flow.
    url="https://example.org/rest/data/AGENCY,FLOW,1.0/?format=csv&labels=id",
    licence="none stated",  # as the publisher states it
    attribution="Publisher subject",  # whom to credit, in the words that they ask for
    cadence=timedelta(days=7),  # how often they publish
    schedule=Schedule(cron="57 7 * * 1", timezone="Europe/Zurich"),  # when it is fetched
    by_hand="The address is an example; leave this line out once it serves the table.",
    parse=sdmx_tables("coverage", where="publisher_subject"),
    tables={
        "coverage": {
            "iso3": From(("REF_AREA",)),
            "antigen": From(("INDICATOR",), prefix="IM_"),
            "year": From(("TIME_PERIOD",)),
            "coverage_share": From(("OBS_VALUE",), divide=100, blanks=("", "NaN")),
        }
    },
    leave_out=(
        LeaveOut(column="REF_AREA", unlike="[A-Z]{3}", reason="regions and groups of countries"),
    ),
    not_countries={"WLD": "the sum over countries"},
)
