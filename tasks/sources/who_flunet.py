"""WHO's FluNet: specimens processed for influenza by country, week and kind of surveillance.

The OData table VIW_FNT, as one CSV, or as JSON in pages. Traps: a header Accept: text/csv is
answered by 406, `$format=csv` alone decides; an outage is a web page with status 200; one to three
rows a country and week, by ORIGIN_SOURCE, which is in the key and never summed; blank is not
reported, 0 is zero; rows in which the cells have slipped (ISOYW holds 'MK' or a word) wait in
quarantine, as do those with more fields than the header (commas in a comment); the United Kingdom
comes as its four parts, which are left out by declaration; INF_A and INF_B need not add up to
INF_ALL. Ask for years ($filter=ISO_YEAR ge 2021) if you must ask for less than all, never for
countries: a snapshot covers all of its weeks.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from schemas.columns import From, Slice
from schemas.errors import WrongUse
from schemas.source import Ask, Schedule, Source
from tasks.formats.odata import ODataTable, is_csv, query_of

WHERE = "who_flunet"
TABLE = ODataTable(where=WHERE, order="COUNTRY_CODE,ISO_WEEKSTARTDATE,ORIGIN_SOURCE")
TEXT = re.compile(r"'[^']*'")
COLUMN = re.compile(r"\b[A-Z_][A-Z0-9_]*\b")
PART = "a part of the United Kingdom, which has no row of its own"
UNITED_KINGDOM = {
    "X09": "United Kingdom, England",
    "X10": "United Kingdom, Northern Ireland",
    "X11": "United Kingdom, Scotland",
    "X12": "United Kingdom, Wales",
}
"""
WHO's codes and names of areas that have none in ISO 3166-1; by the country lists of owid/etl, which
reads the whole table: etl/steps/data/garden/who/latest/flunet.countries.json and the list of
excluded countries beside it.
"""
WEEK = re.compile(r"(ISO|MMWR)(_YEAR|_WEEK|_WEEKSTARTDATE|YW)")
"""Columns that say when. The names of all others would cut a week in two."""


def gather(ask: Ask, url: str) -> dict[str, bytes]:
    """Return the CSV as `main`, or, where `url` names no format, every page of JSON by its number.

    Raises WrongUse: `url` asks for less than whole weeks; else as `ODataTable.gather`.
    """
    _require_weeks(query_of(url), "$skip", *(["$top"] if is_csv(url) else []))
    return TABLE.gather(ask, url)


def _require_weeks(query: Mapping[str, str], *never: str) -> None:
    """Refuse an address that asks for a part of a week, for all of which it would speak."""
    columns = COLUMN.findall(TEXT.sub("", query.get("$filter", "")))
    odd = [f"{name} in $filter" for name in columns if not WEEK.fullmatch(name)]
    odd += [name for name in never if name in query]
    if odd:
        raise WrongUse(
            f"{WHERE}: seen {odd[0]} in the address; expected whole weeks, as a snapshot speaks "
            f"for every row of its weeks. Ask by time alone, like $filter=ISO_YEAR ge 2021."
        )


SOURCE = Source(
    name=WHERE,
    title="WHO FluNet: influenza laboratory surveillance",
    shown_by="WHO's FluNet",
    publisher="World Health Organization, Global Influenza Programme",
    url="https://xmart-api-public.who.int/FLUMART/VIW_FNT?$format=csv",
    further_urls=("https://frontdoor-l4uikgap6gz3m.azurefd.net/FLUMART/VIW_FNT?$format=csv",),
    licence="CC BY-NC-SA 3.0 IGO",
    attribution="World Health Organization, FluNet; data of the national influenza centres (GISRS)",
    cadence=timedelta(days=7),
    schedule=Schedule(
        cron="47 7 * * 2,5", timezone="Europe/Zurich", note="The whole table, some 15 MB."
    ),
    parse=TABLE.tables("tests"),
    gather=gather,
    tables={
        "tests": {
            "iso3": From(("COUNTRY_CODE",), instead=("COUNTRY_AREA_TERRITORY",)),
            "observed_on": From(
                ("ISO_WEEKSTARTDATE",),
                dates=("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"),
            ),
            "origin": From(("ORIGIN_SOURCE",), default="unspecified"),
            "specimens_processed_new": From(("SPEC_PROCESSED_NB",)),
            "positives_new": From(("INF_ALL",)),
        }
    },
    covers=Slice("observed_on"),
    not_countries={
        **dict.fromkeys((*UNITED_KINGDOM, *UNITED_KINGDOM.values()), PART),
        **dict.fromkeys(("SCG", "Serbia and Montenegro (2003-2006)"), "a state that has ended"),
    },
    row_shape={"ISOYW": r"(\d{6})?"},
    parser_version=2,
)
