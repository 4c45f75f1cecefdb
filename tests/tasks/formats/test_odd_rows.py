"""A bad row is a row: the others are read, and it stands in its place, quoted whole."""

import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.columns import ODD, ODD_REASON
from schemas.errors import BadBody
from schemas.limits import Limits
from tasks.formats.delimited import read_csv

PLAIN = b"a,b\n" + b"1,2\n" * 4
ODD_LINES = {
    "wide": ("3,4,5", "Line 4 has 3 fields, the header 2"),
    "narrow": ("3", "Line 4 has 1 fields, the header 2"),
    "open quote": ('3,"4', "Line 4 has an odd quote"),
    "quote in a quote": ('3,"4"x', "Line 4 has an odd quote"),
}


def with_line(line: str, before: bytes = b"1,2\n" * 2) -> bytes:
    """Return a table in which a line stands between others."""
    return b"a,b\n" + before + line.encode() + b"\n" + b"8,9\n" * 3


@pytest.mark.parametrize(("line", "reason"), ODD_LINES.values(), ids=ODD_LINES.keys())
@pytest.mark.parametrize("limits", [Limits(), Limits(cells=6)], ids=["small", "large"])
def test_an_odd_row_stands_in_its_place(line: str, reason: str, limits: Limits) -> None:
    """It is quoted whole; those before and behind it are read, in a large table, too."""
    frame = read_csv(with_line(line), where="here", odd_rows=True, limits=limits)
    assert frame.select("a", "b").rows()[:2] + frame.select("a", "b").rows()[3:] == [
        ("1", "2"),
        ("1", "2"),
        *[("8", "9")] * 3,
    ]
    assert frame[ODD].to_list() == ["", "", line, "", "", ""]
    assert frame[ODD_REASON][2].startswith(reason)
    with pytest.raises(BadBody):
        read_csv(with_line(line), where="here")


@pytest.mark.parametrize("before", [b"\n", b"\n\n", b"\r\n\r\n", b"\xef\xbb\xbf\n"])
def test_blank_lines_above_the_header_are_no_rows(before: bytes) -> None:
    """As text that was copied from a page has them."""
    assert read_csv(before + PLAIN, where="here", odd_rows=True).equals(
        read_csv(PLAIN, where="here")
    )


def test_a_cell_of_several_lines_is_no_odd_row() -> None:
    """Beside a row that is."""
    body = with_line("3,4,5", before=b'1,"two\nlines"\n')
    frame = read_csv(body, where="here", odd_rows=True)
    assert frame["b"].to_list()[0] == "two\nlines"
    assert frame[ODD].to_list()[:2] == ["", "3,4,5"]


def test_a_quote_that_swallows_rows_is_its_rows_alone() -> None:
    """Two stray quotes may enclose rows that are sound; those are read."""
    body = with_line('"3,4\n5,6\n"7,8')
    frame = read_csv(body, where="here", odd_rows=True)
    assert frame[ODD].to_list() == ["", "", '"3,4', "", '"7,8', "", "", ""]
    assert frame["a"].to_list() == ["1", "1", '"3', "5", '"7', "8", "8", "8"]
    body = with_line('3,"4\n5,6\n7",8')
    assert read_csv(body, where="here", odd_rows=True)["b"].to_list()[2:5] == ['"4', "6", "8"]


@pytest.mark.parametrize("end", ["3", "3,4\n5", '3,"4', '3,"4\n5'])
def test_a_table_whose_end_is_cut_off_is_refused(end: str) -> None:
    """What comes behind it is unknown, in a small table as in a large one."""
    body = b"a,b\n" + b"1,2\n" * 99 + end.encode()
    for limits in (Limits(), Limits(cells=6)):
        with pytest.raises(BadBody, match="cut off"):
            read_csv(body, where="here", odd_rows=True, limits=limits)


def test_a_table_with_many_odd_rows_is_refused() -> None:
    """Five may be, or five in a hundred."""
    for many, rows in ((5, 10), (50, 1_000)):
        body = b"a,b\n" + b"1\n" * many + b"1,2\n" * (rows - many)
        frame = read_csv(body, where="here", odd_rows=True)
        assert frame.filter(pl.col(ODD) != "").height == many
        with pytest.raises(BadBody, match=f"more than {many} rows that do not fit the header"):
            read_csv(b"a,b\n1\n" + body.partition(b"\n")[2], where="here", odd_rows=True)


TEXT = st.text(st.sampled_from(["a", '"', ",", "\n", " "]), max_size=6)


@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=6), at=st.integers(0, 5))
def test_sound_rows_are_the_same_beside_an_odd_one(
    rows: list[tuple[str, str, str]], at: int
) -> None:
    """Whatever quotes and line breaks they have, wherever it stands."""
    lines: list[str] = []
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(row)
        lines.append(buffer.getvalue())
    lines.insert(min(at, len(lines)), "x\r\n")
    body = ("a,b,c\r\n" + "".join(lines) + "y,y,y\r\n").encode()
    frame = read_csv(body, where="here", odd_rows=True)
    kept = frame.filter(pl.col(ODD) == "").select("a", "b", "c").rows()
    assert frame.filter(pl.col(ODD) != "")[ODD].to_list()[-1] == "x" or kept != rows
    assert kept == [*rows, ("y", "y", "y")]
