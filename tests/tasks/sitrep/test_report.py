"""What one report, as it is laid out and printed, becomes."""

from datetime import date
from typing import Any

import pytest

from schemas.errors import BadBody
from tasks.parsing.validate import ParsedTable
from tasks.sources import source_named
from tests.parsed import notes_on, readings
from tests.sitreps import DASH, NEIGHBOURS, PROSE, Sheet, headed, report
from tests.thorough import one_in

SOURCE = source_named("who_searo_testing")
DAY = date(2021, 10, 22)
FIGURES = (
    "people_tested_new",
    "people_tested_cumulative",
    "samples_tested_new",
    "samples_tested_cumulative",
    "positives_new",
)
DPRK = (678, 42_773, 1_356, 84_602, 0)
"""What PROSE says: the report of week 41, 2021."""


def read(body: bytes) -> ParsedTable:
    """Return what a body says of tests."""
    return readings(SOURCE, {"main": body})["tests"]


def notes(body: bytes) -> list[str]:
    """Return what is noted on one report."""
    return notes_on(SOURCE, {"main": body})


def row(body: bytes) -> dict[str, Any]:
    """Return the one row that a body gives; nothing may be quarantined."""
    reading = read(body)
    assert reading.quarantined.is_empty()
    return reading.frame.row(0, named=True)


def figures(body: bytes) -> tuple[Any, ...]:
    """Return DPR Korea's figures."""
    record = row(body)
    assert (record["iso3"], record["observed_on"], record["origin"]) == ("PRK", DAY, "national")
    return tuple(record[name] for name in FIGURES)


def test_prose_becomes_a_row_of_the_reports_day() -> None:
    """People and samples apart, new and until then; that all were negative is a published zero."""
    assert figures(report(PROSE)) == DPRK


@pytest.mark.parametrize("width", one_in(3, [30, 37, 44, 58, 75, 180]))
def test_figures_may_be_wrapped_anywhere(width: float) -> None:
    """A thousands group on the next line belongs to its figure all the same."""
    sheet = headed()
    sheet.heading("DPR Korea")
    sheet.prose(PROSE, width=width)
    assert figures(sheet.body()) == DPRK


def test_prose_may_stand_in_columns_and_go_on_in_the_next() -> None:
    """Even where a figure is torn apart between them."""
    head, tail = PROSE.split("773")
    other = "Bhutan\n\n• From 8-14 October 16 414 samples were tested."
    sheet = headed()
    sheet.columns(f"{other}\n\nDPR Korea\n\n{head}", f"773{tail}\n\nIndia\n\n• None was tested.")
    assert figures(sheet.body()) == DPRK


def test_prose_may_go_on_overleaf() -> None:
    """Heads and numbers of pages do not come between."""
    head, tail = PROSE.split("773")
    sheet = headed()
    sheet.heading("DPR Korea")
    sheet.prose(head)
    sheet.add_page()
    sheet.prose(f"773{tail}")
    assert figures(sheet.body()) == DPRK


def test_no_break_spaces_group_thousands_too() -> None:
    """A figure reads the same whichever space is in it."""
    body = report(PROSE.replace("42 773", "42\xa0773").replace("1 356", "1\xa0356"))
    assert figures(body) == DPRK


def test_a_report_of_two_weeks_is_one_row() -> None:
    """Over the turn of the year, under its own day."""
    record = row(
        report(
            f"• From 20 December 2021 {DASH} 2 January 2022, 1 492 persons were tested. So far "
            "49 941 persons have been tested; all were negative.",
            week="#51-52",
            period=f"20 December 2021 {DASH} 02 January 2022",
            day="07 January 2022",
        )
    )
    assert record["observed_on"] == date(2022, 1, 7)
    assert (record["people_tested_new"], record["people_tested_cumulative"]) == (1_492, 49_941)
    assert (record["samples_tested_new"], record["positives_new"]) == (None, 0)


