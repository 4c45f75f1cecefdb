"""Which bodies become a table, and how others are refused."""

import gzip
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.errors import BadBody
from schemas.limits import Limits
from tasks.formats.delimited import framed, plain_frame, read_csv, read_csv_rows

SOUND = b"iso3,doses\nPRK,0\nGHA,12\n"
TABLE = pl.DataFrame({"iso3": ["PRK", "GHA"], "doses": ["0", "12"]})


WRAPPINGS = {
    "LF": SOUND,
    "no last LF": SOUND.removesuffix(b"\n"),
    "CRLF": SOUND.replace(b"\n", b"\r\n"),
    "BOM": b"\xef\xbb\xbf" + SOUND,
    "blank end": SOUND + b"\n\n",
    "blank line": SOUND.replace(b"\nGHA", b"\n\nGHA"),
    "quotes": b'"iso3","doses"\n"PRK",0\nGHA,"12"\n',
    "gzip": gzip.compress(SOUND),
    "two gzip members": gzip.compress(SOUND[:9]) + gzip.compress(SOUND[9:]),
    "padded gzip": gzip.compress(SOUND) + b"\0\0",
    "BOM in gzip": gzip.compress(b"\xef\xbb\xbf" + SOUND),
}


@pytest.mark.parametrize("body", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_every_sound_wrapping_gives_the_same_table(body: bytes) -> None:
    """Line ends, quotes, byte-order marks and gzip are no part of what is published."""
    assert_frame_equal(read_csv(body, where="here"), TABLE)


def test_cells_stay_as_published() -> None:
    """Spaces, NA, commas and line breaks inside quotes are kept, and a blank is the empty text."""
    body = 'a,b, c\n NA ,"1,992,000","two\nlines"\n,Côte d\u2019Ivoire,\n'.encode()
    expected = [(" NA ", "1,992,000", "two\nlines"), ("", "Côte d\u2019Ivoire", "")]
    frame = read_csv(body, where="here")
    assert frame.rows() == expected
    assert frame.columns == ["a", "b", " c"]
    assert set(frame.dtypes) == {pl.String()}


REFUSED = {
    "empty": (b"", "an empty body (0 bytes)"),
    "only blanks": (b" \r\n\n", "an empty body (4 bytes)"),
    "empty gzip": (gzip.compress(b""), "an empty body (0 bytes)"),
    "page": (b"<!DOCTYPE html>\n<html>", "a web page that begins with '<!DOCTYPE html> <html>'"),
    "late page": (b"\xef\xbb\xbf\r\n <html lang=en>", "a web page that begins with '<html lang"),
    "page in gzip": (gzip.compress(b"<html></html>"), "a web page"),
    "Git LFS": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 15\n",
        "a Git LFS pointer, which stands for a file that is kept elsewhere",
    ),
    "conflict": (
        b"iso3,doses\n<<<<<<< HEAD\nPRK,0\n=======\nPRK,1\n>>>>>>> main\n",
        "marks of a git conflict (line 2)",
    ),
    "conflict at once": (b"<<<<<<< HEAD\niso3,doses\n", "marks of a git conflict (line 1)"),
    "semicolons": (b"iso3;doses\nPRK;0\n", "a table separated by semicolons"),
    "tabs": (b"iso3\tdoses\nPRK\t0\n", "a table separated by tabs"),
    "PDF": (b"%PDF-1.7\n", "a PDF document"),
    "workbook": (b"PK\x03\x04\x14\0", "a ZIP archive or an Excel workbook"),
    "latin": ("iso3,name\nCIV,Côte\n".encode("latin-1"), "no UTF-8 text (at byte 15)"),
    "UTF-16": (SOUND.decode().encode("utf-16"), "no UTF-8 text (at byte 0)"),
    "zero byte": (b"iso3,doses\nPRK,\0\n", "a zero byte in the text (at byte 15)"),
    "cut gzip": (gzip.compress(SOUND)[:-9], "damaged gzip"),
    "bad gzip": (gzip.compress(SOUND)[:-5] + b"\1\2\3\4\5", "damaged gzip"),
    "only magic": (b"\x1f\x8b", "damaged gzip"),
    "header only": (b"iso3,doses\n", "a header without any row below it"),
    "cut row": (SOUND + b"NG", "the last row (line 4) cut off after 1 fields"),
    "cut quote": (SOUND + b'NGA,"12', "line 4 cut off or damaged"),
    "odd quote": (b'iso3,doses\nPRK,"0"1\n', "line 2 cut off or damaged"),
    "long last row": (SOUND + b"NGA,1,2\n", "3 fields in line 4"),
    "short row": (b"iso3,doses\nPRK\nGHA,12\n", "1 fields in line 2"),
    "long row": (b"iso3,doses\nPRK,0,1\nGHA,12\n\n", "3 fields in line 2"),
    "name twice": (b"iso3,doses,iso3\nPRK,0,PRK\n", "the column 'iso3' more than once"),
}


