"""OCHA's humanitarian COVID-19 dashboard: doses forecast, delivered, administered; cases, deaths.

JSON records under HXL tags, all values texts. Countries with a humanitarian response and some
others; one file, overwritten daily. Traps: tags come and go (doses only since 28 April 2021, sums
of cases only before), a record lacks the tags it has no value for; N/A means not published; a
figure with a digit too many stands for days and is put right; countries vanish from the list.
"""

from datetime import timedelta

import polars as pl

from schemas.columns import Always, Columns, From
from schemas.errors import BadBody
from schemas.source import Bodies, Schedule, Source
from tasks.formats.json_records import parse_json, read_json_records
from tasks.formats.sniffing import CHECK_SOURCE, SHOWN, is_json, text_of, unpacked

WHERE = "hdx_humanitarian"
LISTS = ("cumulative", "national_data")
"""What the list of countries has been called; sums of regions and of the world stand beside it."""
LISTED = f"JSON with a list {' or '.join(map(repr, LISTS))}"
CODE = From(("#country+code",), instead=("#country+name",))
UNSPECIFIED = Always("unspecified")
BLANKS = ("N/A",)

TABLES: dict[str, Columns] = {
    "allocations": {
        "iso3": CODE,
        "product": UNSPECIFIED,
        "mechanism": Always("COVAX"),
        "doses_announced": From(("#capacity+doses+forecast+covax",), blanks=BLANKS),
    },
    "cases_current": {
        "iso3": CODE,
        "cases_new": From(("#affected+infected+new+weekly",), blanks=BLANKS, optional=True),
        "cases_cumulative": From(("#affected+infected",), blanks=BLANKS, optional=True),
        "deaths_new": From(("#affected+killed+new+weekly",), blanks=BLANKS, optional=True),
        "deaths_cumulative": From(("#affected+killed",), blanks=BLANKS, optional=True),
    },
    "deliveries": {
        "iso3": CODE,
        "product": UNSPECIFIED,
        "mechanism": UNSPECIFIED,
        "doses_delivered": From(("#capacity+doses+delivered+total",), blanks=BLANKS),
    },
    "vaccinations_current": {
        "iso3": CODE,
        "doses_administered": From(("#capacity+doses+administered+total",), blanks=BLANKS),
    },
}


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""Read the list of countries for all tables: their tags, their words, no record dropped.

    Raises BadBody for what is no JSON, is cut off, or has no such list.

    >>> body = b'{"cumulative": [{"#country+code": "PSE", "#affected+infected": "4422"}]}'
    >>> parse({"main": body})["cases_current"].rows()
    [('PSE', '4422')]
    """
    body = bodies["main"]
    if not is_json(body):
        text = text_of(unpacked(body, WHERE, LISTED), WHERE, LISTED)
        raise BadBody(WHERE, f"a text that begins with {text[:SHOWN]!r}", LISTED, CHECK_SOURCE)
    document = parse_json(body, where=WHERE)
    name = next((one for one in LISTS if isinstance(document, dict) and one in document), None)
    if name is None:
        raise BadBody(WHERE, "JSON of something else", LISTED, CHECK_SOURCE)
    return dict.fromkeys(TABLES, read_json_records(body, where=WHERE, path=[name]))


SOURCE = Source(
    name=WHERE,
    title="COVID-19 data explorer: global humanitarian operations",
    shown_by="OCHA's humanitarian dashboard",
    publisher="OCHA Centre for Humanitarian Data",
    url="https://raw.githubusercontent.com/OCHA-DAP/hdx-scraper-covid-viz/master/out_daily.json",
    licence="CC BY (data of the Humanitarian Data Exchange)",
    attribution="OCHA Centre for Humanitarian Data; figures of WHO, COVAX and national authorities",
    cadence=timedelta(days=1),
    schedule=Schedule(cron="7 8 * * *", timezone="Europe/Zurich"),
    ended="Last updated on 22 August 2023, by the README of OCHA-DAP/hdx-scraper-covid-viz.",
    parse=parse,
    tables=TABLES,
    may_lack=frozenset(TABLES),
    drift={"#affected+*": "evolve"},
)
