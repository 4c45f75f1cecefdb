"""Which rows are published, and which wait in quarantine with a reason."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors
from polars.testing import assert_frame_equal

from schemas.columns import Always, From
from schemas.countries import iso3_of
from schemas.source import Budget
from tasks.parsing.transform import Canonical, transform_table
from tasks.parsing.validate import ParsedTable, validate_table
from tasks.sources import source_named
from tests.thorough import examples

SOURCE = replace(
    source_named("who_searo_testing"),
    tables={
        "tests": {
            "iso3": From(("Country",)),
            "observed_on": From(("Day",)),
            "origin": Always("national"),
            "people_tested_new": From(("People",), thousands=","),
        },
        "secured_supply": {"iso3": Always("PRK"), "secured_share": From(("share",), divide=100)},
    },
    not_countries={"World": "a sum"},
)
DAY = date(2022, 2, 14)


def table_of(*rows: tuple[str, str, str]) -> Canonical:
    """Return the canonical form of rows of country, day and people tested."""
    types = dict.fromkeys(["Country", "Day", "People"], pl.String)
    return transform_table(pl.DataFrame(rows, schema=types, orient="row"), "tests", SOURCE)


def sorted_out(*rows: tuple[str, str, str]) -> ParsedTable:
    """Return what becomes of such rows."""
    return validate_table(table_of(*rows), "tests")


def doses_of(*rows: tuple[str, str, str]) -> Canonical:
    """Return the canonical form of rows of country, vaccine and doses."""
    types = dict.fromkeys(["Country", "Vaccine", "Doses"], pl.String)
    columns = {
        "iso3": From(("Country",)),
        "product": From(("Vaccine",)),
        "mechanism": Always("COVAX"),
        "doses_allocated": From(("Doses",)),
    }
    source = replace(SOURCE, tables={"allocations": columns})
    return transform_table(pl.DataFrame(rows, schema=types, orient="row"), "allocations", source)


def problems(reading: ParsedTable) -> list[tuple[object, ...]]:
    """Return row, column, rule and value of every problem."""
    return reading.quarantined.select("row", "column", "rule", "value").rows()


def test_implausible_figures_are_sound() -> None:
    """What can be read is the publisher's word and is published: below zero, zero and blank."""
    reading = sorted_out(
        ("Rwanda", "2022-02-14", "-889,137"), ("PRK", "2022-02-14", "0"), ("GHA", "2022-02-14", "")
    )
    assert reading.frame.rows() == [
        ("RWA", DAY, "national", -889_137),
        ("PRK", DAY, "national", 0),
        ("GHA", DAY, "national", None),
    ]
    assert reading.quarantined.is_empty()


@pytest.mark.parametrize(
    ("rows", "over"), [(20, [False, True]), (119, [False, True]), (120, [False, False])]
)
def test_a_budget_is_exceeded_by_number_and_by_share(rows: int, over: list[bool]) -> None:
    """More than five rows that are more than five percent; what is no country counts as a row."""
    found: list[bool] = []
    for bad in (5, 6):
        cells = [("PRK", "soon", "1")] * bad + [("World", "2022-02-14", "1")] * (rows - bad)
        reading = validate_table(table_of(*cells), "tests", budget=Budget(rows=5, share=0.05))
        assert (reading.rows, reading.left_out, reading.bad) == (rows, rows - bad, bad)
        found.append(reading.is_over_budget)
    assert found == over


def test_a_table_full_of_faults_lists_some_of_every_rule() -> None:
    """Over budget the list is short, the count is true, and no rule is hidden by another one."""
    rows = [("PRK", "soon", "1")] * 4_000
    rows += [("PRK", "2022-02-14", "1")] * 3_000 + [("", "2022-02-15", "-1")] * 2_000
    rows += [("GHA", "2022-02-16", "-1")]
    reading = sorted_out(*rows)
    assert (reading.rows, reading.bad, reading.is_over_budget) == (9_001, 9_000, True)
    listed = reading.quarantined.group_by("rule").len()
    assert dict(listed.rows()) == {"readable": 333, "unique_key": 333, "key_not_null": 333}
    assert reading.quarantined.filter(pl.col("rule") == "unique_key")["reason"][0] == (
        "3000 rows have the key PRK, 2022-02-14, national; "
        "which of them holds is unknown, so none is published."
    )
    assert reading.frame["iso3"].to_list() == ["GHA"]


