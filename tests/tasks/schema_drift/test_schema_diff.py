"""The one schema diff, and the sentences about it."""

import io
from dataclasses import replace

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from tasks.formats.body_format import body_format
from tasks.schema_drift.declared_columns import comparable
from tasks.schema_drift.schema_diff import SchemaChange, change_sentences, schema_diff
from tasks.schema_drift.source_schema import SourceSchema, columns_of, source_schema_of
from tests.tasks.publisher import FORECASTS


def schema(text: str, version: int = 1, table: str = "tests") -> SourceSchema:
    """Return the schema of one table of comma-separated cells, its names in the first line."""
    names, *rows = [line.split(",") for line in text.splitlines()]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return source_schema_of(
        {"main": body_format(text.encode())}, {table: columns_of(frame)}, parser_version=version
    )


def sentences(before: SourceSchema, now: SourceSchema) -> list[str]:
    """Return the sentences about what differs."""
    return change_sentences(schema_diff(before, now))


CHANGES = {
    "same": ("a,b\n1,x\n", "a,b\n2,y\n", [], ""),
    "blanks and case": ("a, b,C d\n1,x,y\n", " A,b,c  D\n2,y,x\n", [], ""),
    "new": (
        "a\n1\n",
        "a,b,c\n1,x,y\n",
        [("added", "b", "", "text"), ("added", "c", "", "text")],
        "new columns 'b', 'c'",
    ),
    "gone": ("a,b\n1,x\n", "a\n1\n", [("removed", "b", "text", "")], "gone column 'b'"),
    "renamed": (
        "a,b\n1,x\n",
        "a,c\n1,x\n",
        [("added", "c", "", "text"), ("removed", "b", "text", "")],
        "new column 'c'; gone column 'b'",
    ),
    "order": ("a,b\n1,x\n", "b,a\nx,1\n", [("reordered", "", "", "")], "columns in another order"),
    "kind": (
        "a\n1\n",
        "a\nNA\n",
        [("retyped", "a", "number", "text")],
        "'a' holds text and held number",
    ),
    "filled": ("a\n\n", "a\n7\n", [], ""),
}


@pytest.mark.parametrize(
    ("before", "now", "expected", "words"), CHANGES.values(), ids=CHANGES.keys()
)
def test_a_diff_lists_added_removed_retyped_and_reordered_columns(
    before: str, now: str, expected: list[tuple[str, ...]], words: str
) -> None:
    """With the kinds of their cells; a blank column has not changed its kind."""
    changes = schema_diff(schema(before), schema(now))
    assert [(one.kind, one.name, one.before, one.after) for one in changes] == expected
    assert {(one.part, one.group) for one in changes} <= {("column", "tests")}
    assert change_sentences(changes) == (
        [f"The wire format changed in tests: {words}."] if words else []
    )


COLUMNS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["number", "text"]))


@given(before=COLUMNS, now=COLUMNS)
def test_a_diff_applied_to_the_earlier_columns_gives_the_later_ones(
    before: dict, now: dict
) -> None:
    """The diff of a schema with itself is empty."""
    old, new = (
        SourceSchema(bodies={}, sheets={}, tables={"t": tuple(kinds.items())}, parser_version=1)
        for kinds in (before, now)
    )
    patched = dict(before)
    for change in schema_diff(old, new):
        if change.kind == "removed":
            assert patched.pop(change.name) == change.before
        elif change.kind != "reordered":
            assert patched.get(change.name, "") == change.before
            patched[change.name] = change.after
    assert patched == now
    assert schema_diff(old, old) == []


def test_a_long_list_of_columns_is_cut() -> None:
    """A sentence stays readable when half of a table goes."""
    wide = ",".join(f"c{number}" for number in range(80))
    [sentence] = sentences(schema(f"a,{wide}\n" + "1," * 80 + "1\n"), schema("a\n1\n"))
    assert sentence.endswith("'c6', 'c7' and 72 more.")


def test_schemas_of_two_parser_versions_are_not_compared() -> None:
    """What a newer version of our own parser sees is not a change of the publisher's."""
    assert schema_diff(schema("a\n1\n", version=1), schema("b\n1\n", version=2)) == []


def test_tables_with_the_same_changes_share_a_sentence_and_new_tables_list_no_columns() -> None:
    """A new table is named once."""
    before, now = schema("a\n1\n"), schema("a,b\n1,2\n")
    both = replace(before, tables={"tests": before.tables["tests"], "cases": (("a", "number"),)})
    more = dict.fromkeys(("tests", "cases", "deaths"), now.tables["tests"])
    assert sentences(both, replace(now, tables=more)) == [
        "The wire format changed: new table 'deaths'.",
        "The wire format changed in tests, cases: new column 'b'.",
    ]


def test_sheets_and_formats_of_answers_are_part_of_the_schema() -> None:
    """A workbook's sheets by name; an answer that is compressed where it was text."""

    def book(*names: str) -> bytes:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as made:
            for name in names:
                made.add_worksheet(name).write(0, 0, "x")
        return buffer.getvalue()

    def seen(body: bytes) -> SourceSchema:
        return source_schema_of({"main": body_format(body)}, {}, parser_version=1)

    one, two = seen(book("Data")), seen(book("Data", "Notes"))
    assert two.sheets == {"main": ("Data", "Notes")}
    assert schema_diff(one, two) == [
        SchemaChange(part="sheet", group="main", name="Notes", kind="added")
    ]
    assert sentences(one, two) == ["The wire format changed: new sheet 'Notes'."]
    text, packed = seen(b"a\n1\n"), seen(b"\x1f\x8b\x08")
    assert sentences(text, packed) == ["The wire format changed: main is gzip and was text."]
    assert sentences(text, one) == ["The wire format changed: main is zip and was text."]
    assert seen(b"PK\x03\x04 no workbook").sheets == {"main": ()}


def test_only_columns_that_a_source_reads_have_a_kind_to_change() -> None:
    """Another column may hold anything; that it comes or goes is a change."""
    before = schema("iso3,doses,note,old\nPRK,1,x,1", table="allocations")
    now = schema("iso3,doses,note\nPRK,many,1", table="allocations")
    settled_ones = [comparable(one, FORECASTS) for one in (before, now)]
    changes = schema_diff(*settled_ones)
    assert [(one.kind, one.name) for one in changes] == [("retyped", "doses"), ("removed", "old")]
    assert ("retyped", "note") in {(one.kind, one.name) for one in schema_diff(before, now)}


def test_schema_diff_by_example() -> None:
    """`schema_diff`, by its plainest cases."""
    old = SourceSchema(bodies={}, sheets={}, tables={"a": (("x", "text"),)}, parser_version=1)
    new = SourceSchema(bodies={}, sheets={}, tables={"a": (("y", "text"),)}, parser_version=1)
    assert [(change.kind, change.name) for change in schema_diff(old, new)] == [
        ("added", "y"),
        ("removed", "x"),
    ]
