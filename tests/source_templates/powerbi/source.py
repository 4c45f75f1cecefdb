"""Publisher subject: doses delivered by country and vaccine, from a Power BI report.

Replace this text: what the page shows, how it is overwritten, and what its traps are. It becomes
the source's page of the documentation.
"""

from datetime import timedelta

from schemas.columns import Always, Columns, From
from schemas.source import Schedule, Source
from tasks.powerbi.report import Report

TABLES: dict[str, Columns] = {
    "deliveries": {
        "iso3": From(("Country Code",)),
        "product": From(("Vaccine",), default="unspecified"),
        "mechanism": Always("unspecified"),
        "doses_delivered": From(("Doses",), thousands=","),
    }
}
REPORT = Report(
    where="publisher_subject",
    tables=TABLES,
    entities={"deliveries": ("Deliveries",)},  # what the report calls the table
    summed=("doses_delivered",),  # the figures; the server sums them by all other columns
)

SOURCE = Source(
    name="publisher_subject",
    title="Publisher subject",  # the publisher's own title
    shown_by="Publisher subject",  # the subject of an alert's sentence: "UNICEF's dashboard"
    publisher="Publisher subject",
    # The page in which the report is embedded.
    url="https://example.org/publisher_subject",
    licence="none stated",  # as the publisher states it
    attribution="Publisher subject",  # whom to credit, in the words that they ask for
    cadence=timedelta(days=7),  # how often they publish
    schedule=Schedule(cron="57 7 * * 1", timezone="Europe/Zurich"),  # when it is fetched
    by_hand="The address is an example; leave this line out once it serves the table.",
    parse=REPORT.parse,
    gather=REPORT.gather,
    remarks=REPORT.remarks,
    tables=TABLES,
    not_countries={"WORLD": "the sum over countries"},
)
