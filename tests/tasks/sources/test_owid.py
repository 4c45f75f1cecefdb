"""Our World in Data: units inside names, and codes that are no countries."""

import polars as pl
import pytest

from schemas.contract_errors import SourceChanged
from schemas.countries import iso3_of
from tasks.parsing.validate import ParsedTable
from tasks.sources import owid_testing, source_named
from tests.parsed import notes_on, readings

TESTING, VACCINATIONS = source_named("owid_testing"), source_named("owid_vaccinations")
HEAD = "Entity,ISO code,Date,Cumulative total,Daily change in cumulative total\n"


def parse_rows(*rows: str) -> ParsedTable:
    """Return what is read of such lines of tests."""
    return readings(TESTING, {"main": (HEAD + "\n".join([*rows, ""])).encode()})["tests"]


@pytest.mark.parametrize(
    ("unit", "column"),
    [
        ("people tested", "people_tested_cumulative"),
        ("people tested (incl. non-PCR)", "people_tested_cumulative"),
        ("samples tested (CDC) (incl. non-PCR)", "samples_tested_cumulative"),
        ("samples tested", "samples_tested_cumulative"),
        ("tests performed", "tests_performed_cumulative"),
        ("units unclear", "tests_performed_cumulative"),
    ],
)
def test_a_figure_stands_under_its_unit_alone(unit: str, column: str) -> None:
    """What is not counted is null: people are never read as samples or tests."""
    [row] = parse_rows(f"Guinea-Bissau - {unit},GNB,2021-01-01,17,1").frame.to_dicts()
    figures = {name: cell for name, cell in row.items() if name.endswith("_cumulative") and cell}
    assert figures == {column: 17}


@pytest.mark.parametrize("brackets", ["(incl. non-PCR)", "(CDC)", "(incl. non-PCR) (CDC)"])
def test_a_bracket_is_in_no_key(brackets: str) -> None:
    """A series goes on under its key when a method or a register is named behind its unit."""
    before = parse_rows("Japan - people tested,JPN,2021-01-01,17,1")
    rows = (f"Japan - people tested {brackets},JPN,2021-01-01,17,1",)
    assert parse_rows(*rows).frame.equals(before.frame)
    [note] = notes_on(TESTING, {"main": (HEAD + "\n".join([*rows, ""])).encode()})
    assert "(1)" in note


def test_a_country_in_two_units_is_one_row() -> None:
    """Both figures of a day are kept, side by side."""
    parsed = parse_rows(
        "Italy - people tested,ITA,2021-01-01,14500000,",
        "Italy - tests performed,ITA,2021-01-01,26700000,",
    )
    assert parsed.frame.select("people_tested_cumulative", "tests_performed_cumulative").rows() == [
        (14_500_000, 26_700_000)
    ]


def test_two_figures_of_one_unit_wait() -> None:
    """Which of them holds is unknown, so none is published."""
    parsed = parse_rows(
        "Peru - people tested,PER,2021-01-01,1,",
        "Peru - people tested,PER,2021-01-01,2,",
        "Chad - people tested,TCD,2021-01-01,5,",
    )
    assert parsed.frame["iso3"].to_list() == ["TCD"]
    assert parsed.quarantined["rule"].to_list() == ["unique_key", "unique_key"]


def test_an_unknown_unit_gives_no_figure_and_a_note() -> None:
    """Nothing is guessed; the snapshot says what to do."""
    rows = ("Malta - swabs,MLT,2021-01-01,500000,", "Chad - people tested,TCD,2021-01-01,5,")
    malta = parse_rows(*rows).frame.filter(iso3="MLT").drop("iso3", "observed_on", "origin")
    assert set(malta.row(0)) == {None}
    [note] = notes_on(TESTING, {"main": (HEAD + "\n".join([*rows, ""])).encode()})
    assert note == (
        "'swabs' is no unit we know: its rows have no figure. "
        "Add it to UNITS in tasks/sources/owid_testing.py."
    )


def test_a_file_without_entities_is_refused_by_name() -> None:
    """A renamed column is named as files have it, not as it is called with its unit."""
    with pytest.raises(SourceChanged) as refused:
        readings(TESTING, {"main": b"Country,Code,Date,Total\nIndia,IND,2021-01-01,1\n"})
    assert refused.value.missing == ["Entity", "ISO code", "Cumulative total"]
    assert refused.value.found == ["Country", "Code", "Date", "Total"]


def test_a_row_in_quarantine_is_the_row_of_the_file() -> None:
    """Rows of one day become one; its row number is the first of them in the file."""
    parsed = parse_rows(
        "Italy - people tested,ITA,2021-01-01,1,",
        "Italy - tests performed,ITA,2021-01-01,2,",
        "Chad - people tested,TCD,2021-01-01,many,",
    )
    assert parsed.quarantined.select("row", "value").rows() == [(3, "many")]


def test_no_row_of_the_file_is_lost() -> None:
    """Every figure of the file stands in the frame that the parser returns."""
    lines = [
        f"Peru - {unit},PER,2021-01-0{day},{day},1" for unit in owid_testing.UNITS for day in (1, 2)
    ]
    frame = owid_testing.parse({"main": (HEAD + "\n".join([*lines, ""])).encode()})["tests"]
    totals = [name for name in frame.columns if name.startswith("Cumulative total")]
    found_figures = (
        frame.select(pl.concat_list(totals).list.eval(pl.element() != "").list.sum()).sum().item()
    )
    assert found_figures == len(lines)


def test_sums_and_parts_are_left_out_and_kosovo_is_not() -> None:
    """Each left-out code is declared; one that nobody declared waits in quarantine."""
    body = b"iso_code,date,total_vaccinations\nOWID_KOS,2022-01-01,1\nOWID_WRL,2022-01-01,2\n"
    body += b"OWID_NEW,2022-01-01,3\n"
    parsed = readings(VACCINATIONS, {"main": body})["vaccinations"]
    assert parsed.frame["iso3"].to_list() == ["XKX"]
    assert parsed.quarantined["value"].to_list() == ["OWID_NEW"]
    assert [one for one in VACCINATIONS.not_countries if iso3_of(one)] == []
