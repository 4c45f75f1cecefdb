import tempfile
import zlib
from pathlib import Path

import pytest
from fpdf import FPDF

from schemas.errors import BadBody
from tasks.formats.pdf import PdfLimits, Word, read_columns, read_pdf
from tasks.formats.pdf_reader import columns_answer, words_answer
from tests.pdfs import document, laughing, stream, written
from tests.sitreps import MADE, NEIGHBOURS, Sheet

MIB = 2**20


def small(*texts: str, owner: str = "", user: str | None = None) -> bytes:
    """Return a document with a page for each text, under the passwords that are given."""
    sheet = FPDF()
    sheet.set_creation_date(MADE)
    if owner:
        sheet.set_encryption(owner, user)
    for text in texts:
        sheet.add_page()
        sheet.set_font("helvetica", size=10)
        sheet.text(20, 20, text)
    return bytes(sheet.output())


def test_words_come_with_their_places() -> None:
    """In points from the upper left; a space and a no-break space part words."""
    [page] = read_pdf(small("678 people\xa0tested"), where="w")
    assert [word.text for word in page] == ["678", "people", "tested"]
    first = page[0]
    assert (first.left, first.size, first.bottom - first.top) == (56.69, 10.0, 10.0)
    assert first.middle == pytest.approx(56.7, abs=5)


def test_a_narrow_no_break_space_parts_words() -> None:
    """So that figures grouped by it come out like any others."""
    [page] = read_pdf(written(b"42\x01773 persons", 0x202F), where="w")
    assert [word.text for word in page] == ["42", "773", "persons"]


def test_upright_text_is_left_out() -> None:
    """The labels of a chart's axis are no text of the page."""
    sheet = FPDF()
    sheet.add_page()
    sheet.set_font("helvetica", size=10)
    sheet.text(20, 20, "read")
    with sheet.rotation(90, x=50, y=50):
        sheet.text(50, 50, "cases")
    assert [word.text for word in read_pdf(bytes(sheet.output()), where="w")[0]] == ["read"]


WHOLE = small("one", "two")
CUT = WHOLE[: len(WHOLE) // 2]
PACKED = zlib.compress(b"BT ET" * 40)
REFUSED = {
    "empty": (b"", "an empty body"),
    "a page under status 200": (b"<!DOCTYPE html><title>Sorry</title>", "a web page"),
    "a table": (b"Country,Date\n", "text, not PDF"),
    "cut off": (CUT, f"cut off after {len(CUT):,} bytes"),
    "cut off, with an end put to it": (CUT + b"\n%%EOF\n", "a damaged PDF"),
    "no document within": (b"%PDF-1.7\nnothing\n%%EOF\n", "a damaged PDF"),
    "a drawing that breaks off": (
        document(stream(b"BT ET" * 40).replace(PACKED[10:20], b"0123456789")),
        "a damaged PDF",
    ),
    "under a password": (small("x", owner="a", user="b"), "under a password"),
    "scanned": (small(""), "1 page without any text (scanned?)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_sound_document_is_refused(name: str) -> None:
    """The sentence says what was seen, and where."""
    body, seen = REFUSED[name]
    with pytest.raises(BadBody) as refusal:
        read_pdf(body, where="who_example")
    assert str(refusal.value).startswith("who_example: seen ")
    assert seen in refusal.value.seen


def test_a_document_that_may_not_be_changed_may_be_read() -> None:
    """Only who would write needs the owner's password."""
    [page] = read_pdf(small("read", owner="a"), where="w")
    assert page[0].text == "read"


def test_more_pages_than_the_limit_are_refused_before_they_are_laid_out() -> None:
    """They are counted no further than needed."""
    sheet = FPDF()
    for _ in range(1_000):
        sheet.add_page()
    with pytest.raises(BadBody, match="at most 300 pages"):
        read_pdf(bytes(sheet.output()), where="w")
    assert words_answer(WHOLE, 1) == {"fault": "pages"}
    assert len(words_answer(WHOLE, 2)["pages"]) == 2


def test_a_page_of_more_words_than_anybody_prints_is_refused() -> None:
    """They would be laid out one by one."""
    many = b" ".join(
        b"1 0 0 1 %d %d Tm (%d) Tj" % (n % 80 * 7, n // 80 * 10, n % 9) for n in range(3_100)
    )
    page = document(
        stream(b"BT /F1 6 Tf " + many + b" ET"),
        resources=b"/Font<</F1 5 0 R>>",
        objects=[b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"],
    )
    with pytest.raises(BadBody, match="at most 3,000 on a page, 100,000 in all"):
        read_pdf(page, where="w")


@pytest.mark.thorough
def test_a_page_that_unpacks_to_a_gigabyte_is_refused() -> None:
    """One megabyte of PDF; the process that reads it has no such memory."""
    bomb = document(stream(b" " * 1024 * MIB))
    assert len(bomb) < 2 * MIB
    with pytest.raises(BadBody, match="fills the memory; expected at most 629,145,600 bytes"):
        read_pdf(bomb, where="w", limits=PdfLimits(memory=600 * MIB))


def test_drawings_that_draw_each_other_without_an_end_are_refused() -> None:
    """Ten to the twelfth in three kilobytes; the process ends with its time."""
    with pytest.raises(BadBody, match="not read in time; expected at most 1 seconds"):
        read_pdf(laughing(12), where="w", limits=PdfLimits(seconds=1))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither reader leaves a file, whether the document was read or refused."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    body = table()
    read_columns(body, AREA, page=1, where="w")
    with pytest.raises(BadBody):
        read_columns(body[:-40] + b"%%EOF", AREA, page=7, where="w")
    assert list(tmp_path.iterdir()) == []


AREA = (40.0, 40.0, 500.0, 130.0)


def table() -> bytes:
    """Return a page with four columns."""
    sheet = Sheet()
    sheet.add_page()
    sheet.lines(NEIGHBOURS, widths=[40] * 4)
    return sheet.body()


def test_columns_are_those_that_camelot_sees() -> None:
    """From left to right, each with its two ends; in a process of its own or in this one."""
    found = read_columns(table(), AREA, page=1, where="w")
    assert len(found) == 4
    assert found == sorted(found)
    assert columns_answer(table(), 1, AREA) == {"columns": [list(span) for span in found]}
    with pytest.raises(BadBody, match="web page"):
        read_columns(b"<html>", AREA, page=1, where="w")


def test_reading_a_document_is_deterministic() -> None:
    """In a process of its own or in this one."""
    pages = words_answer(WHOLE, 300)["pages"]
    here = [tuple(Word(*word) for word in page["words"]) for page in pages]
    assert read_pdf(WHOLE, where="w") == read_pdf(WHOLE, where="w") == here
