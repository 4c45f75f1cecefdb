"""FIND's compilation of tests by country and day: the figure as it was collected, not as corrected.

One snapshot is one day for all countries, or a series up to a day, and covers the days in it (a
slice of observed_on). Traps: names are written in CamelCase (RepublicofKorea); NA means not
collected; figures slip by a digit and are right again a day later; a cumulative figure may be
negative; `tests_cumulative_corrected` is FIND's own repair and is left out; what is counted
(people, samples, tests) differs by country and is not in this file; columns of row numbers come and
go.
"""

from datetime import timedelta

from schemas.columns import Always, From, Slice
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

NOT_COLLECTED = ("NA",)

SOURCE = Source(
    name="find_tests",
    title="FIND SARS-CoV-2 test tracker: tests by country and day",
    shown_by="FIND's test tracker",
    publisher="FIND, the global alliance for diagnostics",
    url="https://raw.githubusercontent.com/finddx/FINDCov19TrackerData/master/processed/coronavirus_tests.csv",
    licence="none stated; figures are cited with their source",
    attribution="FIND SARS-CoV-2 test tracker, FINDCov19TrackerData",
    cadence=timedelta(days=1),
    schedule=Schedule(cron="27 8 * * *", timezone="Europe/Zurich"),
    ended="FIND no longer writes the file; the day on which that ended is not published.",
    parse=csv_tables("tests", where="find_tests"),
    tables={
        "tests": {
            "iso3": From(("country",)),
            "observed_on": From(("date",)),
            "origin": Always("unspecified"),
            "tests_performed_new": From(("new_tests",), blanks=NOT_COLLECTED, optional=True),
            "tests_performed_cumulative": From(("tests_cumulative",), blanks=NOT_COLLECTED),
        }
    },
    covers=Slice("observed_on"),
    not_countries={"Scotland": "a part of the United Kingdom, which has its own row"},
)
