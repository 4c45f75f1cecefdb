"""Which rows break which checks, whatever the size of the frame."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from schemas.tables import checks_of, dtypes_of
from tasks.parsing import row_checks
from tasks.parsing.row_checks import duplicates_of, faults_of
from tests.thorough import examples

DTYPES = dtypes_of("vaccinations")
KEY = ("iso3", "observed_on")
DAY = date(2022, 2, 14)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["PRK", "prk", None]),
        st.sampled_from([DAY, date(1900, 1, 1), None]),
        st.sampled_from([1, 100, -5, None]),
        st.sampled_from([1, 100, -5, None]),
    ),
    max_size=8,
)


def frame_of(*rows: tuple[object, ...]) -> pl.DataFrame:
    """Return rows of country, day, people with a first and with the last dose."""
    names = (*KEY, "people_first_dose", "people_last_dose")
    return pl.DataFrame(rows, schema={name: DTYPES[name] for name in names}, orient="row")


def named_faults(frame: pl.DataFrame) -> set[tuple[int, str]]:
    """Return position and name of each fault."""
    checks = checks_of("vaccinations", frame.columns)
    return {(at, check.name) for check, rows in faults_of(frame, checks, DTYPES) for at in rows}


@settings(max_examples=examples(60))
@given(rows=ROWS)
def test_faults_are_those_that_each_check_finds_by_itself(rows: list[tuple[object, ...]]) -> None:
    """One sweep over all rows and one over the bad ones say what every check says of every row."""
    frame = frame_of(*rows)
    expected = {
        (at, check.name)
        for check in checks_of("vaccinations", frame.columns)
        for at, holds in enumerate(frame.select(check.holds).to_series())
        if holds is False
    }
    assert named_faults(frame) == expected


def test_pieces_are_one_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a frame is longer than a piece, the positions go on."""
    rows = [("PRK", DAY, 1, 1), ("prk", DAY, 1, 1), ("PRK", DAY, 1, 9), ("GHA", DAY, -1, None)]
    whole = named_faults(frame_of(*rows))
    monkeypatch.setattr(row_checks, "PIECE", 1)
    assert (
        named_faults(frame_of(*rows))
        == whole
        == {
            (1, "country_code of iso3"),
            (2, "last_within_first_dose of people_last_dose"),
            (3, "count_not_negative of people_first_dose"),
        }
    )


@settings(max_examples=examples(60))
@given(rows=ROWS)
def test_doubles_are_all_rows_of_a_whole_key(rows: list[tuple[object, ...]]) -> None:
    """A key with a blank is no key: two such rows are not the same."""
    keys = [row[:2] for row in rows]
    expected = [at for at, key in enumerate(keys) if None not in key and keys.count(key) > 1]
    assert duplicates_of(frame_of(*rows), KEY, DTYPES).to_list() == expected


def test_an_empty_frame_has_no_fault() -> None:
    """A table without a row breaks nothing."""
    assert named_faults(frame_of()) == set()
    assert duplicates_of(frame_of(), KEY, DTYPES).is_empty()


def test_an_undeclared_column_is_our_own_fault() -> None:
    """It is raised, and no row is blamed."""
    frame = frame_of(("PRK", DAY, 1, 1))
    with pytest.raises(SchemaErrors):
        faults_of(frame.with_columns(other=1), checks_of("vaccinations"), DTYPES)
