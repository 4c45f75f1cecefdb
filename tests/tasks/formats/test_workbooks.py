"""Workbooks: what a sheet says, and workbooks that would fill the memory."""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
import xlsxwriter
from xlsxwriter import Workbook

from schemas.errors import BadBody
from schemas.limits import Limits
from tasks.formats.delimited import framed
from tasks.formats.workbooks import read_sheets, sheet_names
from tasks.formats.zip_archive import zip_members

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def first_sheet(body: bytes) -> list[list[str]]:
    """Return the rows of a workbook's first sheet."""
    return next(iter(read_sheets(body, where="here").values()))


def workbook(fill: Callable[[Workbook], object]) -> bytes:
    """Return the bytes of a workbook that somebody fills."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    fill(book)
    book.close()
    return buffer.getvalue()


def small(book: Workbook) -> None:
    """Fill a sheet with one row below its names."""
    page = book.add_worksheet("Data")
    page.write_row(0, 0, ["iso3", "doses"])
    page.write_row(1, 0, ["PRK", 8115600])


def changed(body: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Return a workbook with some of its parts replaced."""
    contents = zip_members(body, where="test") | dict(parts)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sheet(cells: bytes) -> bytes:
    """Return a workbook whose only sheet has these cells."""
    data = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    return changed(workbook(small), {SHEET: data + cells + b"</sheetData></worksheet>"})


def test_cells_become_texts() -> None:
    """Numbers without a point, days and times as ISO writes them, blanks, errors by their name."""

    def fill(book: Workbook) -> None:
        page = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        date_time = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        clock = book.add_format({"num_format": "hh:mm:ss"})
        page.write_row(1, 0, [8115600, 0.1, -1.0, 1e300, 123456789012])
        page.write_row(2, 0, [" NA ", "00123", None, "Côte d\u2019Ivoire"])
        page.write_datetime(3, 0, datetime(2022, 2, 10, tzinfo=UTC).replace(tzinfo=None), day)
        page.write_datetime(
            3, 1, datetime(2022, 2, 10, 6, 0, 1, tzinfo=UTC).replace(tzinfo=None), date_time
        )
        page.write_number(3, 2, (6 * 60 + 1) / (24 * 60), clock)
        page.write_boolean(3, 3, True)  # noqa: FBT003 (the library's way)
        page.write_formula(3, 4, "=1/0", None, "#DIV/0!")  # pyright: ignore[reportArgumentType]

    assert first_sheet(workbook(fill)) == [
        ["8115600", "0.1", "-1", "about 1e+300", "123456789012"],
        [" NA ", "00123", "", "Côte d\u2019Ivoire", ""],
        ["2022-02-10", "2022-02-10T06:00:01", "06:01:00", "true", "#DIV/0!"],
    ]


def test_the_header_of_a_sheet_is_chosen_by_row() -> None:
    """Names may stand below a title."""

    def fill(book: Workbook) -> None:
        book.add_worksheet("Notes").write(0, 0, "read me")
        data = book.add_worksheet("Data")
        data.write(0, 0, "Table 1")
        data.write_row(2, 0, ["iso3", "doses"])
        data.write_row(3, 0, ["PRK", 0])

    body = workbook(fill)
    assert sheet_names(body, where="here") == ["Notes", "Data"]
    sheets = read_sheets(body, where="here")
    assert sheets["Notes"] == [["read me"]]
    named = framed(sheets["Data"], where="here", header=1).rows(named=True)
    assert named == [{"iso3": "PRK", "doses": "0"}]


def test_all_sheets_are_read_at_once() -> None:
    """Each as it would be alone; one without a filled cell has no rows."""

    def fill(book: Workbook) -> None:
        book.add_worksheet("Deliveries").write_row(1, 0, ["PRK", 5])
        book.add_worksheet("Spare")
        book.add_worksheet("Prices").write_row(0, 0, ["COVAX", 3.5])

    body = workbook(fill)
    assert read_sheets(body, where="example") == {
        "Deliveries": [["PRK", "5"]],
        "Spare": [],
        "Prices": [["COVAX", "3.5"]],
    }
    assert list(read_sheets(body, where="example")) == sheet_names(body, where="example")


