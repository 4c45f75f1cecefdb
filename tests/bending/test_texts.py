"""Bent files: the bodies of every source written in other encodings, with other marks, and spoilt.

What comes out is what the sound body says, or what the spoilt text says cell by cell, or a refusal
in words; nothing is read as something else.
"""

import csv
import io
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.columns import ROW
from schemas.errors import Permanent
from schemas.source import Source
from tasks.formats.sniffing import kind_of
from tasks.sources import source_named
from tests.bending.accounts import HAD_AT, is_sentence
from tests.bending.bends import Bent, tables, whole
from tests.bending.test_tables import QUICK, slow_but_first
from tests.bending.ways import OTHER, SAME
from tests.golden import BODIES, bodies_of
from tests.parsed import readings
from tests.thorough import quick
from tests.workbooks import workbook


def fixtures(kind: str) -> list[str]:
    """Return the fixtures of one body whose bytes are of a kind."""
    return [
        f"{path.parent.name}/{path.name}"
        for path in BODIES
        if path.is_file() and kind_of(path.read_bytes()) == kind
    ]


@cache
def body_of(fixture: str) -> bytes:
    """Return the bytes of a fixture of one body."""
    [path] = [path for path in BODIES if f"{path.parent.name}/{path.name}" == fixture]
    return bodies_of(path)["main"]


def parts_of(source: Source, body: bytes) -> dict[str, dict[str, pl.DataFrame]] | None:
    """Return what is published and what waits, by table; None where it is refused in words."""
    try:
        parts = readings(source, {"main": body}, retrieved_at=HAD_AT)
    except Permanent as error:
        is_sentence(str(error))
        return None
    return {
        table: {"rows": reading.frame, "waiting": reading.quarantined}
        for table, reading in parts.items()
    }


@cache
def sound(fixture: str) -> Any:
    """Return the tables of a fixture."""
    return parts_of(source_named(fixture.partition("/")[0]), body_of(fixture))


def same(one: Any, other: Any) -> bool:
    """Return whether two answers of `parts_of` are equal."""
    return one.keys() == other.keys() and all(
        one[table][part].equals(other[table][part]) for table in one for part in one[table]
    )


TEXTS = slow_but_first([(fixture,) for fixture in fixtures("text")])


@pytest.mark.parametrize("fixture", fixtures("text"))
def test_an_equivalent_encoding_of_a_table_is_read_the_same(fixture: str) -> None:
    """A mark, other line ends and gzip change nothing."""
    source, body = source_named(fixture.partition("/")[0]), body_of(fixture)
    text = body.decode("utf-8-sig")
    for way, write in SAME.items():
        assert same(parts_of(source, write(text)), sound(fixture)), way


@pytest.mark.parametrize("fixture", TEXTS)
def test_a_spoilt_text_publishes_no_row_that_the_sound_one_has_not(fixture: str) -> None:
    """What became of its letters may cost rows, or all of it; it never makes one."""
    source, body = source_named(fixture.partition("/")[0]), body_of(fixture)
    for way, spoil in [*OTHER.items()][quick(len(fixture) % 2, 0) :: quick(2, 1)]:
        tables = parts_of(source, spoil(body.decode("utf-8-sig")))
        for table, parts in (tables or {}).items():
            known = sound(fixture)[table]["rows"]
            more = parts["rows"].join(known, on=known.columns, how="anti", nulls_equal=True)
            assert more.is_empty(), (way, more)


@pytest.mark.parametrize("fixture", TEXTS)
@given(data=st.data())
@QUICK
def test_a_bent_csv_is_parsed_cell_by_cell(fixture: str, data: st.DataObject) -> None:
    """The parser's table has every row of the file, each cell as it stands there."""
    source, body = source_named(fixture.partition("/")[0]), body_of(fixture)
    names, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    bent = data.draw(tables(whole(names, [tuple(row) for row in rows])))
    text = io.StringIO()
    csv.writer(text).writerows([bent.names, *((cell or "" for cell in row) for row in bent.rows)])
    for frame in parsed(source, {"main": text.getvalue().encode()}).values():
        has_all(frame, bent, source.parse({"main": body}))


@pytest.mark.parametrize("fixture", fixtures("json"))
@given(data=st.data())
@QUICK
def test_bent_json_is_parsed_cell_by_cell(fixture: str, data: st.DataObject) -> None:
    """The parser's table has every record, each value as it stands there, and null for none."""
    source, document = source_named(fixture.partition("/")[0]), json.loads(body_of(fixture))
    name = next(iter(document))
    names = list(dict.fromkeys(key for record in document[name] for key in record))
    rows = [tuple(record.get(key) for key in names) for record in document[name]]
    bent = data.draw(tables(whole(names, rows)))
    records = [dict(zip(bent.names, row, strict=True)) for row in bent.rows]
    body = json.dumps({**document, name: records}).encode()
    for frame in parsed(source, {"main": body}).values():
        assert frame.select(bent.names).rows() == list(bent.rows)


@given(data=st.data())
@QUICK
def test_a_bent_workbook_is_parsed_cell_by_cell(data: st.DataObject) -> None:
    """The one source that reads workbooks finds every filled row in them."""
    source, body = source_named("unicef_market"), body_of("unicef_market/export.csv")
    names, *rows = csv.reader(io.StringIO(body.decode()))
    bent = data.draw(tables(whole(names, [tuple(row) for row in rows])))
    filled = [row for row in bent.rows if any(row)]
    written = workbook([bent.names, *filled])
    for frame in parsed(source, {"main": written}).values():
        assert frame.rows() == [tuple(cell or "" for cell in row) for row in filled]


def parsed(source: Source, bodies: dict[str, bytes]) -> dict[str, pl.DataFrame]:
    """Return what a parser makes of bodies; nothing where it refuses them in words."""
    try:
        return dict(source.parse(bodies))
    except Permanent as error:
        is_sentence(str(error))
        return {}


def has_all(frame: pl.DataFrame, bent: Bent, before: Mapping[str, pl.DataFrame]) -> None:
    """Assert that a parser's table has every row, or, of those that it joins, every figure."""
    if ROW not in frame.columns:
        rows = frame.select(frame.columns[: len(bent.names)]).rows()
        assert rows == [tuple(cell or "" for cell in row) for row in bent.rows]
        return
    numbers = {int(number) for number in frame[ROW]}
    shown, known = cells_of(frame), set[str]().union(*map(cells_of, before.values()))
    for number, row in enumerate(bent.rows, start=1):
        if number not in numbers:
            assert {cell for cell in row if cell and cell.isdecimal()} & known <= shown
    assert numbers <= set(range(1, len(bent.rows) + 1))


def cells_of(frame: pl.DataFrame) -> set[str]:
    """Return every text in a frame."""
    return {cell for row in frame.rows() for cell in row}
