"""Our World in Data's series of tests by country and day, with the unit inside the entity's name.

"India - samples tested" counts samples, "Italy - people tested" people, "France - tests performed"
and "units unclear" are tests whose unit is not stated. A country that is counted in two units has
two rows a day, which are one row here, with a figure for each. Traps: brackets behind the unit, one
or several, name a method or a register ("(incl. non-PCR)", "(CDC)"); they come and go for the same
series, so they are in no key, and a note of the vintage names them; column names are from memory,
so that all but the key and the cumulative figure may be absent.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from schemas.columns import ODD, ODD_REASON, ROW, Always, Columns, From
from schemas.contract_errors import SourceChanged
from schemas.source import Bodies, Schedule, Source
from tasks.formats.column_names import with_declared_names
from tasks.formats.delimited import read_csv

UNITS = {
    "people tested": "people",
    "samples tested": "samples",
    "samples analysed": "samples",
    "tests performed": "tests",
    "units unclear": "tests",
}
"""What an entity's name says is counted, and the column that is."""
ENTITY = re.compile(r"(?P<country>.+?) - (?P<unit>[^()]*?)\s*(?P<brackets>(?:\([^()]*\)\s*)*)")
BRACKET = re.compile(r"\(([^()]*)\)")
TOTAL, CHANGE = "Cumulative total", "Daily change in cumulative total"
KINDS = ("tests", "people", "samples")
UNIT = "unit"
NEEDED = ("Entity", "ISO code", "Date", TOTAL)
"""Names of the columns that every file must have."""


def parse(bodies: Bodies) -> dict[str, pl.DataFrame]:
    r"""Read the file: their words, each figure under name and unit, "Cumulative total, people".

    An unknown unit is a column of its own ("Cumulative total, swabs"), which nothing reads: its row
    stays, without a figure. Rows of one country and day become one where no figure stands in the
    way. Raises SourceChanged, with the file's own names.

    >>> body = b"Entity,ISO code,Date,Cumulative total\nIndia - samples tested,IND,2021-01-01,17\n"
    >>> parse({"main": body})["tests"].select("ISO code", "Cumulative total, samples").rows()
    [('IND', '17')]
    """
    frame = read_csv(bodies["main"], where="owid_testing", odd_rows=True)
    frame = with_declared_names(frame, (*NEEDED, CHANGE))
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing:
        raise SourceChanged("owid_testing", missing, frame.columns)
    entities = [(name, unit_of(name)) for name in frame["Entity"].unique().to_list()]
    named = pl.DataFrame(entities, schema=dict.fromkeys(("Entity", UNIT), pl.String), orient="row")
    numbered = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.String))
    return {"tests": _by_unit(numbered.join(named, on="Entity", how="left", maintain_order="left"))}


def unit_of(entity: str) -> str:
    """Return what is counted: a kind of KINDS, or a unit that nobody declared.

    >>> unit_of("Japan - people tested (incl. non-PCR) (CDC)"), unit_of("Malta - swabs")
    ('people', 'swabs')
    """
    found = ENTITY.fullmatch(entity.strip())
    unit = found["unit"].strip() if found else "tests performed"
    return UNITS.get(unit, unit)


def _by_unit(frame: pl.DataFrame) -> pl.DataFrame:
    """Return one row per country and day, each figure in a column that names its unit."""
    row = ["ISO code", "Date", *(name for name in (ODD,) if name in frame.columns)]
    figures = [name for name in (TOTAL, CHANGE) if name in frame.columns]
    kinds = [*KINDS, *sorted(set(frame[UNIT].unique()) - set(KINDS))]
    again = pl.int_range(pl.len()).over([*row, UNIT]).alias("again")
    spread = [
        pl.col(name).filter(pl.col(UNIT) == kind).first().fill_null("").alias(f"{name}, {kind}")
        for name in figures
        for kind in kinds
    ]
    first = [name for name in ("Entity", ROW, ODD_REASON) if name in frame.columns]
    return (
        frame.with_columns(again)
        .group_by([*row, "again"], maintain_order=True)
        .agg(pl.col(first).first(), *spread)
        .drop("again")
    )


def remarks(parsed: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return a sentence for each unit that nobody declared, and one on what stands in brackets."""
    frame = parsed["tests"]
    units = [name.removeprefix(f"{TOTAL}, ") for name in frame.columns if TOTAL in name]
    unknown = [
        f"'{unit}' is no unit we know: its rows have no figure. Add it to UNITS in "
        f"tasks/sources/owid_testing.py."
        for unit in units
        if unit not in {*KINDS, TOTAL, CHANGE}
    ]
    return [*unknown, *_on_brackets(frame)]


def _on_brackets(frame: pl.DataFrame) -> list[str]:
    """Return which methods and registers are named, with the number of their countries."""
    named = {
        (bracket, country)
        for country, entities in frame.select("ISO code", "Entity").unique().rows()
        for bracket in BRACKET.findall(entities)
    }
    counts = sorted(Counter(bracket for bracket, _ in named).items())
    if not counts:
        return []
    listed = ", ".join(f"'{bracket}' ({count})" for bracket, count in counts)
    return [f"Methods or registers in brackets, which are in no key, by countries: {listed}."]


TESTS: Columns = {
    "iso3": From(("ISO code",), instead=("Entity",)),
    "observed_on": From(("Date",)),
    "origin": Always("unspecified"),
    "tests_performed_new": From((f"{CHANGE}, tests",), optional=True),
    "tests_performed_cumulative": From((f"{TOTAL}, tests",)),
    "people_tested_new": From((f"{CHANGE}, people",), optional=True),
    "people_tested_cumulative": From((f"{TOTAL}, people",)),
    "samples_tested_new": From((f"{CHANGE}, samples",), optional=True),
    "samples_tested_cumulative": From((f"{TOTAL}, samples",)),
}

SOURCE = Source(
    name="owid_testing",
    title="Our World in Data: COVID-19 testing",
    shown_by="Our World in Data's testing table",
    publisher="Our World in Data, Global Change Data Lab",
    url="https://raw.githubusercontent.com/owid/covid-19-data/master/public/data/testing/covid-testing-all-observations.csv",
    licence="CC BY 4.0",
    attribution="Our World in Data; Hasell et al. (2020), Scientific Data 7, 345",
    cadence=timedelta(days=7),
    schedule=Schedule(cron="7 9 * * 1", timezone="Europe/London"),
    ended="No longer updated since June 2022, by Our World in Data.",
    most_lost=5,
    parse=parse,
    tables={"tests": TESTS},
    remarks=remarks,
    parser_version=2,
    keys_since=2,
    not_countries={
        **dict.fromkeys(("OWID_ENG", "OWID_NIR", "OWID_SCT", "OWID_WLS"), "a part of a country"),
        "OWID_CYN": "Northern Cyprus has no ISO 3166-1 code",
        "OWID_WRL": "the sum over countries",
    },
)
