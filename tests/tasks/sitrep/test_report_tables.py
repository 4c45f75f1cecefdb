"""What the tables of a report become, beside its prose."""

import pytest

from schemas.errors import BadBody
from tasks.parsing.validate import ParsedTable
from tasks.sources import source_named
from tests.parsed import notes_on, readings
from tests.sitreps import HEADINGS, NEIGHBOURS, PEOPLES, PROSE, headed, report

SOURCE = source_named("who_searo_testing")
DPRK = (678, 42_773, 1_356, 84_602, 0)
FIGURES = (
    "people_tested_new",
    "people_tested_cumulative",
    "samples_tested_new",
    "samples_tested_cumulative",
    "positives_new",
)


def read(body: bytes) -> ParsedTable:
    """Return what a body says of tests."""
    return readings(SOURCE, {"main": body})["tests"]


def neighbours(body: bytes) -> list[tuple[str, int, int]]:
    """Return country, new and all samples."""
    frame = read(body).frame
    return frame.select("iso3", "samples_tested_new", "samples_tested_cumulative").rows()


TABLE = [("BGD", 134_921, 10_088_461), ("BTN", 16_414, 1_011_203), ("TLS", 3_377, 221_482)]


def test_the_table_of_neighbours_is_read_beside_the_prose() -> None:
    """DPR Korea is one row, though it is in both; its wrapped name and a mark do not matter."""
    rows = [*NEIGHBOURS, (PEOPLES, "", "", ""), ("Republic of Korea*", "84 602", "1 356", "0.0")]
    reading = read(report(PROSE, rows=[*rows, ("SEAR", "11 405 748", "156 068", "1.9")]))
    assert reading.quarantined.is_empty()
    assert neighbours(report(PROSE, rows=rows)) == [*TABLE, ("PRK", 1_356, 84_602)]
    assert reading.frame.filter(iso3="PRK").select(FIGURES).row(0) == DPRK


def test_a_report_without_dpr_korea_has_no_row_of_it() -> None:
    """That it continues to report no cases is no figure."""
    assert neighbours(report(rows=NEIGHBOURS)) == TABLE
    with pytest.raises(BadBody, match="no row about a country"):
        read(report())


def test_a_table_that_contradicts_the_prose_waits_in_quarantine() -> None:
    """Its row alone; the others go on."""
    reading = read(report(PROSE, rows=[*NEIGHBOURS, ("DPR Korea", "84 602", "1 365", "0.0")]))
    assert reading.quarantined["value"].to_list() == ["1 365 or 1 356"]
    assert reading.frame["iso3"].to_list() == ["BGD", "BTN", "TLS"]


def test_a_long_name_in_the_next_column_is_left_to_camelot() -> None:
    """The words' places give no columns there."""
    sheet, lefts = headed(), (15, 60, 97, 130)
    sheet.set_font("helvetica", size=9)
    top = sheet.get_y() + 5
    for left, text in zip(lefts, HEADINGS, strict=True):
        sheet.set_xy(left, top)
        sheet.multi_cell(30, 4, text, align="L")
    long = ("Democratic People's Republic of Korea", "", "1 356", "0.0")
    for place, cells in enumerate([*NEIGHBOURS, long]):
        for left, text in zip(lefts, cells, strict=True):
            sheet.text(left, top + 12 + 5 * place, text)
    assert neighbours(sheet.body()) == [*TABLE, ("PRK", 1_356, None)]


def test_a_table_that_nobody_can_read_is_noted() -> None:
    """Names that run into the figures of their own row."""
    sheet = headed()
    sheet.table(HEADINGS, [])
    for name, total, new, _ in NEIGHBOURS:
        sheet.prose(f"{name} {total} {new}")
    sheet.heading("DPR Korea")
    sheet.prose(PROSE)
    reading = read(sheet.body())
    assert reading.frame["iso3"].to_list() == ["PRK"]
    assert notes_on(SOURCE, {"main": sheet.body()})[0].startswith(
        "Page 1 seems to have a table of tests"
    )
