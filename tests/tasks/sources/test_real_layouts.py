"""Files as publishers and people leave them: small ones in the form of each kind that was seen."""

from collections.abc import Mapping

import pytest

from schemas.errors import BadBody
from tasks.parsing.validate import ParsedTable
from tasks.sources import source_named
from tests.parsed import notes_on, readings
from tests.workbooks import error_workbook

CASES, FLUNET = source_named("who_cases"), source_named("who_flunet")
HEAD = (
    "Date_reported,Country_code,Country,WHO_region,"
    "New_cases,Cumulative_cases,New_deaths,Cumulative_deaths"
)
ROW = "2020-05-24,NA,Namibia,AFRO,1,20,0,2"
FIGURES = [("NAM", "2020-05-24", 1, 20, 0, 2)]


def rows_of(tables: Mapping[str, ParsedTable]) -> list[tuple[object, ...]]:
    """Return the published rows of the only table, days as texts."""
    [table] = tables.values()
    return [tuple(str(c) if hasattr(c, "year") else c for c in row) for row in table.frame.rows()]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}\n{ROW}\n",
        f"\ufeff{HEAD}\r\n{ROW.replace(',', 'T00:00:00Z,', 1)}\r\n",
        f"\ufeff{HEAD.replace(',', ', ')}\n{ROW}\n",
        f"{HEAD}\n{ROW}\n".replace(",", ";"),
        f"\ufeff{HEAD}\r\n{ROW}\r\n".replace(",", ";"),
        f",{HEAD}\n0,{ROW}\n",
        f"{HEAD},Population\n{ROW},2500000\n",
        f"{HEAD}\r{ROW}\r",
        f"{HEAD.upper()}\n{ROW}\n",
        (
            "day,Country,Country Name,Region,Deaths,Cumulative Deaths,Confirmed,"
            "Cumulative Confirmed\n"
            "5/24/20,NA,Namibia,AFRO,0,2,1,20\n"
        ),
    ],
    ids=[
        *(
            "today",
            "midnights",
            "blanks in the header",
            "semicolons",
            "semicolons of a spreadsheet",
        ),
        *("a column of row numbers", "population", "returns", "capitals", "April 2020"),
    ],
)
def test_whos_cases_are_the_same_in_every_layout(text: str) -> None:
    """The layouts of six years, and of the copies that people kept."""
    assert rows_of(readings(CASES, {"main": text.encode()})) == FIGURES


@pytest.mark.parametrize(
    ("code", "name", "reason"),
    [
        ("", "International conveyance (Diamond Princess)", "a ship"),
        ("XXL", "Charo", "a ship"),
        ("XXJ", "International conveyance (Diamond Princess)", "a ship"),
        (" ", "Other", "cases that no country reports"),
        ("Other*", "undefined", "cases that no country reports"),
        ("", "", "rows without code"),
    ],
)
def test_who_is_no_country_is_left_out_and_counted(code: str, name: str, reason: str) -> None:
    """With a reason, and never in quarantine."""
    body = {"main": f"{HEAD}\n{ROW}\n2020-05-24,{code},{name},,1,7,0,0\n".encode()}
    [table] = readings(CASES, body).values()
    assert (table.frame.height, table.left_out, table.bad) == (1, 1, 0)
    [note] = notes_on(CASES, body)
    assert f"1 of 2 rows are left out as no countries: {reason}" in note


def test_a_code_that_nobody_declared_waits() -> None:
    """XXK is none of WHO's six."""
    body = f"{HEAD}\n{ROW}\n2020-05-24,XXK,Nowhere,,1,7,0,0\n".encode()
    assert readings(CASES, {"main": body})["cases"].quarantined["value"].to_list() == ["XXK"]


WEEK = (
    "COUNTRY_CODE,COUNTRY_AREA_TERRITORY,ISO_WEEKSTARTDATE,ORIGIN_SOURCE,SPEC_PROCESSED_NB,INF_ALL"
)


def test_parts_of_the_united_kingdom_are_left_out() -> None:
    """By code, or by name where the code is blank; a country beside them is published."""
    parts = ("X09", "X10", "X11", "X12", "")
    lines = [f'{code},"United Kingdom, Wales",2021-01-04,SENTINEL,1,0' for code in parts]
    body = {"main": "\n".join([WEEK, *lines, "FRA,France,2021-01-04,SENTINEL,5,1", ""]).encode()}
    table = readings(FLUNET, body)["tests"]
    assert (table.frame["iso3"].to_list(), table.left_out, table.bad) == (["FRA"], 5, 0)


def test_a_row_with_commas_in_a_comment_waits_whole() -> None:
    """Its line is quoted; its cells may be those of other columns and are no faults."""
    odd = "FRA,France,2021-01-11,SENTINEL,north, south, west,5,1"
    lines = [f"FRA,France,2021-01-{day:02},SENTINEL,5,1" for day in (4, 18, 25)]
    body = {"main": "\n".join([WEEK, lines[0], odd, *lines[1:], ""]).encode()}
    table = readings(FLUNET, body)["tests"]
    assert (table.frame.height, table.bad) == (3, 1)
    [fault] = table.quarantined.to_dicts()
    assert (fault["row"], fault["column"], fault["rule"]) == (2, "the whole row", "row_width")
    assert fault["value"] == odd
    assert fault["reason"].startswith("Line 3 has 9 fields, the header 6")
    assert (fault["iso3"], str(fault["observed_on"])) == ("FRA", "2021-01-11")


@pytest.mark.parametrize("shown", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!"])
def test_a_cell_that_shows_an_error_waits_as_in_a_csv(shown: str) -> None:
    """It is no blank cell, in a figure as in a text."""
    market = source_named("unicef_market")
    names = ["Recipient ISO", "Recipient", "Vaccine Name", "Doses Allocated"]
    sound = ["KHM", "Cambodia", "AstraZeneca", "1000"]
    for row in (["PRK", "DPR Korea", "Covovax", shown], ["PRK", "DPR Korea", shown, "252000"]):
        text = "".join(",".join(line) + "\n" for line in (names, row, sound))
        for body in (text.encode(), error_workbook([names, row, sound])):
            table = readings(market, {"main": body})["allocations"]
            assert table.frame["iso3"].to_list() == ["KHM"]
            assert table.quarantined["value"].to_list() == [shown]
            assert table.quarantined["reason"].to_list() == [
                f"'{shown}' is an error of a spreadsheet, not a value."
            ]


def test_semicolons_are_named_where_nobody_declared_them() -> None:
    """A decimal comma would be read as another figure."""
    body = b"iso_code;date;total_vaccinations\nGHA;2021-03-17;5\n"
    with pytest.raises(BadBody, match="a table separated by semicolons"):
        readings(source_named("owid_vaccinations"), {"main": body})
