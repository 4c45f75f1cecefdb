"""WHO's table of vaccination by country: doses, people, first day, as the page stands.

One row a country, overwritten; no series. Traps: PERSONS_FULLY_VACCINATED was renamed
PERSONS_LAST_DOSE and boosters were appended; copies that people kept have other date styles, fewer
columns, gzip under the name .csv, or figures that a spreadsheet has rounded (1.55E+08), which are
not read; a country without vaccination has no row (DPR Korea never had one): absence is
information; XAA, XBA, XCA (Bonaire, Sint Eustatius, Saba) and XKX (Kosovo) are user-assigned codes
and kept.
"""

from datetime import timedelta

from schemas.columns import From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

BLANKS = ("N/A",)  # what copies write where WHO's cell is blank
DATES = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y")

SOURCE = Source(
    name="who_vaccination",
    title="WHO COVID-19 dashboard: vaccination by country",
    shown_by="WHO's vaccination table",
    publisher="World Health Organization",
    url="https://srhdpeuwpubsa.blob.core.windows.net/whdh/COVID/vaccination-data.csv",
    further_urls=("https://covid19.who.int/who-data/vaccination-data.csv",),
    licence="CC BY 4.0",
    attribution="World Health Organization, WHO COVID-19 dashboard",
    cadence=timedelta(days=7),
    schedule=Schedule(cron="7 7 * * 2,5", timezone="Europe/Zurich"),
    most_lost=5,
    parse=csv_tables("vaccinations_current", where="who_vaccination"),
    tables={
        "vaccinations_current": {
            "iso3": From(("ISO3", "Country"), instead=("COUNTRY",)),
            "doses_administered": From(("TOTAL_VACCINATIONS",), blanks=BLANKS),
            "people_first_dose": From(
                ("PERSONS_VACCINATED_1PLUS_DOSE",), blanks=BLANKS, optional=True
            ),
            "people_last_dose": From(
                ("PERSONS_LAST_DOSE", "PERSONS_FULLY_VACCINATED"), blanks=BLANKS, optional=True
            ),
            "people_booster": From(("PERSONS_BOOSTER_ADD_DOSE",), blanks=BLANKS, optional=True),
            "first_vaccinated_on": From(
                ("FIRST_VACCINE_DATE",), dates=DATES, blanks=BLANKS, optional=True
            ),
            "published_on": From(("DATE_UPDATED",), dates=DATES, blanks=BLANKS, optional=True),
        }
    },
    drift={"FIRST_VACCINE_DATE": "evolve"},
    parser_version=3,
)
