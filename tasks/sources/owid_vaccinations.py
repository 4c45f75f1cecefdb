"""Our World in Data's series of vaccination by country and day.

Traps: sums of continents, income groups and parts of a country stand among the countries under
codes that begin with OWID_ (OWID_KOS is Kosovo, XKX; the others are left out by declaration); the
mirror at HDX has a second row of HXL tags and one figure only; `total_boosters` counts doses, not
people, and is left out; a day without a report has a row without figures. The catalogue, where the
table lives on, has it in one file of 150 MB with cases, tests and hospitals, in which some sums
over countries have a name and no code; its form is known by description alone.
"""

from datetime import timedelta

from schemas.columns import From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

SUM = "a sum over countries"
PART = "a part of a country that has its own rows"
NAMED = (
    *("World excl. China", "Asia excl. China", "European Union (27)"),
    "World excl. China, South Korea, Japan and Singapore",
    *("High-income countries", "Upper-middle-income countries", "Lower-middle-income countries"),
    *("Low-income countries", "World", "International"),
    *("Africa", "Asia", "Europe", "North America", "Oceania", "South America"),
)
"""Sums that the catalogue may print without a code."""
NOT_COUNTRIES = {
    **dict.fromkeys(NAMED, SUM),
    **dict.fromkeys(("England", "Northern Ireland", "Scotland", "Wales"), PART),
    **dict.fromkeys(("Summer Olympics 2020", "Winter Olympics 2022"), "games, no country"),
    "Northern Cyprus": "Northern Cyprus has no ISO 3166-1 code",
    "#country+code": "the row of HXL tags",
    **dict.fromkeys(("OWID_ENG", "OWID_NIR", "OWID_SCT", "OWID_WLS"), PART),
    "OWID_CYN": "Northern Cyprus has no ISO 3166-1 code",
    **dict.fromkeys(("OWID_WRL", "OWID_INT", "OWID_EUN"), SUM),
    **dict.fromkeys(("OWID_AFR", "OWID_ASI", "OWID_EUR", "OWID_NAM", "OWID_OCE", "OWID_SAM"), SUM),
    **dict.fromkeys(("OWID_HIC", "OWID_UMC", "OWID_LMC", "OWID_LIC"), SUM),
}

SOURCE = Source(
    name="owid_vaccinations",
    title="Our World in Data: COVID-19 vaccinations",
    shown_by="Our World in Data's vaccination table",
    publisher="Our World in Data, Global Change Data Lab",
    url="https://raw.githubusercontent.com/owid/covid-19-data/master/public/data/vaccinations/vaccinations.csv",
    further_urls=("https://catalog.ourworldindata.org/garden/covid/latest/compact/compact.csv",),
    licence="CC BY 4.0",
    attribution="Our World in Data; Mathieu et al. (2021), Nature Human Behaviour 5, 947-953",
    cadence=timedelta(days=1),
    schedule=Schedule(cron="47 8 * * *", timezone="Europe/London"),
    ended="Frozen in August 2024, by Our World in Data.",
    most_lost=5,
    parse=csv_tables("vaccinations", where="owid_vaccinations"),
    tables={
        "vaccinations": {
            "iso3": From(("iso_code", "code"), instead=("location", "country")),
            "observed_on": From(("date",)),
            "doses_administered": From(("total_vaccinations",)),
            "people_first_dose": From(("people_vaccinated",), optional=True),
            "people_last_dose": From(("people_fully_vaccinated",), optional=True),
        }
    },
    not_countries=NOT_COUNTRIES,
    parser_version=2,
)
