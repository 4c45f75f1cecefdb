"""Random tables, compressed as a server does, come back cell by cell."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tasks.powerbi.answer_pages import join_pages, read_page
from tasks.powerbi.rows import MISREAD, NULL
from tests.tasks.powerbi.encoding import Shape, Style, answer

DAY = 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Cell = tuple[Any, str | None]
"""A value as the server encodes it, and its text."""


def number_cells(number: float, letter: str) -> st.SearchStrategy[Cell]:
    """Return a number as it is, as a text, and as a literal of the query language."""
    digits = str(number)
    return st.sampled_from([(number, digits), (digits, digits), (f"{digits}{letter}", digits)])


def instant_cells(milliseconds: int) -> st.SearchStrategy[Cell]:
    """Return an instant as a number and as a text."""
    at = (EPOCH + timedelta(milliseconds=milliseconds)).replace(tzinfo=None)
    text = at.isoformat() if milliseconds % DAY else f"{at:%Y-%m-%d}".zfill(10)
    return st.sampled_from([(milliseconds, text), (str(milliseconds), text)])


TEXTS = st.text(st.characters(codec="utf-8"), max_size=5).map(lambda text: (text, text))
CELLS: dict[int, st.SearchStrategy[Cell]] = {
    1: st.one_of(TEXTS, st.sampled_from([("COVAX", "COVAX"), ("1.5M", "1.5M"), ("", "")])),
    3: st.floats(allow_nan=False, allow_infinity=False).flatmap(lambda one: number_cells(one, "D")),
    4: st.integers(-(2**63), 2**63 - 1).flatmap(lambda one: number_cells(one, "L")),
    5: st.sampled_from([(True, "true"), (False, "false")]),
    7: st.one_of(
        st.integers(-3_000, 60_000).map(lambda day: day * DAY), st.integers(-(10**11), 10**13)
    ).flatmap(instant_cells),
}
"""Cells of a column, by its type T."""


@st.composite
def tables(draw: st.DrawFn) -> tuple[Shape, list[list[Cell]], Style]:
    """Draw the columns of a table, its rows, and how a server writes them."""
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5))
    is_text = [at for at, kind in enumerate(kinds) if kind == 1]
    shape = Shape(
        names=[f"column {at}" for at in range(len(kinds))],
        kinds=kinds,
        dictionaries=draw(st.sets(st.sampled_from(is_text))) if is_text else (),
        rows_key=draw(st.sampled_from(["DM0", "DM1"])),
    )
    columns = [
        st.one_of(
            st.just((None, None)),
            st.sampled_from(draw(st.lists(CELLS[kind], min_size=1, max_size=3))),
            CELLS[kind],
        )
        for kind in kinds
    ]
    rows = [list(row) for row in draw(st.lists(st.tuples(*columns), max_size=12))]
    literals, named, schemas = (draw(st.sets(st.integers(0, 11))) for _ in range(3))
    style = Style(
        schema_at=schemas,
        reverse=draw(st.booleans()),
        literal=literals.__contains__,
        by_name=named.__contains__,
        repeat=draw(st.booleans()),
        null=draw(st.sampled_from(sorted({NULL, *MISREAD}))),
    )
    return shape, rows, style


@given(tables(), st.integers(2, 5), st.booleans())
def test_what_was_encoded_is_decoded(
    table: tuple[Shape, list[list[Cell]], Style],
    size: int,
    is_packed: bool,  # noqa: FBT001 - drawn
) -> None:
    """Over pages that overlap by one row, each with dictionaries of its own."""
    shape, rows, style = table
    starts = range(0, max(len(rows) - 1, 1), size - 1)
    parts = [rows[start : start + size] for start in starts]
    pages: list[bytes] = []
    for number, part in enumerate(parts):
        restart = [[f"'{number}'"]] if number < len(parts) - 1 else None
        values = [[value for value, _ in row] for row in part]
        document = answer(shape, values, style=style, restart=restart)
        body = json.dumps(document, ensure_ascii=is_packed).encode()
        pages.append(gzip.compress(body) if is_packed else body)
    read = join_pages([read_page(page, where="random") for page in pages], where="random")
    assert read.columns == list(shape.names)
    assert read.rows() == [tuple(text for _, text in row) for row in rows]
