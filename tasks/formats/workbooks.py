"""Workbooks: the rows of sheets as texts.

A workbook that would fill the memory (by compression, by entities, by a cell in the last corner of
the sheet, by one long text shown in every cell) is refused before the reader opens it.
"""

import io
import re
import zipfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import reduce
from typing import TYPE_CHECKING

from schemas.errors import BadBody
from schemas.limits import LIMITS, Limits
from tasks.formats.delimited import require_short_cells
from tasks.formats.sniffing import CHECK_SOURCE, FETCH_AGAIN, kind_of, refuse_documents
from tasks.formats.zip_archive import zip_members

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

WORKBOOK = "an Excel workbook (.xlsx)"
PARTS = "xl/workbook.xml"
OTHERS = ("content.xml", "xl/workbook.bin")
"""Parts of an OpenDocument sheet and of a binary workbook, which our limits do not cover."""
REFERENCE = re.compile(rb"""\sr\s*=\s*["']\s*([A-Za-z]{1,9})([0-9]{1,20})""")
DIGITS, LETTERS = rb'<c r="[A-Z]{1,3}[0-9]', rb'<c r="[A-Z]'
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
ERROR = re.compile(rb"""(<(?:\w+:)?c\s(?:[^>]*\s)?t\s*=\s*["'])e(["'])""")
"""The type of a cell that shows an error; `str` is that of a text which a formula gave."""
SHARED = re.compile(rb"<(?:\w+:)?si[\s>].*?</(?:\w+:)?si\s*>", re.DOTALL)
ROOM_FOR_TEXTS = 4
"""Texts of a sheet, were each as long as the longest, fill at most so many times `unpacked`."""
EXACT = 2**53  # below this every whole number is a double of its own
Value = float | str | bool | time | date | datetime | timedelta


def read_sheets(body: bytes, *, where: str, limits: Limits = LIMITS) -> dict[str, list[list[str]]]:
    """Return the rows of every sheet by its name, in their order, headers included.

    All rows of a sheet have the same number of cells. Texts as they are. Whole numbers without a
    point, others with the fewest digits that give the same double (a workbook holds doubles); one
    of 2**53 or more may have been another, and stands behind the word "about". Days
    as 2022-02-10, times as 2022-02-10T06:00:00. True and false as these words. A cell that
    shows an error is the error's name, "#N/A", as in a CSV. A blank cell is the empty text; rows
    without any filled cell are left out, as blank lines of a CSV are. For a frame see `framed`.

    Raises BadBody: no workbook (a web page, a PDF), damaged, under a password, or more than
    `limits` allow.
    """
    found: dict[str, list[list[str]]] = {}
    cells = 0
    with _opened(body, where, limits) as book:
        for name in book.sheet_names:
            found[name] = _rows(book, name, where, limits)
            cells += sum(map(len, found[name]))
            if cells > limits.cells:
                seen = f"{cells:,} cells up to the sheet '{name}'"
                raise BadBody(where, seen, f"at most {limits.cells:,}", CHECK_SOURCE)
    return found


def sheet_names(body: bytes, *, where: str, limits: Limits = LIMITS) -> list[str]:
    """Return the names of a workbook's sheets in its order. Raises BadBody as `read_sheets`."""
    with _opened(body, where, limits) as book:
        return book.sheet_names


@contextmanager
def _opened(body: bytes, where: str, limits: Limits) -> "Generator[CalamineWorkbook]":
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 (only a workbook needs it)

    if kind_of(body) != "zip":
        refuse_documents(body, where, WORKBOOK)
        raise BadBody(where, f"{kind_of(body)}, not ZIP", WORKBOOK, CHECK_SOURCE)
    parts = zip_members(body, where=where, limits=limits)
    _require_harmless(parts, where, limits)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(_with_error_names(body, parts))) as book:
            yield book
    except CalamineError as error:
        raise BadBody(where, f"a damaged workbook ({error})", WORKBOOK, FETCH_AGAIN) from error


