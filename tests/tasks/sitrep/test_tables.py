from collections.abc import Sequence

import pytest

from tasks.formats.pdf import read_pdf
from tasks.sitrep.tables import Layout, grids_of, records
from tests.sitreps import HEADINGS, NEIGHBOURS, PEOPLES, Sheet
from tests.thorough import one_in

DECLARED = Layout(
    marks="*†",
    headings={
        "Country": ("Country", "Member State"),
        "New": ("New samples tested",),
        "Total": ("Cumulative samples tested", "Total samples"),
    },
)
THREE = [(name, new, total) for name, total, new, _ in NEIGHBOURS]
KOREA = ("Democratic People's Republic of Korea", "1 356", "84 602")


def printed(
    rows: Sequence[Sequence[str]], headings: Sequence[str] = HEADINGS
) -> list[tuple[str, ...]]:
    """Return country, new and total of a table as printed on a page with the boxes of figures."""
    sheet = Sheet()
    sheet.head("#41", "11 - 17 October 2021", "22 October 2021")
    sheet.table(headings, rows)
    sheet.prose("In the week of the report 5 000 samples were tested in the country.")
    [page] = read_pdf(sheet.body(), where="w")
    found = [record for grid in grids_of(page) for record in records(grid, DECLARED)]
    return [tuple(row.get(name, "") for name in ("Country", "New", "Total")) for row in found]


def test_the_declared_columns_are_read() -> None:
    """Thousands grouped by spaces stay in their column; boxes and prose are no rows."""
    assert printed(NEIGHBOURS) == THREE


BLANK = ("", "", "")


@pytest.mark.parametrize(
    "lines",
    one_in(
        3,
        [
            [(PEOPLES, "", "", ""), ("", "84 602", "1 356", "0.0"), ("Republic of Korea", *BLANK)],
            [(PEOPLES, "84 602", "1 356", "0.0"), ("Republic of Korea", *BLANK)],
            [(PEOPLES, *BLANK), ("Republic of Korea", "84 602", "1 356", "0.0")],
        ],
    ),
)
def test_a_wrapped_name_is_joined(lines: list[tuple[str, ...]]) -> None:
    """Wherever its figures stand, at the top of the table or at its end."""
    assert printed([*NEIGHBOURS, *lines]) == [*THREE, KOREA]
    assert printed([*lines, *NEIGHBOURS]) == [KOREA, *THREE]


def test_columns_that_nobody_declared_are_passed_over() -> None:
    """Words among them too, and in any order."""
    headings = ("Member State", "Transmission", "Total samples (n)", "New samples tested*")
    rows = [(name, "Clusters of cases", total, new) for name, total, new, _ in NEIGHBOURS]
    assert printed(rows, headings) == THREE


def test_marks_of_footnotes_are_taken_off() -> None:
    """Behind names and figures, where they are declared."""
    assert printed([("India*", "84 602†", "1 356", "0.0"), *NEIGHBOURS])[0] == (
        "India",
        "1 356",
        "84 602",
    )


def test_what_is_no_country_stays_a_row() -> None:
    """Its name is reported as unknown later; blanks stay blank."""
    assert printed([*NEIGHBOURS, ("SEAR", "11 321 146", "-", "1.9")])[-1] == (
        "SEAR",
        "-",
        "11 321 146",
    )


@pytest.mark.parametrize(
    "headings",
    [
        ("Country", "Cumulative cases", "New cases", "Incidence"),
        ("Province", "Cumulative samples tested", "New samples tested", "Positivity"),
        ("Country", "% of new samples tested", "of cumulative samples tested", "New samples"),
    ],
)
def test_a_table_of_something_else_gives_nothing(headings: tuple[str, ...]) -> None:
    """Headings are read whole: a share of the samples is no number of samples."""
    assert printed(NEIGHBOURS, headings) == []


def test_a_heading_that_stands_there_twice_is_nobodys() -> None:
    """Who could say which of the two columns is meant?"""
    headings = ("Country", "New samples tested", "New samples tested", "Total samples")
    assert printed(NEIGHBOURS, headings) == [(row[0], "", row[3]) for row in NEIGHBOURS]


def overlong() -> bytes:
    """Return a page on which a long name reaches into the next column, where it has no figure."""
    sheet = Sheet()
    sheet.head("#41", "11 - 17 October 2021", "22 October 2021")
    sheet.set_font("helvetica", size=9)
    top = sheet.get_y() + 5
    for left, text in zip((15, 60, 97, 130), HEADINGS, strict=True):
        sheet.set_xy(left, top)
        sheet.multi_cell(30, 4, text, align="L")
    for place, row in enumerate([*NEIGHBOURS, (KOREA[0], "", "1 356", "0.0")]):
        for left, text in zip((15, 60, 97, 130), row, strict=True):
            sheet.text(left, top + 12 + 5 * place, text)
    return sheet.body()


def test_where_words_reach_over_columns_somebody_else_is_asked() -> None:
    """There is no grid without an answer, and one with it; the name is in one piece."""
    [page] = read_pdf(overlong(), where="w")
    assert [row for grid in grids_of(page) for row in records(grid, DECLARED)] == []
    asked: list[tuple[float, ...]] = []

    def seen(area: tuple[float, ...]) -> list[tuple[float, float]]:
        asked.append(area)
        return [(42.0, 130.0), (130.0, 245.0), (245.0, 338.0), (338.0, 381.0)]

    found = [row for grid in grids_of(page, seen) for row in records(grid, DECLARED)]
    assert found[-1] == {"Country": KOREA[0], "New": "1 356", "Total": ""}
    assert len(asked) == 1
