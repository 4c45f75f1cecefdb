"""Publisher subject: doses administered by country and day, from a portal of CKAN.

Replace this text: what the page shows, how it is overwritten, and what its traps are. It becomes
the source's page of the documentation.
"""

from datetime import timedelta

from schemas.columns import From
from schemas.source import Schedule, Source
from tasks.formats.ckan import CkanResource

# The name of the resource, as on the page of the dataset.
RESOURCE = CkanResource(where="publisher_subject", name="Doses by day")

SOURCE = Source(
    name="publisher_subject",
    title="Publisher subject",  # the publisher's own title
    shown_by="Publisher subject",  # the subject of an alert's sentence: "UNICEF's dashboard"
    publisher="Publisher subject",
    url="https://example.org/api/3/action/package_show?id=publisher_subject",
    licence="none stated",  # as the publisher states it
    attribution="Publisher subject",  # whom to credit, in the words that they ask for
    cadence=timedelta(days=7),  # how often they publish
    schedule=Schedule(cron="57 7 * * 1", timezone="Europe/Zurich"),  # when it is fetched
    by_hand="The address is an example; leave this line out once it serves the table.",
    parse=RESOURCE.tables("vaccinations"),
    gather=RESOURCE.gather,
    tables={
        "vaccinations": {
            "iso3": From(("iso3",)),
            "observed_on": From(("day",), dates=("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")),
            "doses_administered": From(("doses",), thousands=","),
        }
    },
    not_countries={"WORLD": "the sum over countries"},
)
