from datetime import date

import pytest

from tasks.sitrep.sections import Head, head_in

DASH = "\N{EN DASH}"


@pytest.mark.parametrize(
    ("text", "head", "last"),
    [
        (
            f"Week #30 (26 July {DASH} 01 August 2021) 06 August 2021 COVID-19 Weekly",
            Head("30", "26 July - 01 August 2021", "06 August 2021"),
            date(2021, 8, 1),
        ),
        (
            "Week #04 (25 January - 31 January) 05 February 2021",
            Head("04", "25 January - 31 January", "05 February 2021"),
            date(2021, 1, 31),
        ),
        (
            f"Weeks #51{DASH}52 (20 December 2021 {DASH} 02 January 2022) Report 07 January 2022",
            Head("51-52", "20 December 2021 - 02 January 2022", "07 January 2022"),
            date(2022, 1, 2),
        ),
        (
            f"1 Week #34 (23 August {DASH} 29 August 2021) as of 29 August 2021",
            Head("34", "23 August - 29 August 2021", ""),
            date(2021, 8, 29),
        ),
    ],
)
def test_heads_as_reports_have_them(text: str, head: Head, last: date) -> None:
    """Week, period and day; the day until which cases are counted is not the report's."""
    assert head_in(text) == head
    assert (head.last_day, head.is_odd) == (last, False)


@pytest.mark.parametrize(
    ("period", "day", "is_odd"),
    [
        ("11 - 17 October 2021", "22 October 2021", False),
        ("11 - 17 October 2021", "22 October 2020", True),
        ("11 - 17 October 2021", "22 October 2022", True),
        ("the week before", "22 October 2021", False),
        ("11 - 31 Novembr 2021", "22 October 2021", False),
    ],
)
def test_a_misprinted_year_is_noticed(period: str, day: str, *, is_odd: bool) -> None:
    """The day comes after the period, and soon; an unknown day is not odd."""
    assert Head("41", period, day).is_odd == is_odd


def test_another_document_has_no_head() -> None:
    """A week alone is none."""
    assert head_in("Epidemiological week 41 of 2021") is None