def test_rows_that_do_not_add_up_are_refused() -> None:
    """A reading that lost a row cannot be made."""
    reading = sorted_out(("PRK", "2022-02-14", "1"))
    with pytest.raises(ValueError, match="1 rows in, 0 out"):
        replace(reading, frame=reading.frame.clear())


def test_quarantine_has_the_same_columns_when_empty() -> None:
    """Whoever reads the quarantine finds the same columns and types with and without rows."""
    full = sorted_out(("PRK", "2022-02-14", "NaN")).quarantined
    empty = sorted_out(("PRK", "2022-02-14", "1")).quarantined
    assert_frame_equal(full.clear(), empty)
    rule = {"rule": pl.String, "rule_version": pl.Int64}
    texts = dict.fromkeys(["value", "reason", "iso3"], pl.String)
    key = {"observed_on": pl.Date, "origin": pl.String}
    assert full.schema == {"row": pl.Int64, "column": pl.String, **rule, **texts, **key}


def test_a_row_with_one_bad_cell_waits_whole() -> None:
    """The unreadable cell is quoted under the publisher's column, with the key of its row."""
    reading = sorted_out(("PRK", "2022-02-14", " NaN"), ("GHA", "2022-02-14", "5"))
    assert reading.frame["iso3"].to_list() == ["GHA"]
    reason = "'NaN' is no number."
    expected = (1, "People", "readable", 1, " NaN", reason, "PRK", DAY, "national")
    assert reading.quarantined.rows() == [expected]


def test_an_unknown_country_is_one_problem() -> None:
    """The null that an unreadable key leaves is not reported a second time."""
    reading = sorted_out(("Atlantis", "2022-02-14", "1"), ("GHA", "14.2.2022", "5"))
    assert problems(reading) == [
        (1, "Country", "known_country", "Atlantis"),
        (2, "Day", "readable", "14.2.2022"),
    ]
    assert reading.quarantined.select("iso3", "observed_on").rows() == [(None, DAY), ("GHA", None)]
    assert reading.frame.is_empty()


def test_a_blank_key_is_refused() -> None:
    """A row that does not say whom it is about cannot be published."""
    reading = sorted_out((" ", "2022-02-14", "1"), ("", "2022-02-14", "2"))
    assert problems(reading) == [
        (1, "Country", "key_not_null", " "),
        (2, "Country", "key_not_null", ""),
    ]
    reasons = reading.quarantined["reason"].unique().to_list()
    assert reasons == ["The column iso3 is blank and no row can do without it."]


def test_all_rows_of_a_duplicate_key_wait() -> None:
    """Nobody knows which of them holds, even where one of them has another fault."""
    reading = sorted_out(
        ("PRK", "2022-02-14", "1"),
        ("GHA", "2022-02-14", "2"),
        ("North Korea", "2022-02-14", "NaN"),
        ("PRK", "2022-02-15", "3"),
    )
    assert problems(reading) == [
        (1, "Country, Day", "unique_key", "PRK, 2022-02-14"),
        (3, "Country, Day", "unique_key", "North Korea, 2022-02-14"),
        (3, "People", "readable", "NaN"),
    ]
    assert reading.quarantined["reason"][0] == (
        "2 rows have the key PRK, 2022-02-14, national; "
        "which of them holds is unknown, so none is published."
    )
    assert reading.frame["people_tested_new"].to_list() == [2, 3]


def test_a_sentence_shows_a_part_of_a_long_text() -> None:
    """The cell stands beside it as published, whole."""
    long = "x" * 9_999
    for rows in ([("PRK", long, "1")] * 2, [("PRK", f"{long}\x07", "1")]):
        fault = validate_table(doses_of(*rows), "allocations").quarantined.row(0, named=True)
        assert long in fault["value"]
        assert len(fault["reason"]) < 200
        assert f"{'x' * 59}…" in fault["reason"]


