import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sitrep.prose import FIGURES, Reading, read_prose

NEW, ALL = "People tested", "People tested, total"
SAMPLES, ALL_SAMPLES = "Samples tested", "Samples tested, total"
POSITIVES = "Positives"


def cells_of(*passages: str) -> dict[str, str]:
    """Return the cells that passages fill."""
    prose = read_prose(passages)
    return {name: prose.cell(name) for name in FIGURES if prose.cell(name)}


SENTENCES = {
    "From 8\N{EN DASH}14 October 678 people were tested, total 42 773 persons": {
        NEW: "678",
        ALL: "42 773",
    },
    "As of 14 October, a total of 42 773 persons (84 602 samples) have been tested, including 678 "
    "persons tested from 8-14 October.": {NEW: "678", ALL: "42 773", ALL_SAMPLES: "84 602"},
    "A total of 678 persons were tested from 8-14 October.": {NEW: "678"},
    "From 30 December 2021 \N{EN DASH} 5 January 2022, 746 people and 1 492 samples were tested; "
    "cumulatively 49 941 persons have been tested.": {NEW: "746", SAMPLES: "1 492", ALL: "49 941"},
    "A total of 60,422 tests on 30,348 persons so far, including 733 who were tested from June "
    "4-10.": {NEW: "733", ALL: "30,348", "Tests, total": "60,422"},
    "Number of persons tested (8-14 October 2021): 678. Cumulative number of samples tested: "
    "84 602.": {NEW: "678", ALL_SAMPLES: "84 602"},
    "From 8-14 October 678 people (1 356 samples) were tested, bringing the total number of people "
    "tested to 42 773 (84 602 samples).": {
        NEW: "678",
        SAMPLES: "1 356",
        ALL: "42 773",
        ALL_SAMPLES: "84 602",
    },
    "24 704 samples taken from 12 489 people were tested as of Dec. 24, 2020.": {
        ALL: "12 489",
        ALL_SAMPLES: "24 704",
    },
    "Between 8 October and 14 October, 1 356 samples from 678 persons were tested with RT-PCR (113 "
    "ILI/SARI and 565 health-care workers).": {NEW: "678", SAMPLES: "1 356"},
    "The number of persons tested during 8-14 October was 678, compared to 702 in the previous "
    "report. Total persons tested to date: 42 773.": {NEW: "678", ALL: "42 773"},
    "An additional 1 415 people were tested since the last report.": {NEW: "1 415"},
    "This week 678 new specimens were tested.": {SAMPLES: "678"},
    "During week 41 678 people were tested in the reporting period.": {NEW: "678 or 41 678"},
    "On October 14 678 people were newly tested.": {NEW: "678 or 14 678"},
    "In weeks 40-41 678 people were newly tested.": {NEW: "678 or 41 678"},
    "678 people were tested from 26 August-2 Sept 2021. As of 3 September 33 044 persons have "
    "completed quarantine. The total is 38 655 persons so far.": {NEW: "678", ALL: "38 655"},
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_was_counted_and_when_is_read(sentence: str) -> None:
    """New figures and totals, people and samples apart, in any order."""
    assert cells_of(sentence) == SENTENCES[sentence]


@pytest.mark.parametrize(
    "sentence",
    [
        "DPR Korea continues to report 'no cases'.",
        "From 8-14 October 161 people were released from quarantine; 33 044 so far. PCR is used.",
        "The 15 laboratories received 8 100 test kits in the week, and 10 tests per 1 000 people.",
        "Tests are repeated at an interval of 10 days; positivity was 0.0% in week 41.",
    ],
)
def test_other_numbers_are_no_tests(sentence: str) -> None:
    """Nothing is read, and nothing is reported as not understood."""
    assert read_prose([sentence]) == Reading()


@pytest.mark.parametrize(
    "sentence",
    [
        "A total of 678 people were tested",
        "About 42 000 people have been tested so far",
        "As of 14 October 42 773 people have been tested, more than 84 000 samples",
        "Total tested 42 773",
    ],
)
def test_an_ambiguous_number_is_reported_and_not_read(sentence: str) -> None:
    """Neither guessed nor lost: its sentence is listed."""
    prose = read_prose([sentence])
    assert prose.unparsable == (sentence,)
    assert not prose.cell(NEW)


@pytest.mark.parametrize(
    ("sentence", "cells"),
    [
        ("All were negative.", {POSITIVES: "0"}),
        ("All samples tested negative for COVID-19.", {POSITIVES: "0"}),
        ("No positive case was found.", {POSITIVES: "0"}),
        ("None of them was positive.", {POSITIVES: "0"}),
        ("So far, all have tested negative.", {"Positives, total": "0"}),
        ("8 people tested positive.", {POSITIVES: "8"}),
        ("670 tested negative and 8 tested positive.", {POSITIVES: "8"}),
        ("8 were positive. All were negative.", {POSITIVES: "8 or 0"}),
        ("All but 8 were negative.", {}),
        ("670 tested negative.", {}),
        ("Results are pending; most were negative.", {}),
        ("DPR Korea reports no cases.", {}),
    ],
)
def test_zero_positives_are_read_only_where_stated(sentence: str, cells: dict[str, str]) -> None:
    """Of all, and in so many words; 'no cases' is a category and says nothing of tests."""
    prose = cells_of("From 8-14 October 678 people were tested. " + sentence)
    assert prose == {NEW: "678", **cells}


def test_two_figures_for_one_thing_come_back_as_both() -> None:
    """Nobody chooses between them; one and the same figure is one."""
    highlights = "From 8-14 October 687 people were tested."
    section = "678 people were tested from 8-14 October 2021."
    assert cells_of(highlights, section) == {NEW: "687 or 678"}
    assert cells_of(section, section.replace("678", "678")) == {NEW: "678"}
    assert cells_of(
        "So far 42 773 people were tested.", "In total, 42,773 people were tested."
    ) == {ALL: "42 773"}


def test_figures_of_two_periods_are_not_added_up() -> None:
    """The report's own figure is not printed, so there is none; both are reported."""
    prose = read_prose(
        ["1 332 people were tested from March 17-24 and 1 405 people from March 25-31."]
    )
    assert prose.cell(NEW) == ""
    assert [(one.text, one.period) for one in prose.several(NEW)] == [
        ("1 332", "March 17-24"),
        ("1 405", "March 25-31"),
    ]


def test_parts_are_no_figures_of_their_own() -> None:
    """Those with symptoms and the health workers make up the people tested."""
    prose = read_prose(
        ["From 8-14 October 678 people were tested: 113 with ILI and/or SARI, 565 were HCWs."]
    )
    assert (prose.cell(NEW), prose.parts) == ("678", ("113", "565"))


def spaced(number: int) -> str:
    """Return a number with its thousands grouped by spaces."""
    return f"{number:,}".replace(",", " ")


counts = st.integers(0, 99_999_999)


@given(new=counts, samples=counts, everybody=counts, all_samples=counts)
def test_any_figures_are_read_as_they_were_written(
    new: int, samples: int, everybody: int, all_samples: int
) -> None:
    """Whatever the numbers are."""
    passage = (
        f"From 8-14 October {spaced(new)} people ({spaced(samples)} samples) were tested, bringing "
        f"the total to {spaced(everybody)} persons and {spaced(all_samples)} samples."
    )
    assert cells_of(passage) == {
        NEW: spaced(new),
        SAMPLES: spaced(samples),
        ALL: spaced(everybody),
        ALL_SAMPLES: spaced(all_samples),
    }
