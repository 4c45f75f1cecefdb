"""UNDP's vaccine equity table: doses delivered, donated, secured and administered, by country.

Compiled by UNDP from UNICEF, WHO and IMF-WHO figures; one file, overwritten about weekly. Traps:
columns come and go (138, 57, 52) and lines end in LF, later in CRLF; `countryname` is blank once a
file (Taiwan), so the key is `iso3`; two rows are no countries; the secured supply is printed in
percent; the first day is printed as 22Feb2021 or 22feb2021; `total_boosters` counts doses, not
people, and is left out; a blank means not published, never 0.
"""

from datetime import timedelta

from schemas.columns import Always, Columns, From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

ISO3 = From(("iso3",))
UNSPECIFIED = Always("unspecified")

TABLES: dict[str, Columns] = {
    "deliveries": {
        "iso3": ISO3,
        "product": UNSPECIFIED,
        "mechanism": UNSPECIFIED,
        "doses_delivered": From(("vaccinesdelivered",)),
    },
    "donations": {
        "iso3": ISO3,
        "donor": UNSPECIFIED,
        "product": UNSPECIFIED,
        "doses_donated": From(("total_donations",)),
    },
    "secured_supply": {
        "iso3": ISO3,
        "secured_share": From(("securedvaccineofpopulation",), divide=100),
    },
    "vaccinations_current": {
        "iso3": ISO3,
        "doses_administered": From(("total_vaccinations",)),
        "people_first_dose": From(("persons_vaccinated_1plus_dose",)),
        "people_last_dose": From(("persons_last_dose", "persons_fully_vaccinated")),
        "first_vaccinated_on": From(("first_vaccine_date",), dates=("%d%b%Y", "%Y-%m-%d")),
    },
}

SOURCE = Source(
    name="undp_vaccine_equity",
    title="Data of the Global Dashboard for Vaccine Equity",
    shown_by="UNDP's vaccine equity table",
    publisher="UNDP, with WHO and the University of Oxford",
    url="https://raw.githubusercontent.com/UNDP-Data/Vaccine-Equity-Dashboard-Data/main/Data.csv",
    licence="third-party terms, see the repository UNDP-Data/Vaccine-Equity-Dashboard-Data",
    attribution="UNDP Data Futures Platform; figures of UNICEF, WHO and IMF-WHO",
    cadence=timedelta(days=7),
    schedule=Schedule(cron="47 7 * * 3,5", timezone="America/New_York"),
    parse=csv_tables(*TABLES, where="undp_vaccine_equity"),
    tables=TABLES,
    not_countries={
        "N/A": "Sark has no ISO 3166-1 code, and its row no figures",
        "WBG": "the World Bank's West Bank and Gaza, without figures; PSE has its own row",
    },
)