def test_a_key_that_nobody_prints_can_be_double_too() -> None:
    """Where the key is a constant of the source, our name of it stands and no cell is quoted."""
    raw = pl.DataFrame({"share": ["50", "60"]})
    reading = validate_table(transform_table(raw, "secured_supply", SOURCE), "secured_supply")
    assert problems(reading) == [(1, "iso3", "unique_key", None), (2, "iso3", "unique_key", None)]
    assert reading.frame.is_empty()


def test_a_code_that_is_none_waits() -> None:
    """A check of the table itself has a name, a version and a sentence like all others."""
    table = table_of(("PRK", "2022-02-14", "1"))
    small = table.frame.with_columns(iso3=pl.lit("prk"))
    reading = validate_table(replace(table, frame=small), "tests")
    assert problems(reading) == [(1, "Country", "country_code", "PRK")]
    assert reading.quarantined["reason"].to_list() == [
        "'prk' is no code of a country: three capital letters."
    ]


@pytest.mark.parametrize("word", ["Sinopharm \N{REPLACEMENT CHARACTER}", "Curevac\x1b", "a\x85b"])
def test_a_text_in_another_encoding_waits(word: str) -> None:
    """Broken characters in a name would make it another vaccine: nobody can say which."""
    reading = validate_table(doses_of(("PRK", word, "1")), "allocations")
    assert problems(reading) == [(1, "Vaccine", "clean_text", word)]
    assert reading.frame.is_empty()


def test_a_line_break_in_a_name_is_no_fault() -> None:
    """White characters are how a cell was typed, and accents are how a name is written."""
    reading = validate_table(
        doses_of(("PRK", "Moderna\nSpikevax", "1"), ("PRK", "Sérum", "2")), "allocations"
    )
    assert reading.frame.height == 2


def test_a_wrong_type_is_our_fault_and_no_rows() -> None:
    """A column of another type is a fault of the software: it is raised, never quarantined."""
    table = table_of(("PRK", "2022-02-14", "1"))
    wrong = table.frame.with_columns(people_tested_new=pl.lit("1"))
    with pytest.raises(SchemaErrors):
        validate_table(replace(table, frame=wrong), "tests")


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["PRK", "North Korea", "NA", "Atlantis", "", "World", " World "]),
        st.sampled_from(["2022-02-14", "2022-02-15", "", "soon"]),
        st.sampled_from(["1", "", "-889,137", "NaN", "1,2,3"]),
    ),
    max_size=12,
)


@settings(max_examples=examples(50))
@given(rows=ROWS)
def test_no_row_is_lost(rows: list[tuple[str, str, str]]) -> None:
    """Sound and quarantined rows are together all rows but those declared to be no country."""
    reading = sorted_out(*rows)
    countries = [row for row in rows if row[0].strip() != "World"]
    assert reading.frame.height + reading.quarantined["row"].n_unique() == len(countries)
    assert (reading.rows, reading.left_out) == (len(rows), len(rows) - len(countries))
    assert reading.bad == reading.quarantined["row"].n_unique()
    for row in reading.quarantined["row"]:
        assert rows[row - 1] in countries


@settings(max_examples=examples(50))
@given(rows=ROWS)
def test_sound_rows_are_just_those_without_fault(rows: list[tuple[str, str, str]]) -> None:
    """A row is published if it is readable, has a key, and no other row has that key."""
    keys = [(iso3_of(country), day) for country, day, _ in rows]
    expected = [
        (key[0], date.fromisoformat(key[1]))
        for key, (_, _, people) in zip(keys, rows, strict=True)
        if key[0] and key[1] in {"2022-02-14", "2022-02-15"}
        if keys.count(key) == 1 and people in {"1", "", "-889,137"}
    ]
    assert sorted_out(*rows).frame.select("iso3", "observed_on").rows() == expected
