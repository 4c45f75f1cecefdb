"""No body of 64 MB makes a reader take a GiB or a minute, whatever is in it."""

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bombs import MIB, taken
from tests.tasks.formats.test_workbooks import changed, small, workbook
from tests.thorough import one_in

PAGE = "tasks.powerbi.model:report_on"
SHEETS = "tasks.formats.workbooks:read_sheets"
CSV = "tasks.formats.delimited:read_csv"
RECORDS = "tasks.formats.json_records:read_json_records"
EMOJI = "\N{GRINNING FACE}".encode()
NO_PLACES = b"<row>" + b'<c t="str"><v>abc</v></c>' * 10 + b"</row>"
REPORT = base64.b64encode(json.dumps({"k": "a-1", "t": "b-2"}).encode())
EMBED = b'<iframe src="https://app.powerbi.com/view?r=' + REPORT + b'">'
SHARED = b"<si><t>a</t></si>"
OWN = b'{"a%x":{"%x":1.5}}'


def repeated(text: bytes, size: int = 64 * MIB) -> bytes:
    """Return a text again and again, whole ones only."""
    return text * (size // len(text))


def packed(text: bytes) -> bytes:
    """Return a text in gzip, in part not compressed, so that its ratio is that of a table."""
    at = text.index(b"\n", len(text) // 50) + 1
    return gzip.compress(text[:at], 0, mtime=0) + gzip.compress(text[at:], 1, mtime=0)


def table(columns: int, cell: bytes, rows: int) -> bytes:
    """Return a CSV in which all cells are the same."""
    names = b",".join(b"n%d" % number for number in range(columns))
    return names + b"\n" + (b",".join([cell] * columns) + b"\n") * rows


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TEXTS = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def workbook_of(*rows: bytes, texts: bytes = TEXTS + b"</sst>") -> bytes:
    """Return a workbook whose sheet has these rows, with noise in it that keeps its ratio low."""
    packed = io.BytesIO()
    parts = {"xl/worksheets/sheet1.xml": b"".join((SHEET, *rows, b"</sheetData></worksheet>"))}
    with zipfile.ZipFile(io.BytesIO(changed(workbook(small), {}))) as book:
        others = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in (others | parts | {"xl/sharedStrings.xml": texts}).items():
            archive.writestr(name, part)
        archive.writestr("noise", bytes(2 * MIB), zipfile.ZIP_STORED)
    return packed.getvalue()


def figures(count: int) -> bytes:
    """Return rows of ten figures, each with its place."""
    return b"".join(
        b'<row r="%d">' % row
        + b"".join(b'<c r="%c%d"><v>1.5</v></c>' % (65 + column, row) for column in range(10))
        + b"</row>"
        for row in range(1, count + 1)
    )


Case = tuple[str, str, Callable[[], bytes]]
"""The reader, what the refusal says (nothing: it is read), the body."""
QUICK: dict[str, Case] = {
    "commas": (CSV, "fields in line 2", lambda: b"a,b\n" + repeated(b",")),
    "line ends": (CSV, "lines with 2 fields", lambda: b"a,b\n" + repeated(b"\n")),
    "returns": (CSV, "lines with 2 fields", lambda: b"a,b\n1,2\n" + repeated(b"\r")),
    "lists": (RECORDS, "values", lambda: b"[" + repeated(b"[],") + b"1]"),
    "quotes": (CSV, "characters in line 2", lambda: b"a,b\n" + repeated(b'"')),
    "quotes in JSON": (RECORDS, "no whole JSON", lambda: b"[" + repeated(b'"')),
    "a farther one": (SHEETS, "cells", lambda: workbook_of(b'<row><c r="XFD999"/></row>')),
    "depth": (RECORDS, "values", lambda: repeated(b"[")),
    "entities": (PAGE, "", lambda: EMBED + repeated(b"&lt;", 7 * MIB)),
    "a long page": (PAGE, "a page of", lambda: EMBED + repeated(b"&lt;")),
    "backslashes": (RECORDS, "a text among", lambda: b'["' + repeated(b"\\\\") + b'"]'),
}
SLOW: dict[str, Case] = {
    "many cells": (CSV, "", lambda: packed(table(12, b"ab", 3_300_000))),
    "long cells": (CSV, "", lambda: packed(table(2, b"abcdefghijklmnop", 4_999_000))),
    "too many rows": (CSV, "cells, and a line", lambda: table(2, b"abcd", 6_600_000)),
    "wide": (CSV, "", lambda: table(16_000, b"a", 1_900)),
    "odd rows": (CSV, "cells, and a line", lambda: b"a,b\n" + repeated(b'"1","\n"\n')),
    "one long line": (CSV, "(to line 2)", lambda: b"a,b\n" + repeated(EMOJI)),
    "empty frames": (CSV, "empty body", lambda: repeated(gzip.compress(b"", mtime=0))),
    "floats": (RECORDS, "", lambda: b"[" + b'{"a":1.25},' * 1_490_000 + b"{}]"),
    "own names": (
        RECORDS,
        "names in the records",
        lambda: b"[" + b",".join(map(OWN.__mod__, enumerate(range(900_000)))) + b"]",
    ),
    "a far corner": (SHEETS, "", lambda: workbook_of(b'<row><c r="A4900000"><v>1</v></c></row>')),
    "figures": (SHEETS, "", lambda: workbook_of(figures(490_000))),
    "no places": (SHEETS, "", lambda: workbook_of(NO_PLACES * 390_000)),
    "shared texts": (SHEETS, "shared", lambda: workbook_of(texts=TEXTS + SHARED * 11_000_000)),
    "fewer shared texts": (
        SHEETS,
        "",
        lambda: workbook_of(texts=TEXTS + SHARED * 4_900_000 + b"</sst>"),
    ),
    "wide characters": (
        RECORDS,
        "",
        lambda: b'[{"a":"' + EMOJI + b'"}' + b',{"a":1.5,"b":"%s"}' % (b"x" * 99) * 500_000 + b"]",
    ),
}


def check(tmp_path: Path, case: Case) -> None:
    """Read a body in a process of its own."""
    reader, refusal, make = case
    (tmp_path / "body").write_bytes(make())
    took = taken(reader, tmp_path / "body", seconds=60)
    assert refusal in took.refusal
    assert bool(refusal) == bool(took.refusal)
    assert took.memory < 1024


@pytest.mark.parametrize("case", one_in(3, [(it,) for it in QUICK.values()]), ids=QUICK.keys())
def test_no_body_fills_memory_or_time(tmp_path: Path, case: Case) -> None:
    """It is read or refused in words."""
    check(tmp_path, case)


@pytest.mark.slow
@pytest.mark.parametrize("case", SLOW.values(), ids=SLOW.keys())
def test_no_body_fills_memory_or_time_either(tmp_path: Path, case: Case) -> None:
    """It takes longer to make and to read."""
    check(tmp_path, case)
