"""What one snapshot says in each of its tables, from its bytes."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from schemas.columns import Columns, From
from schemas.contract_errors import SourceChanged
from schemas.errors import BadBody
from schemas.source import Bodies, Source
from schemas.tables import dtypes_of
from tasks.formats.delimited import read_csv
from tasks.parsing.parse_snapshot import parse_tables
from tasks.sources import SOURCES, source_named
from tests.parsed import HAD_AT, notes_on, readings

TABLES: dict[str, Columns] = {
    "secured_supply": {"iso3": From(("iso3",)), "secured_share": From(("secured",), divide=100)},
    "vaccinations_current": {"iso3": From(("iso3",)), "doses_administered": From(("given",))},
}


def parse(bodies: Bodies) -> Mapping[str, pl.DataFrame]:
    """Read one file for both tables, and the second only where it is there."""
    frame = read_csv(bodies["main"], where="somebody")
    return {name: frame for name in TABLES if "given" in frame.columns or name == "secured_supply"}


def everywhere(bodies: Bodies) -> Mapping[str, pl.DataFrame]:
    """Read one file for both tables."""
    return dict.fromkeys(TABLES, read_csv(bodies["main"], where="somebody"))


SOURCE = replace(
    source_named("undp_vaccine_equity"),
    name="somebody",
    parse=parse,
    tables=TABLES,
    not_countries={"World": "a sum"},
)


def test_every_table_gets_its_own_reading() -> None:
    """A bad cell keeps its row out of its own table and out of no other."""
    body = b"iso3,secured,given\nKHM,441.7,NaN\nPRK,,0\n"
    read = readings(SOURCE, {"main": body})
    assert read["secured_supply"].frame.rows() == [("KHM", 441.7 / 100), ("PRK", None)]
    assert read["secured_supply"].quarantined.is_empty()
    assert read["vaccinations_current"].frame.rows() == [("PRK", 0)]
    assert read["vaccinations_current"].quarantined["value"].to_list() == ["NaN"]


def test_a_table_that_may_be_lacking_is_not_read() -> None:
    """Without any column of its figures it is absent, not empty; another must still be there."""
    lenient = replace(SOURCE, parse=everywhere, may_lack=frozenset({"vaccinations_current"}))
    assert list(readings(lenient, {"main": b"iso3,secured\nPRK,1\n"})) == ["secured_supply"]
    assert len(readings(lenient, {"main": b"iso3,secured,given\nPRK,1,0\n"})) == 2
    with pytest.raises(SourceChanged, match="column secured is gone"):
        readings(lenient, {"main": b"iso3,given\nPRK,0\n"})


def test_a_snapshot_that_lacks_every_table_is_refused() -> None:
    """That a source may lack each of its tables does not mean that it may lack all."""
    lenient = replace(SOURCE, parse=everywhere, may_lack=frozenset(TABLES))
    with pytest.raises(SourceChanged, match="column secured is gone from secured_supply"):
        readings(lenient, {"main": b"iso3,other\nPRK,1\n"})
    nowhere = replace(lenient, parse=lambda _: {})
    with pytest.raises(BadBody, match="no table secured_supply, vaccinations_current"):
        readings(nowhere, {"main": b""})


def test_a_refusal_names_the_nearest_table_and_what_it_lacks() -> None:
    """Whichever table it is: by the columns that are there, not by the order of declaration."""
    judged: set[str] = set()
    for source in SOURCES:
        for table, columns in source.tables.items():
            required = [
                how.names[-1]
                for how in columns.values()
                if isinstance(how, From) and not how.optional
            ]
            names = [name for other in source.tables for name in _all_names(source, other)]
            if not any(names.count(name) == 1 for name in required[:-1]):
                continue  # another table needs the same columns
            frame = pl.DataFrame({name: ["1"] for name in required[:-1]})
            with pytest.raises(SourceChanged, match=rf" gone from {table}[,;]") as change:
                parse_tables(source, dict.fromkeys(source.tables, frame), retrieved_at=HAD_AT)
            assert required[-1] in change.value.missing[0]
            judged.add(f"{source.name}.{table}")
    assert {"unicef_market.supply_deals", "who_cases.cases"} <= judged


def _all_names(source: Source, table: str) -> set[str]:
    return {name for _, how in source.published_columns(table) for name in how.names}


def test_of_several_tables_the_nearest_is_named() -> None:
    """Also where tables are alike, and the first one lacks more."""
    long: Columns = {name: From((name,)) for name in dtypes_of("cases_current")}
    source = replace(SOURCE, parse=everywhere, tables={**TABLES, "cases_current": long})
    source = replace(
        source, parse=lambda body: dict.fromkeys(source.tables, everywhere(body)["secured_supply"])
    )
    body = b"iso3,cases_new,cases_cumulative,deaths_new\nPRK,1,2,3\n"
    with pytest.raises(SourceChanged) as change:
        readings(source, {"main": body})
    assert str(change.value).startswith(
        "somebody: column deaths_cumulative is gone from cases_current, the nearest of its tables; "
        "the body has: iso3, cases_new,"
    )


def test_what_does_not_add_up_is_noted_once() -> None:
    """Remarks are on the snapshot, whatever its tables."""
    remarking = replace(SOURCE, remarks=lambda parsed: [f"{len(parsed)} tables do not add up."])
    body = b"iso3,secured,given\nPRK,1,0\n"
    assert notes_on(remarking, {"main": body}) == ["2 tables do not add up."]


def test_a_snapshot_without_sound_row_is_refused() -> None:
    """When nothing at all can be published, the sentence says why and that nothing changed."""
    body = b"iso3,secured,given\nAtlantis,1,2\nLemuria,1,2\n"
    with pytest.raises(BadBody) as refusal:
        readings(SOURCE, {"main": body})
    assert str(refusal.value) == (
        "somebody: seen no sound row among 4; the first has this fault: 'Atlantis' is no country "
        "that ISO 3166 or our aliases know; add it to ALIASES in schemas/countries.py, or to "
        "not_countries of its source; expected at least one sound row. Nothing was published and "
        "the last good vintage stands. Look at the kept body and compare it with the newest file "
        "in tests/fixtures/."
    )


def test_a_snapshot_about_no_country_is_refused() -> None:
    """Rows that are all left out by declaration leave nothing to publish."""
    with pytest.raises(BadBody, match="no row about a country"):
        readings(SOURCE, {"main": b"iso3,secured,given\nWorld,1,2\n"})


def test_one_empty_table_is_no_fault() -> None:
    """As long as another table has a sound row, the snapshot speaks."""
    read = readings(SOURCE, {"main": b"iso3,secured,given\nPRK,1,NaN\n"})
    assert read["vaccinations_current"].frame.is_empty()
    assert read["secured_supply"].frame.height == 1


def test_faults_of_the_body_pass_through() -> None:
    """A web page, a missing column and a missing table each say so in their own words."""
    with pytest.raises(BadBody, match="a web page"):
        readings(SOURCE, {"main": b"<html>sorry</html>"})
    with pytest.raises(SourceChanged, match="column secured is gone"):
        readings(SOURCE, {"main": b"iso3,given\nPRK,0\n"})
    with pytest.raises(BadBody, match="seen no table vaccinations_current in the bodies"):
        readings(SOURCE, {"main": b"iso3,secured\nPRK,0\n"})


FIGURES = [
    ("deliveries", "doses_delivered", "vaccinesdelivered", 1),
    ("donations", "doses_donated", "total_donations", 1),
    ("secured_supply", "secured_share", "securedvaccineofpopulation", 100),
    ("vaccinations_current", "doses_administered", "total_vaccinations", 1),
    ("vaccinations_current", "people_first_dose", "persons_vaccinated_1plus_dose", 1),
    ("vaccinations_current", "people_last_dose", "persons_fully_vaccinated", 1),
]


@pytest.mark.corpus
def test_every_figure_is_its_cell(corpus: Path) -> None:
    """In all real versions, each figure is its published cell after the declared conversion."""
    source = source_named("undp_vaccine_equity")
    files = sorted((corpus / source.name).glob("*.csv"))
    assert len(files) == 38
    for file in files:
        read = readings(source, {"main": file.read_bytes()})
        assert all(reading.quarantined.is_empty() for reading in read.values())
        rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
        for table, column, cell, divide in FIGURES:
            published = {
                row["iso3"]: float(row[cell]) / divide if row[cell] else None
                for row in rows
                if row["iso3"] not in source.not_countries
            }
            assert dict(read[table].frame.select("iso3", column).iter_rows()) == published