def test_weeks_with_a_figure_each_are_noted_and_not_added_up() -> None:
    """There is no figure for both weeks, so there is none; the total is published."""
    body = report(
        "• From 17-24 March 1 332 people were tested, and from 25-31 March 1 405 people. In total, "
        "63 000 people were tested so far."
    )
    reading = read(body)
    assert reading.frame["people_tested_new"].to_list() == [None]
    assert reading.frame["people_tested_cumulative"].to_list() == [63_000]
    [note] = notes(body)
    assert note.startswith("People tested: 1 332 (17-24 March) and 1 405 (25-31 March), and no")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (
            (
                "A further 1 332 people were tested between 17 and 24 March and 1 405 people "
                "between 25 and 31 March"
            ),
            "1 405 people between 25 and 31 March",
        ),
        (
            "1 332 people were tested in the first week and 1 405 in the second week",
            "1 405 in the second week",
        ),
        ("Last week twelve people were tested", "Last week twelve people were tested"),
        (
            "During the week 678 people were tested, of whom 113 had ILI",
            "678 people were tested, of whom 113 had ILI",
        ),
    ],
    ids=["two periods", "two weeks", "in words", "a part of them"],
)
def test_what_is_no_figure_of_the_report_is_blank_and_quoted(text: str, quoted: str) -> None:
    """A vintage without that figure, never a refusal for a reason that is not the cause."""
    body = report(f"• {text}.")
    reading = read(body)
    assert reading.quarantined.is_empty()
    assert reading.frame["people_tested_new"].to_list() == [None]
    assert any(quoted in note for note in notes(body))


def test_figures_that_differ_wait_in_quarantine() -> None:
    """Highlights and section say two things: a person decides, and nobody is chosen."""
    differing = "• A total of 687 people were tested from 8-14 October."
    reading = read(report(PROSE, differing, rows=NEIGHBOURS))
    [fault] = reading.quarantined.to_dicts()
    assert (fault["column"], fault["rule"]) == ("People tested", "readable")
    assert fault["value"] == "678 or 687"
    assert fault["reason"] == (
        "'678 or 687' is several numbers, and which of them holds is unknown."
    )


def test_parts_that_do_not_make_up_the_whole_are_noted() -> None:
    """The whole is what is printed, and is published."""
    body = report(PROSE.replace("565", "566"))
    assert read(body).frame["people_tested_new"].to_list() == [678]
    [note] = notes(body)
    assert note.startswith("People tested: 678 printed, its parts 113 + 566 make 679.")


def test_parts_without_their_whole_are_noted() -> None:
    """They are not added up."""
    text = "• From 5-11 November 162 people with ILI and 572 health care workers were tested."
    body = report(text, "• Cumulatively, 45 564 people were tested.")
    assert read(body).frame["people_tested_new"].to_list() == [None]
    assert notes(body) == ["The people tested are told in parts only (162 + 572): left blank."]


def test_a_sentence_that_was_not_understood_is_noted() -> None:
    """Whether 678 are new or all that ever were is not said."""
    [note] = notes(report("• A total of 678 people were tested.", rows=NEIGHBOURS))
    assert (
        note == "Not understood, so nothing is read from it: 'A total of 678 people were tested'."
    )


def test_days_that_do_not_fit_are_noted() -> None:
    """A day before its own period is published, since that is what is printed."""
    [note] = notes(report(PROSE, day="22 October 2020"))
    assert note == (
        "The report of 22 October 2020 is about 11 October - 17 October 2021: one of them may be a "
        "misprint."
    )
    with pytest.raises(BadBody, match="'22 Octobre 2021' is no day of the form"):
        read(report(PROSE, day="22 Octobre 2021"))


def test_a_report_without_a_day_publishes_nothing() -> None:
    """The day is in the key, and is never guessed."""
    with pytest.raises(BadBody, match="no sound row among 1"):
        read(report(PROSE, day=""))


def test_another_pdf_is_refused() -> None:
    """It has text, and no week with a period."""
    sheet = Sheet()
    sheet.add_page()
    sheet.prose("Terms of reference of the Regional Director")
    with pytest.raises(BadBody, match=r"begins with 'COVID-19 Weekly Situation Report 1 Terms of"):
        read(sheet.body())
