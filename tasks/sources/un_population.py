"""United Nations estimates of population, the denominator of doses and tests per head.

What is read is the embedded archive's transcription: World Population Prospects 2019, medium
variant, 2020, in thousands. Traps: figures printed as doubles ("8655.540999999999") are read to
their fifteen certain digits; territories without a figure are blank, not 0; Kosovo is part of
Serbia's figure; a later revision of the Prospects changes the past, too.
"""

from datetime import timedelta

from schemas.columns import From
from schemas.source import Schedule, Source
from tasks.formats.delimited import csv_tables

SOURCE = Source(
    name="un_population",
    title="World Population Prospects: total population",
    shown_by="the UN's World Population Prospects",
    publisher="United Nations, Department of Economic and Social Affairs, Population Division",
    url="https://population.un.org/wpp/",
    licence="CC BY 3.0 IGO",
    attribution="United Nations, DESA, Population Division, World Population Prospects",
    cadence=timedelta(days=730),
    schedule=Schedule(cron="27 9 1 * *", timezone="America/New_York"),
    by_hand="Save the total population, medium variant, as a CSV with the columns Country, ISO3, "
    "Year and Population (thousands), as vaxwatch/archive/un_population has it.",
    parse=csv_tables("population", where="un_population"),
    tables={
        "population": {
            "iso3": From(("ISO3",)),
            "year": From(("Year",)),
            "people": From(("Population (thousands)",), multiply=1000),
        }
    },
)
