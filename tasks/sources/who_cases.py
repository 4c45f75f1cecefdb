"""WHO's global table of cases and deaths, by country and day, later by country and week.

Traps: the code is ISO 3166-1 alpha-2, and Namibia's is the text NA; where somebody's software has
made a blank of it, the name says who it is; XK, XA, XB and XC are codes of WHO's own (Kosovo,
Bonaire, Sint Eustatius, Saba; BQ is the three islands together); six entities have neither code nor
name nor region in any week and are left out; the same file was daily, and weekly since about August
2023, under one name, with the same running totals on the days that remain;
cumulative figures fall and new ones are negative here and there, which is published as it is.
"""

from datetime import timedelta

from schemas.columns import From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

SOURCE = Source(
    name="who_cases",
    title="WHO COVID-19 dashboard: cases and deaths by country",
    shown_by="WHO's case table",
    publisher="World Health Organization",
    url="https://srhdpeuwpubsa.blob.core.windows.net/whdh/COVID/WHO-COVID-19-global-data.csv",
    licence="CC BY 4.0",
    attribution="World Health Organization, WHO COVID-19 dashboard",
    cadence=timedelta(days=7),
    schedule=Schedule(cron="27 7 * * 2,5", timezone="Europe/Zurich"),
    most_lost=5,
    parse=csv_tables("cases", where="who_cases"),
    tables={
        "cases": {
            "iso3": From(("Country_code",), instead=("Country",)),
            "observed_on": From(("Date_reported",)),
            "cases_new": From(("New_cases",)),
            "cases_cumulative": From(("Cumulative_cases",)),
            "deaths_new": From(("New_deaths",)),
            "deaths_cumulative": From(("Cumulative_deaths",)),
        }
    },
    not_countries={"": "rows without code, name and region: nobody can say whom they are about"},
    parser_version=2,
)
