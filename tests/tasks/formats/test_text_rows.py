"""Places of rows in a text: what is counted line by line is what the csv module reads."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.formats.text_rows import Record, Records, TextRow, text_rows


@given(st.text(alphabet='ab",;\r\n ', max_size=40))
@example('a,"b\nc"\n\nd\n')
@example('a,"b')
@example('a,b"c\nd\n')
def test_records_are_those_of_the_csv_module(text: str) -> None:
    """Every record has the fields and the lines that a reader of the whole text finds."""
    lines = io.StringIO(text, newline="").readlines()
    reader, end = csv.reader(lines), 0
    expected: list[Record] = []
    for fields in reader:
        begin, end = end, reader.line_num
        if fields:
            expected.append(Record(fields, begin, end))
    assert [*Records(lines, ",")] == expected
    assert Records(lines, ",")[:2] == expected[:2]


def test_a_field_that_is_too_long_ends_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the csv module refuses, and what is below it, is no record."""
    before = csv.field_size_limit(100)  # other packages raise it to what takes a minute
    monkeypatch.setattr("tasks.formats.text_rows.LONGEST", 100)
    try:
        assert [one.fields for one in Records(["a\n", "b" * 101, "c\n"], ",")] == [["a"]]
        assert len(Records(["a\n", "b" * 100, "c\n"], ",")) == 3
    finally:
        csv.field_size_limit(before)


def test_a_row_of_several_lines_is_returned_whole() -> None:
    """A line break in quotes is part of the row, and the next row is found below it."""
    body = b'iso3,note\nPRK,"two\nlines"\nGHA,one\n'
    found = text_rows(body, ["iso3", "note"], {1: ["PRK", "two\nlines"], 2: ["GHA", "one"]})
    assert found == {1: TextRow(2, 'PRK,"two\nlines"'), 2: TextRow(4, "GHA,one")}