def test_sheets_that_fill_the_memory_together_are_refused() -> None:
    """Each is small enough alone."""

    def fill(book: Workbook) -> None:
        for number in range(3):
            book.add_worksheet(f"Part {number}").write_row(0, 0, ["PRK"] * 8)

    with pytest.raises(BadBody, match="24 cells up to the sheet 'Part 2'; expected at most 20"):
        read_sheets(workbook(fill), where="example", limits=Limits(cells=20))


def zipped(names: Mapping[str, bytes]) -> bytes:
    """Return a ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return buffer.getvalue()


WORKBOOK = workbook(small)
REFUSED = {
    "empty": (b"", "an empty body"),
    "page": (b"<html>sorry", "a web page"),
    "PDF": (b"%PDF-1.7", "a PDF document"),
    "old": (b"\xd0\xcf\x11\xe0" + b"\0" * 99, "an old Excel or Word document"),
    "text": (b"iso3,doses\n", "text, not ZIP"),
    "cut": (WORKBOOK[:-200], "a damaged ZIP archive"),
    "flipped": (
        WORKBOOK[:200] + bytes(255 - b for b in WORKBOOK[200:260]) + WORKBOOK[260:],
        "a damaged ZIP archive",
    ),
    "another archive": (zipped({"a.csv": b"1"}), "a ZIP archive that is no workbook"),
    "open document": (zipped({"xl/workbook.xml": b"", "content.xml": b""}), "no workbook"),
    "no sheet": (zipped({"xl/workbook.xml": b"<workbook/>"}), "a damaged workbook"),
}


@pytest.mark.parametrize(("body", "seen"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_sound_workbook_is_refused(body: bytes, seen: str) -> None:
    """The sentence says where, what was seen and what was expected."""
    with pytest.raises(BadBody, match=re.escape(seen)) as refusal:
        read_sheets(body, where="unicef_market")
    assert str(refusal.value).startswith("unicef_market: seen ")


def test_a_billion_laughs_are_refused() -> None:
    """No entity is ever declared in a workbook of a publisher."""
    laughs = b'<!ENTITY a0 "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    strings = b"<!DOCTYPE x [" + laughs + b"]><sst><si><t>&a9;</t></si></sst>"
    with pytest.raises(BadBody, match="entities"):
        first_sheet(changed(WORKBOOK, {STRINGS: strings}))


def test_markup_in_another_alphabet_is_refused() -> None:
    """Where our looks would see nothing, nobody else looks either."""
    strings = '<!DOCTYPE x [<!ENTITY a "ha">]><sst/>'.encode("utf-16")
    with pytest.raises(BadBody, match="another alphabet"):
        first_sheet(changed(WORKBOOK, {STRINGS: strings}))


CORNERS = {
    "last corner": b'<row r="1"><c r="A1"/></row><row r="9"><c r="XFD1048576"><v>1</v></c></row>',
    "other quotes": b"<row><c r='A1'><v>1</v></c><c s=\"1\"  r = 'XFD1048576'><v>1</v></c></row>",
    "prefix": b'<x:row><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
    "beyond": b'<row><c r="AAAAAA99999999999"><v>1</v></c></row>',
    "without names": b"<row>" + b"<c/>" * 4000 + b"</row>" + b"<row><c/></row>" * 4000,
}


@pytest.mark.parametrize("cells", CORNERS.values(), ids=CORNERS.keys())
def test_a_cell_in_the_last_corner_is_refused(cells: bytes) -> None:
    """A reader would make room for 17 billion cells."""
    with pytest.raises(BadBody, match="cells from A1 to the last"):
        first_sheet(sheet(cells))


def test_a_wide_and_a_long_sheet_are_no_bomb() -> None:
    """Only both together are."""
    wide = (
        b'<row r="1">'
        + b"".join(b'<c r="%s1"><v>7</v></c>' % n for n in (b"A", b"XFD"))
        + b"</row>"
    )
    assert len(first_sheet(sheet(wide))[0]) == 16_384
    long = b'<row r="200000"><c r="B200000"><v>7</v></c></row>'
    assert first_sheet(sheet(long)) == [["", "7"]]


def test_one_long_text_in_every_cell_is_refused() -> None:
    """A small file of which each cell shows the same 100,000 letters."""
    strings = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
    strings += b"x" * 100_000 + b"</t></si></sst>"
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 20_000)
    )
    with pytest.raises(BadBody, match="a text of"):
        first_sheet(changed(sheet(cells), {STRINGS: strings}))


def test_a_zip_bomb_is_refused() -> None:
    """By what comes out, whatever the archive says of itself, and before it fills the memory."""
    bomb = changed(WORKBOOK, {"xl/media/a.bin": b"\0" * 30_000_000})
    assert len(bomb) < 100_000
    with pytest.raises(BadBody, match="unpack to more bytes"):
        first_sheet(bomb)
    with pytest.raises(BadBody, match="unpack to more bytes"):
        zip_members(WORKBOOK, where="here", limits=Limits(harmless=1000, ratio=1))


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    """An entry that is announced with one byte and holds more is damaged."""
    body = bytearray(zipped({"a": b"\0" * 100_000}))
    place = body.rindex(b"PK\x01\x02")
    body[place + 24 : place + 28] = (1).to_bytes(4, "little")
    with pytest.raises(BadBody, match="damaged ZIP"):
        zip_members(bytes(body), where="here")


OUTSIDE = {
    "before its start": b"PK\x01\x02" + b"\0" * 42 + b"PK\x05\x06" + b"\0" * 4 + b"\1\0\1\0"
    b"\x2e\0\0\0\xff\0\0\0\0\0",
    "packed by another program": zipped({"a": b"1"}).replace(b"\x08\0", b"\x0e\0"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_archive_that_names_places_outside_of_it_is_refused(name: str) -> None:
    """Whatever the library says of it, a person reads that the archive is damaged."""
    with pytest.raises(BadBody, match="damaged ZIP"):
        zip_members(b"PK\x03\x04" + OUTSIDE[name], where="here")


def test_an_archive_of_too_many_files_is_refused() -> None:
    """Each of them costs, though all are empty."""
    body = zipped({str(number): b"" for number in range(1_001)})
    with pytest.raises(BadBody, match="1,001 files; expected at most 1,000"):
        zip_members(body, where="here")


def test_names_in_an_archive_never_become_paths() -> None:
    """They are keys to look up, whatever they look like."""
    names = {"../../etc/passwd": b"a", "/root/x": b"b", "C:\\x": b"c"}
    assert zip_members(zipped(names), where="here") == names


def test_a_long_cell_is_refused() -> None:
    """The limits of a table hold for workbooks as well."""
    body = workbook(lambda book: book.add_worksheet().write(0, 0, "x" * 11))
    with pytest.raises(BadBody, match="a cell of 11 characters"):
        read_sheets(body, where="here", limits=Limits(cell=10))


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        (b"9007199254740991", "9007199254740991"),
        (b"12345678901234567.8", "about 1.2345678901234568e+16"),
        (b"12345678901234567", "about 1.2345678901234568e+16"),
        (b"1234567890123456.8", "1234567890123456.8"),
    ],
)
def test_a_number_that_a_double_does_not_hold_is_no_figure(stored: bytes, text: str) -> None:
    """A workbook gives the nearest double, and nobody knows which number that was."""
    body = sheet(b'<row r="1"><c r="A1"><v>' + stored + b"</v></c></row>")
    assert first_sheet(body) == [[text]]
