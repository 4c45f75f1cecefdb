"""Publisher subject: tests by country and day.

Replace this text: what the page shows, how it is overwritten, and what its traps are. It becomes
the source's page of the documentation.
"""

from datetime import timedelta

from schemas.columns import Always, From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

SOURCE = Source(
    name="publisher_subject",
    title="Publisher subject",  # the publisher's own title
    shown_by="Publisher subject",  # the subject of an alert's sentence: "UNICEF's dashboard"
    publisher="Publisher subject",
    # What serves the file, no page for people.
    url="https://example.org/publisher_subject.csv",
    licence="none stated",  # as the publisher states it
    attribution="Publisher subject",  # whom to credit, in the words that they ask for
    cadence=timedelta(days=7),  # how often they publish
    schedule=Schedule(cron="57 7 * * 1", timezone="Europe/Zurich"),  # when it is fetched
    by_hand="The address is an example; leave this line out once it serves the table.",
    parse=csv_tables("tests", where="publisher_subject"),
    tables={
        "tests": {
            "iso3": From(("iso3",)),
            "observed_on": From(("day",)),
            "origin": Always("unspecified"),
            "tests_performed_new": From(("tests",), thousands=","),
        }
    },
    not_countries={"WORLD": "the sum over countries"},
)
