"""WHO's global table of cases and deaths, by country and day, later by country and week.

Traps: the code is ISO 3166-1 alpha-2, and Namibia's is the text NA; where somebody's software has
made a blank of it, the name says who it is; XK, XA, XB and XC are codes of WHO's own (Kosovo,
Bonaire, Sint Eustatius, Saba; BQ is the three islands together); cumulative figures fall and new
ones are negative here and there, which is published as it is.

One name, several layouts: until May 2020 other columns, with days as 5/24/20; in May and June 2020
days as 2020-02-24T00:00:00Z; from July to December 2020 a blank after each comma of the header;
daily, and weekly since the end of 2023, with the same running totals on the days that remain.
Ships, and cases that nobody reports as theirs, are no country: "International conveyance (Diamond
Princess)" without a code, then "Other*" or "Other", then six entities a week without code, name and
region, since 2024 under codes from XXF to XXL. Copies that went through a spreadsheet are separated
by semicolons, or have a column of row numbers.
"""

from datetime import timedelta

from schemas.columns import Columns, From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

SHIP = "a ship, or passengers of one, which is no country"
SHIPS = (
    *("XXF", "XXG", "XXH", "XXI", "XXJ", "XXL"),
    *("International conveyance", "International commercial vessel"),
    *(
        f"International conveyance ({name})"
        for name in ("American Samoa", "Diamond Princess", "Kiribati", "Solomon Islands", "Vanuatu")
    ),
)
CASES: Columns = {
    "iso3": From(("Country_code",), instead=("Country",)),
    "observed_on": From(("Date_reported",), dates=("%Y-%m-%d", "%Y-%m-%dT00:00:00Z")),
    "cases_new": From(("New_cases",)),
    "cases_cumulative": From(("Cumulative_cases",)),
    "deaths_new": From(("New_deaths",)),
    "deaths_cumulative": From(("Cumulative_deaths",)),
}
UNTIL_MAY_2020: Columns = {
    "iso3": From(("Country",), instead=("Country Name",)),
    "observed_on": From(("day",), dates=("%m/%d/%y", "%m/%d/%Y")),
    "cases_new": From(("Confirmed",)),
    "cases_cumulative": From(("Cumulative Confirmed",)),
    "deaths_new": From(("Deaths",)),
    "deaths_cumulative": From(("Cumulative Deaths",)),
}

SOURCE = Source(
    name="who_cases",
    title="WHO COVID-19 dashboard: cases and deaths by country",
    shown_by="WHO's case table",
    publisher="World Health Organization",
    url="https://srhdpeuwpubsa.blob.core.windows.net/whdh/COVID/WHO-COVID-19-global-data.csv",
    further_urls=("https://covid19.who.int/WHO-COVID-19-global-data.csv",),
    licence="CC BY 4.0",
    attribution="World Health Organization, WHO COVID-19 dashboard",
    cadence=timedelta(days=7),
    schedule=Schedule(cron="27 7 * * 2,5", timezone="Europe/Zurich"),
    most_lost=5,
    parse=csv_tables("cases", where="who_cases", delimiters=",;"),
    tables={"cases": CASES},
    layouts={"cases": (UNTIL_MAY_2020,)},
    not_countries={
        "": "rows without code, name and region: nobody can say whom they are about",
        **dict.fromkeys(SHIPS, SHIP),
        **dict.fromkeys(("Other", "Other*"), "cases that no country reports as its own"),
    },
    parser_version=3,
)