@pytest.mark.parametrize(("body", "seen"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_sound_table_is_refused(body: bytes, seen: str) -> None:
    """The sentence says where, what was seen, what was expected and what to do."""
    with pytest.raises(BadBody, match=re.escape(seen)) as refusal:
        read_csv(body, where="undp_vaccine_equity")
    sentence = str(refusal.value)
    assert sentence.startswith("undp_vaccine_equity: seen ")
    assert "; expected " in sentence
    assert "Nothing was published and the last good vintage stands. " in sentence


def test_gzip_that_would_fill_the_memory_is_refused() -> None:
    """No more than the limit is ever unpacked."""
    few = Limits(unpacked=1000)
    assert read_csv(gzip.compress(b"a\n" + b"1\n" * 499), where="here", limits=few).height == 499
    with pytest.raises(BadBody, match="unpacks to more than 1,000 bytes"):
        read_csv(gzip.compress(b"a\n" + b"1\n" * 500), where="here", limits=few)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6))
def test_reading_undoes_writing(rows: list[tuple[str, str]]) -> None:
    """Whatever is written as CSV, every cell quoted, comes back as it was."""
    lines = [[cell.replace('"', '""') for cell in row] for row in [("a", "b"), *rows]]
    body = "".join('"' + '","'.join(line) + '"\r\n' for line in lines).encode()
    assert read_csv(body, where="here").rows() == rows


PIECES = st.sampled_from(
    ["a", "b", ",", ",", '"', "\n", "\r\n", "\r", " ", "", "é", '""', "\u2028"]
)


@given(pieces=st.lists(PIECES, max_size=20), head=st.sampled_from(["", "h,k\n", "h,k\r\n"]))
def test_the_short_way_gives_what_the_careful_one_gives(pieces: list[str], head: str) -> None:
    """Or nothing, and then the careful reader decides."""
    body = (head + "".join(pieces)).encode()
    frame = plain_frame(body, Limits())
    if frame is not None:
        assert_frame_equal(frame, framed(read_csv_rows(body, where="here"), where="here"))


def test_a_plain_table_is_read_the_short_way() -> None:
    """A real table's lines, with blanks, quotes and commas inside of them."""
    body = b'a,b\n1,\n,"x, ""y"""\n" ",NA\n'
    frame = plain_frame(body, Limits())
    assert frame is not None
    assert frame.rows() == [("1", ""), ("", 'x, "y"'), (" ", "NA")]
    assert plain_frame(body, Limits(rows=2)) is None
    assert plain_frame(body, Limits(cell=3)) is None


def test_names_in_two_rows_and_a_row_of_tags() -> None:
    """All rows come back; whoever knows the sheet says which of them name the columns."""
    body = b"Round 1,,Round 2\nISO3,A,A\n#country+code,,#doses\nPRK,1,2\n"
    rows = read_csv_rows(body, where="here")
    assert [len(row) for row in rows] == [3, 3, 3, 3]
    named = framed([["iso3", "one", "two"], *rows[3:]], where="here")
    assert named.rows() == [("PRK", "1", "2")]
    with pytest.raises(BadBody, match="2 fields in line 2"):
        read_csv_rows(b"a,b,c\n1,2\n1,2,3\n", where="here")
    with pytest.raises(BadBody, match="names of the columns in row 3"):
        framed(rows[:2], where="here", header=2)


@given(cut=st.integers(min_value=1, max_value=len(SOUND) - 1))
def test_a_cut_body_never_gives_a_row_of_another_width(cut: int) -> None:
    """Wherever the transfer breaks off, what is read has all columns, or is refused."""
    try:
        frame = read_csv(SOUND[:cut], where="here")
    except BadBody:
        return
    assert frame.columns == TABLE.columns
    assert frame.null_count().sum_horizontal().item() == 0


@pytest.mark.corpus
def test_the_real_files_are_read(corpus: Path) -> None:
    """Every real table of one header row is read, the one that came as gzip included."""
    folders = [
        "undp_vaccine_equity",
        "who_vaccination_data",
        "find_*",
        "dprk_*",
        "who_global_cases",
    ]
    files = [file for folder in folders for file in sorted(corpus.glob(f"{folder}/*.csv"))]
    heights = {
        f"{f.parent.name}/{f.name}": read_csv(f.read_bytes(), where="").height for f in files
    }
    assert len(heights) == len(files) >= 314
    assert all(heights.values())
    assert heights["undp_vaccine_equity/2022-03-23.csv"] == 255
    assert heights["who_vaccination_data/2023-07-06__aldeetropolis.csv"] == 229


@pytest.mark.corpus
def test_a_table_with_two_header_rows_is_refused(corpus: Path) -> None:
    """A sheet whose first row repeats its names needs a reader of its own, and is never guessed."""
    body = (corpus / "hdx_covax" / "allocations_rounds4-9_dashboard.csv").read_bytes()
    with pytest.raises(BadBody, match="'Round 7'"):
        read_csv(body, where="covax_allocations")
