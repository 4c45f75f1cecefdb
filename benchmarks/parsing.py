"""Parsing: from bytes to the publisher's words, source by source, against a bare reader."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pdfplumber
import polars as pl
import python_calamine
import xlsxwriter

from benchmarks.timing import in_turns, ms
from tasks.powerbi.answer_pages import read_page
from tasks.sources import SOURCES
from tests.tasks.powerbi.encoding import Shape, answer

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"
ROWS, QUICK = 30_000, 5_000
NAMES_IN_ROWS = {"rounds.csv": 2}
"""Files whose names take more than the first row."""
COUNTRIES = [f"{chr(65 + number // 26)}{chr(65 + number % 26)}X" for number in range(190)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One body, how we read it, and the fastest bare reader of its format."""

    body: bytes
    ours: Callable[[bytes], object]
    peer: str


def measure(*, quick: bool) -> dict[str, Any]:
    """Return, for every format of every source made long, our time and the bare reader's."""
    rows = QUICK if quick else ROWS
    return {name: _figures(case) for name, case in _cases(rows)}


def _cases(rows: int) -> Iterator[tuple[str, Case]]:
    for source in SOURCES:
        for path in sorted((FIXTURES / source.name).iterdir()):
            grown = {".csv": _long_csv, ".json": _long_json, ".pdf": _as_it_is}.get(path.suffix)
            if grown is not None and ".golden" not in path.name:

                def parse(body: bytes, source: Any = source) -> object:
                    return source.parse({"main": body})

                peer = {".csv": "polars", ".json": "orjson", ".pdf": "pdfplumber"}[path.suffix]
                case = Case(body=grown(path, rows), ours=parse, peer=peer)
                yield f"{source.name}, {path.name}", case
    market = next(source for source in SOURCES if source.name == "unicef_market")
    workbook = _workbook(FIXTURES / market.name / "export.csv", rows)
    yield "unicef_market, export.xlsx", Case(body=workbook, ours=_of(market), peer="calamine")
    yield "unicef_market, Power BI", Case(body=_power_bi(rows), ours=_page, peer="orjson")


def _of(source: Any) -> Callable[[bytes], object]:
    return lambda body: source.parse({"main": body})


def _page(body: bytes) -> object:
    return read_page(body, where="a page")


def _figures(case: Case) -> dict[str, Any]:
    peer = PEERS[case.peer]
    spent = in_turns({"ours": lambda: case.ours(case.body), "peer": lambda: peer(case.body)})
    return {
        "bytes": len(case.body),
        "parse_ms": ms(spent["ours"]),
        "peer": case.peer,
        "peer_ms": ms(spent["peer"]),
        "ratio": round(spent["ours"] / spent["peer"], 1),
    }


def _words(body: bytes) -> object:
    with pdfplumber.open(io.BytesIO(body)) as document:
        return [page.extract_words() for page in document.pages]


PEERS: Mapping[str, Callable[[bytes], object]] = {
    "polars": lambda body: pl.read_csv(body, infer_schema=False),
    "orjson": orjson.loads,
    "calamine": lambda body: (
        python_calamine.load_workbook(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    ),
    "pdfplumber": _words,
}


def _as_it_is(path: Path, _rows: int) -> bytes:
    return path.read_bytes()


def _long_csv(path: Path, rows: int) -> bytes:
    """Return a fixture's table with its rows again and again; its row of tags stays out."""
    names = NAMES_IN_ROWS.get(path.name, 1)
    text = path.read_bytes().decode("utf-8-sig")
    listed = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
    body = [row for row in listed[names:] if not any(cell.startswith("#") for cell in row)]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows(listed[:names])
    writer.writerows(body[number % len(body)] for number in range(rows))
    return buffer.getvalue().encode()


def _long_json(path: Path, rows: int) -> bytes:
    """Return a fixture's document with the rows of its longest list again and again."""
    document: dict[str, Any] = json.loads(path.read_bytes())
    longest = max(
        (name for name, records in document.items() if isinstance(records, list)),
        key=_length(document),
    )
    records = document[longest]
    return json.dumps(
        {**document, longest: [records[number % len(records)] for number in range(rows)]}
    ).encode()


def _length(document: Mapping[str, Any]) -> Callable[[str], int]:
    return lambda name: len(document[name])


def _workbook(path: Path, rows: int) -> bytes:
    buffer = io.BytesIO()
    table = list(csv.reader(io.StringIO(_long_csv(path, rows).decode())))
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def _power_bi(rows: int) -> bytes:
    """Return an answer with repeats, nulls and dictionaries, as a server compresses it."""
    shape = Shape(names=["Recipient ISO", "Donor", "Doses"], kinds=[1, 1, 3], dictionaries=[0, 1])
    table = [
        [
            COUNTRIES[number // 300 % 190],
            f"Donor {number % 60}",
            None if number % 7 == 0 else number,
        ]
        for number in range(rows)
    ]
    return json.dumps(answer(shape, table)).encode()