def _with_error_names(body: bytes, parts: Mapping[str, bytes]) -> bytes:
    """Return a workbook in which each cell that shows an error is a text, the name of the error.

    The library reads an error as a blank cell, which would be a figure that was withdrawn.
    """
    named = {
        name: ERROR.sub(rb"\1str\2", text)
        for name, text in parts.items()
        if name.startswith("xl/worksheets/") and ERROR.search(text)
    }
    if not named:
        return body
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in {**parts, **named}.items():
            archive.writestr(name, text)
    return packed.getvalue()


def _rows(book: "CalamineWorkbook", name: str, where: str, limits: Limits) -> list[list[str]]:
    lines = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    lines.reverse()
    rows: list[list[str]] = []
    while lines:  # each line's room is free before the next is converted
        rows.append([_text(value) for value in lines.pop()])
    rows = list(filter(any, rows))
    require_short_cells((cell for row in rows for cell in row), where, limits)
    return rows


def _require_harmless(parts: Mapping[str, bytes], where: str, limits: Limits) -> None:
    """Refuse what is no workbook, and one that grows while it is read."""
    if PARTS not in parts or any(name in parts for name in OTHERS):
        raise BadBody(where, "a ZIP archive that is no workbook", WORKBOOK, CHECK_SOURCE)
    markup = {name: text for name, text in parts.items() if name.endswith((".xml", ".rels"))}
    for name, text in markup.items():
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text:
            raise BadBody(where, f"entities or another alphabet in {name}", WORKBOOK, CHECK_SOURCE)
    longest = _longest_text(parts.get("xl/sharedStrings.xml", b""), where, limits)
    for name, text in markup.items():
        if not name.startswith("xl/worksheets/"):
            continue
        area = _area(text, limits.cells)
        if area > limits.cells:
            seen = f"{area:,} cells from A1 to the last in {name}"
            raise BadBody(where, seen, f"at most {limits.cells:,}", CHECK_SOURCE)
        shown = longest * (text.count(b't="s"') + text.count(b"t='s'"))
        if shown > ROOM_FOR_TEXTS * limits.unpacked:
            seen = f"a text of {longest:,} bytes in so many cells of {name} that they fill"
            raise BadBody(where, f"{seen} {shown:,}", "texts that fit the memory", CHECK_SOURCE)


def _longest_text(texts: bytes, where: str, limits: Limits) -> int:
    """Return the length of the longest shared text. Raises BadBody for more texts than cells."""
    if texts.count(b"si>") + 2 * texts.count(b"si/>") > 2 * limits.cells:
        seen = "more shared texts than a table has cells"
        raise BadBody(where, seen, f"at most {limits.cells:,}", CHECK_SOURCE)
    return max((len(found[0]) for found in SHARED.finditer(texts)), default=0)


def _area(sheet: bytes, most: int) -> int:
    """Return how many cells lie between A1 and the last one named; exact only above `most`."""
    cells = sum(1 for _ in CELL.finditer(sheet))
    if is_named := (cells == sheet.count(b'<c r="')):
        digits = next((n for n in range(1, 9) if not _longer(DIGITS, n, sheet)), 99)
        letters = next((n for n in range(1, 4) if not _longer(LETTERS, n, sheet)), 99)
        if (bound := 10**digits * 26**letters) <= most:
            return bound
    columns = max(map(_column, {found[1] for found in REFERENCE.finditer(sheet)}), default=0)
    rows = max((int(found[2]) for found in REFERENCE.finditer(sheet)), default=0)
    if not is_named and cells > len({hash(found[0]) for found in REFERENCE.finditer(sheet)}):
        parts = ROW.split(sheet)
        rows += len(parts)
        columns += max(len(CELL.findall(part)) for part in parts)
    return rows * columns


def _longer(part: bytes, count: int, sheet: bytes) -> bool:
    return re.search(b"%s{%d}" % (part, count + 1), sheet) is not None


def _column(letters: bytes) -> int:
    """Return the number of a column: A is 1, XFD 16,384."""
    return reduce(lambda number, letter: 26 * number + letter - 64, letters.upper(), 0)


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < EXACT else f"about {value!r}"
        return repr(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value) if isinstance(value, int | timedelta) else value.isoformat()
